import assert from "node:assert/strict"
import { test } from "node:test"
import {
  decodeBfdProfile,
  decodeBgpAdvertisement,
  decodeBgpPeer,
  decodeCommunity,
  decodeSecretFacts,
  inlinePasswordOf,
} from "../../../agent/core/kube/decode-bgp.ts"

const metadata = { name: "x", namespace: "metallb-system", generation: 4 }

test("a peer with nothing but its required fields has the meaning of unset everywhere else", () => {
  const decoded = decodeBgpPeer({ metadata, spec: { myASN: 1, peerASN: 2, peerAddress: "10.0.0.1" } })
  assert.ok(decoded.ok)
  const { holdTime, peerPort, nodeSelectors, hasPassword, passwordSecret, generation, malformed } = decoded.value
  assert.deepEqual([holdTime, peerPort, nodeSelectors, hasPassword], [undefined, 0, [], false])
  assert.deepEqual([passwordSecret, generation, malformed], [{ name: "", namespace: "" }, 4, undefined])
})

test("the password of a peer is known to be there and not read, and whoever needs it reads it apart", () => {
  const json = { metadata, spec: { myASN: 1, password: "hunter2" } }
  const decoded = decodeBgpPeer(json)
  assert.ok(decoded.ok)
  assert.equal(decoded.value.hasPassword, true)
  assert.ok(!JSON.stringify(decoded).includes("hunter2"))
  assert.equal(inlinePasswordOf(json), "hunter2")
  assert.equal(inlinePasswordOf({ metadata, spec: { password: "" } }), undefined)
  assert.equal(inlinePasswordOf(null), undefined)
})

test("a password of a wrong type is reported without being shown", () => {
  const decoded = decodeBgpPeer({ metadata, spec: { password: 12345678 } })
  assert.ok(decoded.ok)
  assert.deepEqual(
    decoded.value.malformed?.map(({ field }) => field),
    ["spec.password"],
  )
  assert.ok(!JSON.stringify(decoded).includes("12345678"))
})

test("fields of a wrong type are listed, and the peer is still known to exist", () => {
  const decoded = decodeBgpPeer({
    metadata,
    spec: { myASN: "1", holdTime: 90, nodeSelectors: {}, passwordSecret: "s" },
  })
  assert.ok(decoded.ok)
  assert.deepEqual(decoded.value.malformed?.map(({ field }) => field).sort(), [
    "spec.holdTime",
    "spec.myASN",
    "spec.nodeSelectors",
    "spec.passwordSecret",
  ])
})

test("an advertisement has the defaults of its schema: aggregation 32 and 128, no preference", () => {
  const decoded = decodeBgpAdvertisement({ metadata })
  assert.ok(decoded.ok)
  const { aggregationLength, aggregationLengthV6, localPref, peers } = decoded.value
  assert.deepEqual([aggregationLength, aggregationLengthV6, localPref, peers], [32, 128, undefined, []])
  const zero = decodeBgpAdvertisement({ metadata, spec: { localPref: 0 } })
  assert.ok(zero.ok)
  assert.equal(zero.value.localPref, 0)
})

test("what an advertisement has beyond MetalLB is undefined where it is not asked for, and 0 is not the same", () => {
  const read = (spec: object) => {
    const decoded = decodeBgpAdvertisement({ metadata, spec })
    assert.ok(decoded.ok)
    const { med, asPathPrepend, bandwidthPerEndpoint } = decoded.value
    return [med, asPathPrepend, bandwidthPerEndpoint]
  }
  assert.deepEqual(read({}), [undefined, undefined, undefined])
  assert.deepEqual(read({ med: 0, asPathPrepend: 3, bandwidthPerEndpoint: 100 }), [0, 3, 100])
})

test("TTL security of a peer is undefined where it is not asked for, and 0 is not the same", () => {
  const read = (spec: object) => {
    const decoded = decodeBgpPeer({ metadata, spec })
    assert.ok(decoded.ok)
    return decoded.value.ttlSecurityHops
  }
  assert.deepEqual([read({}), read({ ttlSecurityHops: 0 }), read({ ttlSecurityHops: 2 })], [undefined, 0, 2])
})

test("a BFD profile tells what is unset from what is 0", () => {
  const decoded = decodeBfdProfile({ metadata, spec: { receiveInterval: 0, passiveMode: true } })
  assert.ok(decoded.ok)
  assert.deepEqual([decoded.value.receiveInterval, decoded.value.transmitInterval], [0, undefined])
  assert.equal(decoded.value.passiveMode, true)
})

test("a Community gives its aliases in their order", () => {
  const communities = [{ name: "b", value: "1:1" }, { name: "a" }]
  const decoded = decodeCommunity({ metadata, spec: { communities } })
  assert.ok(decoded.ok)
  assert.deepEqual(decoded.value.communities, [
    { name: "b", value: "1:1" },
    { name: "a", value: "" },
  ])
})

test("of a Secret nothing is kept but its type and the names of its keys", () => {
  const decoded = decodeSecretFacts({ metadata, type: "kubernetes.io/basic-auth", data: { password: "aHVudGVyMg==" } })
  assert.ok(decoded.ok)
  assert.deepEqual([decoded.value.type, decoded.value.keys], ["kubernetes.io/basic-auth", ["password"]])
  assert.ok(!JSON.stringify(decoded).includes("aHVudGVyMg"))
  const plain = decodeSecretFacts({ metadata })
  assert.ok(plain.ok)
  assert.deepEqual([plain.value.type, plain.value.keys], ["Opaque", []])
})
