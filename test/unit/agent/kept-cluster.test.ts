import assert from "node:assert/strict"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { announcements } from "../../../agent/core/announce/announcements.ts"
import { type AnnounceInput, announceContext } from "../../../agent/core/announce/context.ts"
import { keptFile, mostBytes } from "../../../agent/ports/kept-file.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { createMetrics } from "../../../agent/ports/metrics.ts"
import { createKeptCluster } from "../../../agent/speaker/kept-cluster.ts"
import { pool } from "../allocate/fixtures.ts"
import { advertise, crypto, verdict, web, world } from "../announce/fixtures.ts"
import { virtualClock } from "../kube-client/virtual-clock.ts"
import { company } from "./company.ts"

const fileOf = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), "kept-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, "cluster.json")
}

/** One container over this file. */
const container = (path: string) => {
  const clock = virtualClock()
  const lines: string[] = []
  const metrics = createMetrics()
  const log = createLog({ level: "debug", clock, write: line => void lines.push(line) }, "test")
  const kept = createKeptCluster({ clock, log, metrics }, keptFile(path), () => undefined)
  return { clock, kept, lines, text: metrics.text }
}

const services = (count: number, labels: Readonly<Record<string, string>> = {}): AnnounceInput =>
  world(
    Array.from({ length: count }, (_, at) => ({
      ...web({ ips: [`10.0.${at >> 8}.${at & 255}`], from: "a", labels }),
      name: `web-${at}`,
    })),
    { verdict: verdict([pool("a", ["10.0.0.0/16"])], [advertise(["a"])]) },
  ).input

test("five thousand services outlive a container, as it read them last", async t => {
  const path = fileOf(t)
  const input = services(5_000, { app: "web", "app.kubernetes.io/managed-by": "a chart with a name that is long" })
  const first = container(path)
  first.kept.keep(() => input)
  await first.clock.advance(2_000)
  assert.ok(statSync(path).size > 2 * 1024 * 1024, "more than a thousand services take")
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const second = container(path)
  await second.clock.advance(4_000)
  const again = second.kept.input()
  assert.ok(again)
  const ownedBy = (from: AnnounceInput) => announcements(announceContext(from), "n1", crypto).owned
  assert.deepEqual(ownedBy(again), ownedBy(input))
  assert.equal(again.services.length, 5_000)
})

test("what was read just before the end is kept by the end", async t => {
  const path = fileOf(t)
  const first = container(path)
  first.kept.keep(() => services(1))
  await first.clock.advance(2_000)
  first.kept.keep(() => services(2))
  first.kept.stop()
  assert.equal(first.clock.timers(), 0)
  const second = container(path)
  await second.clock.advance(4_000)
  assert.equal(second.kept.input()?.services.length, 2)
})

test("more than the file may hold is told and counted, and an older cluster is not left in its place", async t => {
  const path = fileOf(t)
  const one = container(path)
  one.kept.keep(() => services(1))
  await one.clock.advance(2_000)
  assert.ok(existsSync(path))
  const large = services(17, { note: "x".repeat(1024 * 1024) })
  for (let i = 0; i < 2; i++) {
    one.kept.keep(() => large)
    await one.clock.advance(31_000)
  }
  assert.deepEqual([existsSync(path), existsSync(`${path}.new`)], [false, false])
  const errors = one.lines.filter(line => line.includes('"level":"error"'))
  assert.equal(errors.length, 1)
  assert.match(errors[0] ?? "", new RegExp(`more than the ${mostBytes} that are kept`))
  assert.match(one.text(), /^metallb_speaker_kept_cluster_failures_total 2$/m)
  one.kept.keep(() => services(3))
  await one.clock.advance(31_000)
  assert.ok(existsSync(path))
})

test("no value of a Secret, and no password of a peer, is in the file", async t => {
  const path = fileOf(t)
  const all = await company({ secret: false, without: "node-1" })
  all.secret("the members' secret")
  all.cluster.put("secrets", {
    metadata: { name: "router", namespace: "metallb-system" },
    type: "kubernetes.io/basic-auth",
    data: { password: btoa("the router's secret") },
  })
  const peer = (name: string, peerAddress: string, more: object) =>
    all.cluster.put("metallb.io/bgppeers", {
      metadata: { name, namespace: "metallb-system", generation: 1 },
      spec: { myASN: 64512, peerASN: 64513, peerAddress, ...more },
    })
  peer("tor", "10.0.0.1", { passwordSecret: { name: "router" } })
  peer("leaf", "10.0.0.2", { password: "the leaf's password" })
  const { running } = all.start("node-1", keptFile(path))
  await all.clock.until("a file", () => existsSync(path), 60_000)
  const stopping = running.stop()
  await all.clock.advance(3_000)
  await stopping
  const text = readFileSync(path, "utf8")
  for (const named of ["tor", "leaf", `"router"`]) assert.ok(text.includes(named), named)
  for (const secret of ["the members' secret", "the router's secret", "the leaf's password"])
    for (const form of [secret, btoa(secret), Buffer.from(secret).toString("hex")])
      assert.equal(text.includes(form), false, form)
})
