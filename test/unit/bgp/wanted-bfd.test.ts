import assert from "node:assert/strict"
import { test } from "node:test"
import type { BfdLink } from "../../../agent/core/bfd/place.ts"
import type { Place } from "../../../agent/core/bgp/session/settings.ts"
import { type BgpPeer, noBgp } from "../../../agent/core/config/bgp/model.ts"
import { wantedBfd, wantedSessions } from "../../../agent/speaker/bgp/wanted.ts"
import { address } from "../allocate/fixtures.ts"
import { profile } from "../bfd/wanted.ts"
import { peerOf } from "./session/fixtures.ts"

const links: readonly BfdLink[] = [
  { index: 2, name: "eth0", vrf: "", addresses: [{ address: address("10.0.0.11"), prefixLength: 24 }] },
]
const defaults = { namespace: "metallb-system", nodeId: 7, accepts: false, restartTime: 80 }

const bfdOf = (changes: Partial<BgpPeer>, place: Place | undefined) => {
  const config = { ...noBgp, peers: [peerOf({ bfdProfile: "test", ...changes })], bfdProfiles: [profile()] }
  const [session] = wantedSessions(config, {}, defaults).values()
  assert.ok(session !== undefined)
  return wantedBfd(session, place, links)
}
const on: Place = { address: address("10.0.0.1"), device: undefined }
const off: Place = { address: address("192.0.2.1"), device: undefined }

test("a peer has BFD where it names a profile that can be used, once it is found", () => {
  assert.deepEqual(bfdOf({ sourceAddress: address("10.0.0.11"), vrf: "red" }, { ...on, device: "eth0" }), {
    name: "tor",
    peer: on.address,
    interface: "eth0",
    local: address("10.0.0.11"),
    vrf: "red",
    multihop: false,
    profile: profile(),
  })
  assert.equal(bfdOf({}, undefined), undefined)
  assert.equal(bfdOf({ bfdProfile: "other" }, on), undefined)
  assert.equal(bfdOf({ bfdProfile: undefined }, on), undefined)
})

test("BFD goes over several hops where ebgpMultiHop says so, and to an internal peer on none of this node's links", () => {
  const multihop = (changes: Partial<BgpPeer>, place: Place) => bfdOf(changes, place)?.multihop
  assert.equal(multihop({}, on), false)
  assert.equal(multihop({ ebgpMultiHop: true }, on), true)
  assert.equal(multihop({ ebgpMultiHop: true }, off), true)
  assert.equal(multihop({}, off), false, "an external peer is a neighbour, or BFD says that it is none")
  for (const remote of [{ kind: "internal" }, { kind: "as", asn: 64512 }] as const) {
    assert.equal(multihop({ remote }, on), false, "on the link")
    assert.equal(multihop({ remote }, off), true)
  }
  assert.equal(
    multihop({ remote: { kind: "as", asn: 65001 }, localASN: 65001 }, off),
    true,
    "the AS that the peer sees",
  )
  assert.equal(multihop({ remote: { kind: "external" } }, off), false)
  assert.equal(multihop({ remote: { kind: "internal" }, vrf: "red" }, on), true, "the link is of another VRF")
})
