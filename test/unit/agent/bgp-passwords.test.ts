import assert from "node:assert/strict"
import { test } from "node:test"
import type { PasswordSource } from "../../../agent/core/config/bgp/model.ts"
import { readBgpPassword } from "../../../agent/ports/kube/bgp-passwords.ts"
import { collections, installNamespace, world } from "./harness.ts"

const cluster = () => {
  const made = world()
  const put = (collection: string, name: string, content: object) =>
    made.put(collection, { metadata: { name, namespace: installNamespace }, ...content })
  put("metallb.io/bgppeers", "tor", { spec: { myASN: 1, peerASN: 2, peerAddress: "10.0.0.1", password: "inline" } })
  put("metallb.io/bgppeers", "open", { spec: { myASN: 1, peerASN: 2, peerAddress: "10.0.0.2" } })
  put("secrets", "router", { type: "kubernetes.io/basic-auth", data: { password: btoa("from a secret") } })
  put("secrets", "long", { type: "kubernetes.io/basic-auth", data: { password: btoa("x".repeat(81)) } })
  put("secrets", "blank", { type: "kubernetes.io/basic-auth", data: {} })
  put(collections.configMaps, "config", {
    data: { config: "peers:\n- peer-address: 10.0.0.1\n  peer-asn: 2\n  my-asn: 1\n  password: classic\n" },
  })
  const { edges } = made.agent()
  const read = async (peer: string, source: PasswordSource) => {
    const reading = readBgpPassword(edges, installNamespace, peer, source)
    // It may fail while the clock goes on; the failure is the reader's, who awaits it below.
    reading.catch(() => undefined)
    await made.clock.advance(1_000)
    return Buffer.from(await reading).toString("utf8")
  }
  return read
}

const secret = (name: string): PasswordSource => ({ from: "secret", name, revision: "1" })

test("a password is read from the peer, a Secret, or the old ConfigMap", async () => {
  const read = cluster()
  assert.equal(await read("tor", { from: "peer", revision: "1" }), "inline")
  assert.equal(await read("tor", secret("router")), "from a secret")
  assert.equal(await read("peer-10-0-0-1", { from: "configmap", revision: "1" }), "classic")
})

test("what cannot be a password is refused by where it stands, and no part of it is told", async () => {
  const read = cluster()
  await assert.rejects(read("open", { from: "peer", revision: "1" }), /there is no password in BGPPeer open/)
  await assert.rejects(read("tor", secret("blank")), /there is no password in Secret blank/)
  await assert.rejects(
    read("tor", secret("long")),
    /^Error: the password in Secret long has 81 bytes; at most 80 are allowed$/,
  )
  await assert.rejects(read("tor", secret("absent")), /404|not found/i)
  await assert.rejects(read("tor", { from: "nothing" }), /BGPPeer tor has no password/)
})
