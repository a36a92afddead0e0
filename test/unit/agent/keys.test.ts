import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { decodeMemberSecret } from "../../../agent/core/kube/decode-member-secret.ts"
import { keyOfSecret } from "../../../agent/core/membership/key.ts"
import { openPacket, sealPacket } from "../../../agent/core/membership/wire/packet.ts"
import { nodeCrypto } from "../../../agent/ports/crypto.ts"
import { membershipCrypto } from "../../../agent/ports/membership-crypto.ts"
import { signingCrypto } from "../../../agent/ports/signing-crypto.ts"
import { followKeys } from "../../../agent/speaker/company/keys.ts"
import { waitFor } from "../../native/wait.ts"
import { installNamespace, world } from "./harness.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const keyOf = (text: string) => keyOfSecret(bytes(text), nodeCrypto) ?? new Uint8Array()
const envelope = {
  label: "",
  cipherVersion: 1,
  verifyIncoming: true,
  verifyOutgoing: true,
  compression: false,
} as const

const follow = (cluster: ReturnType<typeof world>, folder = "") => {
  const control = new AbortController()
  const agent = cluster.agent()
  const place = { namespace: installNamespace, folder, name: "memberlist" }
  const crypto = { packetCrypto: membershipCrypto, signing: signingCrypto }
  const keys = followKeys({ ...agent.edges, ...crypto }, place, () => undefined)
  const running = keys.run(control.signal)
  const end = async () => {
    control.abort()
    await running
  }
  return { ...agent, keys, end, signal: control.signal }
}

const put = (cluster: ReturnType<typeof world>, data: Readonly<Record<string, string>>) =>
  cluster.put("secrets", { metadata: { name: "memberlist", namespace: installNamespace }, data })

const secret = (text: string) => ({ secretkey: Buffer.from(text).toString("base64") })

test("the secret is heard of in the moment in which somebody makes it, and so is its change", async () => {
  const cluster = world()
  const { keys, end, signal } = follow(cluster)
  await cluster.clock.advance(3_217)
  assert.match(keys.missing(), /^there is no Secret metallb-system\/memberlist with a secretkey yet$/)
  const found = keys.found("ever", signal)
  put(cluster, secret("first"))
  await cluster.clock.advance(1)
  assert.equal(await found, true)
  assert.deepEqual(keys.packet(), [keyOf("first")])
  put(cluster, secret("second"))
  await cluster.clock.advance(1)
  assert.deepEqual(keys.packet(), [keyOf("first"), keyOf("second")])
  assert.equal(keys.signing().length, 2)
  await cluster.clock.advance(10_000)
  assert.deepEqual(keys.packet(), [keyOf("second"), keyOf("first")])
  await end()
})

test("a packet under the new key makes it the first one at once, one under the old key does not", async () => {
  const cluster = world()
  put(cluster, secret("first"))
  const { keys, end } = follow(cluster)
  await cluster.clock.advance(1)
  put(cluster, secret("second"))
  await cluster.clock.advance(1)
  const open = (text: string) => {
    const sealed = sealPacket([Uint8Array.of(12)], false, { ...envelope, keys: [keyOf(text)] }, membershipCrypto)
    openPacket(sealed, { ...envelope, keys: keys.packet() }, keys.crypto)
    return keys.packet()[0]
  }
  assert.deepEqual(open("a stranger's"), keyOf("first"))
  assert.deepEqual(open("first"), keyOf("first"))
  assert.deepEqual(open("second"), keyOf("second"))
  await end()
})

test("the file is there before the API has answered, and is read again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keys-"))
  try {
    writeFileSync(join(folder, "secretkey"), "mounted")
    const cluster = world()
    cluster.api.down()
    const { keys, end, signal } = follow(cluster, folder)
    assert.equal(await keys.found("ever", signal), true)
    assert.deepEqual(keys.packet(), [keyOf("mounted")])
    writeFileSync(join(folder, "secretkey"), "changed")
    await cluster.clock.advance(10_000)
    // The disk does not go by the virtual clock.
    await waitFor("the change to be read", () => keys.packet().length === 2 || undefined)
    assert.deepEqual(keys.packet(), [keyOf("mounted"), keyOf("changed")])
    await end()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test("patience ends, and no secret is found; what cannot be read is named", async () => {
  const cluster = world()
  put(cluster, { secretkey: "no base64!" })
  const { keys, lines, end, signal } = follow(cluster)
  const found = keys.found(10_000, signal)
  await cluster.clock.advance(10_000)
  assert.equal(await found, false)
  assert.match(lines.join(""), /no secretkey in the membership's Secret/)
  await end()
})

test("no line of the log has a part of a secret", async () => {
  const cluster = world()
  put(cluster, secret("confidential-one"))
  const { lines, end } = follow(cluster)
  await cluster.clock.advance(1)
  put(cluster, secret("confidential-two"))
  await cluster.clock.advance(700_000)
  cluster.api.store.remove("secrets", `${installNamespace}/memberlist`)
  await cluster.clock.advance(1_000)
  assert.equal(lines.length, 5)
  assert.doesNotMatch(lines.join(""), /confidential|Y29uZmlk/)
  await end()
})

test("at most 4096 bytes are taken, and only what is base64", () => {
  const decode = (secretkey: unknown) => {
    const decoded = decodeMemberSecret({ metadata: { name: "memberlist" }, data: { secretkey } })
    return decoded.ok ? decoded.value.secret?.length : "unreadable"
  }
  assert.equal(decode(Buffer.alloc(4_096).toString("base64")), 4_096)
  assert.equal(decode(Buffer.alloc(4_097).toString("base64")), 4_096)
  assert.equal(decode("QQ=="), 1)
  assert.equal(decode(""), undefined)
  assert.equal(decode("QQ="), undefined)
  assert.equal(decode("Q-=="), undefined)
  assert.equal(decode(undefined), undefined)
})
