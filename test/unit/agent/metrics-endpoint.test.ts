import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { X509Certificate } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:https"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { connect } from "node:tls"
import { metricsText, plain, serve } from "../../../agent/ports/http.ts"
import { followKeyPair, readKeyPair } from "../../../agent/ports/key-pair-files.ts"
import { createReviewer } from "../../../agent/ports/kube/reviews.ts"
import { type KeyPair, selfSigned } from "../../../agent/ports/self-signed.ts"
import type { TlsSettings } from "../../../agent/tls-flags.ts"
import { virtualClock } from "../kube-client/virtual-clock.ts"
import { world } from "./harness.ts"

const now = Date.parse("2026-06-01T00:00:00Z")
const usual: TlsSettings = { minVersion: "TLSv1.3", ciphers: undefined, ecdhCurve: undefined }

const folderOf = (t: TestContext, pair?: KeyPair) => {
  const folder = mkdtempSync(join(tmpdir(), "pair-"))
  t.after(() => rmSync(folder, { recursive: true }))
  if (pair !== undefined) put(folder, pair)
  return folder
}

const put = (folder: string, { cert, key }: KeyPair) => {
  writeFileSync(join(folder, "tls.crt"), cert)
  writeFileSync(join(folder, "tls.key"), key)
}

test("a certificate of its own is one that OpenSSL verifies, for its names and for ten years", t => {
  const pair = selfSigned("controller-0", ["localhost", "metrics.example"], now)
  const folder = folderOf(t, pair)
  const file = join(folder, "tls.crt")
  const at = String(Math.floor(now / 1000))
  const openssl = (...args: string[]) => execFileSync("openssl", args, { encoding: "utf8" })
  const verified = openssl(
    "verify",
    "-x509_strict",
    "-attime",
    at,
    "-purpose",
    "sslserver",
    "-partial_chain",
    "-CAfile",
    file,
    file,
  )
  assert.match(verified, /: OK/)
  const certificate = new X509Certificate(pair.cert)
  assert.equal(certificate.subject, "CN=controller-0")
  assert.equal(certificate.checkHost("metrics.example"), "metrics.example")
  assert.equal(certificate.checkHost("other.example"), undefined)
  assert.equal(certificate.validFromDate.toISOString(), "2026-05-31T00:00:00.000Z")
  assert.equal(certificate.validToDate.toISOString(), "2036-05-29T00:00:00.000Z")
  assert.equal(certificate.verify(certificate.publicKey), true)
})

test("years from 2050 are written with four digits, and serial numbers differ and are positive", () => {
  const late = new X509Certificate(selfSigned("x", ["localhost"], Date.parse("2045-01-01T00:00:00Z")).cert)
  assert.equal(late.validToDate.getUTCFullYear(), 2054)
  const serials = new Set(
    Array.from({ length: 20 }, () => new X509Certificate(selfSigned("x", ["localhost"], now).cert).serialNumber),
  )
  assert.equal(serials.size, 20)
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/)
})

const get = (port: number, token?: string) =>
  new Promise<{ status: number; body: string; cert: string }>((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    request(
      { port, host: "127.0.0.1", path: "/metrics", headers, rejectUnauthorized: false, agent: false },
      response => {
        let body = ""
        const socket = response.socket as unknown as { getPeerCertificate: () => { fingerprint256: string } }
        const cert = socket.getPeerCertificate().fingerprint256
        response.on("data", chunk => (body += String(chunk)))
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body, cert }))
      },
    )
      .on("error", reject)
      .end()
  })

const endpoint = async (t: TestContext, tls: TlsSettings, pair: KeyPair) => {
  const server = await serve({ "/metrics": () => metricsText("up 1\n") }, 0, "127.0.0.1", {
    tls: { ...tls, pair },
    admit: async token => (token === "good" ? undefined : plain(token === "" ? 401 : 403, "no\n")),
  })
  t.after(server.stop)
  return server
}

test("metrics come over HTTPS to whoever is admitted, and nobody else learns anything", async t => {
  const { port } = await endpoint(t, usual, selfSigned("x", ["localhost"], now))
  const reads = [await get(port, "good"), await get(port, "bad"), await get(port)]
  assert.deepEqual(
    reads.map(({ status, body }) => [status, body]),
    [
      [200, "up 1\n"],
      [403, "no\n"],
      [401, "no\n"],
    ],
  )
})

const handshake = (port: number, maxVersion: "TLSv1.2" | "TLSv1.3") =>
  new Promise<string>(resolve => {
    const socket = connect({ port, host: "127.0.0.1", maxVersion, rejectUnauthorized: false }, () => {
      resolve(`${socket.getProtocol()} ${socket.getCipher().name}`)
      socket.destroy()
    })
    socket.on("error", () => resolve("refused"))
  })

test("TLS 1.2 is refused unless it is allowed, and then only with the suites that are named", async t => {
  const strict = await endpoint(t, usual, selfSigned("x", ["localhost"], now))
  assert.equal(await handshake(strict.port, "TLSv1.2"), "refused")
  assert.match(await handshake(strict.port, "TLSv1.3"), /^TLSv1\.3/)
  const ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384"
  const old = await endpoint(t, { ...usual, minVersion: "TLSv1.2", ciphers }, selfSigned("x", ["localhost"], now))
  assert.equal(await handshake(old.port, "TLSv1.2"), `TLSv1.2 ${ciphers}`)
})

test("a certificate that is replaced on disk is used for the next connection; a broken one is not", async t => {
  const [first, second] = [selfSigned("a", ["localhost"], now), selfSigned("b", ["localhost"], now)]
  const folder = folderOf(t, first)
  const clock = virtualClock()
  const { edges, lines } = world().agent()
  const server = await endpoint(t, usual, readKeyPair(folder))
  followKeyPair(folder, first, { clock, log: edges.log }, server.usePair)
  const before = (await get(server.port, "good")).cert
  put(folder, { cert: second.cert, key: first.key })
  await clock.advance(20_000)
  assert.equal((await get(server.port, "good")).cert, before)
  assert.equal(lines.filter(line => line.includes("the last one stays in use")).length, 1)
  put(folder, second)
  await clock.advance(10_000)
  const after = (await get(server.port, "good")).cert
  assert.equal(after, new X509Certificate(second.cert).fingerprint256)
  assert.notEqual(after, before)
})

test("a folder without certificates is named at the start", t => {
  const folder = folderOf(t)
  assert.throws(() => readKeyPair(folder), {
    message: `--metrics-cert-dir=${folder}: tls.crt and tls.key cannot be used`,
  })
})

/** An API server that knows two tokens, of whom one may read. */
const reviews = () => {
  const cluster = world()
  const clock = cluster.clock
  const asked: string[] = []
  let away = false
  const { edges } = cluster.agent()
  const client = {
    ...edges.client,
    send: async ({ path, body }: { path: string; body?: string }) => {
      if (away) throw new Error("away")
      const { spec } = JSON.parse(body ?? "") as {
        spec: { token?: string; user?: string; nonResourceAttributes?: unknown }
      }
      asked.push(path.split("/").at(-1) ?? "")
      if (spec.token !== undefined) {
        const user = { reader: "prometheus", other: "somebody" }[spec.token]
        return { status: user === undefined ? {} : { authenticated: true, user: { username: user, groups: ["g"] } } }
      }
      assert.deepEqual(spec.nonResourceAttributes, { path: "/metrics", verb: "get" })
      return { status: { allowed: spec.user === "prometheus" } }
    },
  }
  const reviewer = createReviewer({ client, clock, log: edges.log })
  return { reviewer, clock, asked, away: (is: boolean) => (away = is) }
}

test("a token is reviewed once a minute, one that is not allowed every ten seconds", async () => {
  const { reviewer, clock, asked } = reviews()
  assert.equal(await reviewer("reader"), "allowed")
  assert.equal(await reviewer("other"), "forbidden")
  assert.equal(await reviewer("guess"), "unauthenticated")
  assert.equal(asked.length, 5)
  for (let at = 0; at < 9; at++) {
    await clock.advance(1_000)
    await reviewer("reader")
    await reviewer("other")
    await reviewer("guess")
  }
  assert.equal(asked.length, 5)
  await clock.advance(1_001)
  await reviewer("reader")
  await reviewer("guess")
  assert.equal(asked.length, 6)
  await clock.advance(50_000)
  await reviewer("reader")
  assert.equal(asked.length, 8)
})

test("while the API server is away a known reader goes on for its minute, and then nobody reads", async () => {
  const { reviewer, clock, away } = reviews()
  await reviewer("reader")
  away(true)
  assert.equal(await reviewer("reader"), "allowed")
  assert.equal(await reviewer("other"), "unknown")
  await clock.advance(60_001)
  assert.equal(await reviewer("reader"), "unknown")
  away(false)
  assert.equal(await reviewer("reader"), "allowed")
})

test("a flood of guessed tokens costs four reviews at a time, and remembers 64 of them", async () => {
  const { reviewer, asked } = reviews()
  const verdicts = await Promise.all(Array.from({ length: 100 }, (_, n) => reviewer(`guess-${n}`)))
  assert.equal(verdicts.filter(verdict => verdict === "busy").length, 96)
  assert.equal(asked.length, 4)
  for (let n = 0; n < 70; n++) await reviewer(`other-${n}`)
  const before = asked.length
  await reviewer("other-69")
  assert.equal(asked.length, before, "the newest are remembered")
  await reviewer("other-0")
  assert.equal(asked.length, before + 1, "the oldest are not")
  assert.equal(await reviewer("x".repeat(20_000)), "unauthenticated")
  assert.equal(asked.length, before + 1)
})
