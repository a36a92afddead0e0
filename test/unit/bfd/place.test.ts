import assert from "node:assert/strict"
import { test } from "node:test"
import { deviceOf, pathKey } from "../../../agent/core/bfd/demultiplex.ts"
import { type BfdLink, type BfdWanted, placeOf } from "../../../agent/core/bfd/place.ts"
import { settingsOf } from "../../../agent/core/bfd/settings.ts"
import { sharedProfile } from "../../../agent/core/bfd/shared.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { address } from "../allocate/fixtures.ts"
import { profile, wanted } from "./wanted.ts"

const link = (index: number, name: string, ...addresses: readonly string[]): BfdLink => ({
  index,
  name,
  vrf: "",
  addresses: addresses.map(text => {
    const [host = "", length] = text.split("/")
    return { address: address(host), prefixLength: Number(length) }
  }),
})

const links = [
  link(1, "lo", "127.0.0.1/8", "192.0.2.1/32"),
  link(2, "eth0", "10.0.0.1/24", "10.0.0.5/24", "fd00::1/64", "fe80::a/64"),
  link(3, "eth1", "10.0.0.129/25", "10.1.0.1/24", "fe80::b/64"),
  link(4, "tun0", "10.9.9.9/32"),
]

/** "single 2 10.0.0.2 from 10.0.0.1 on eth0", or the reason. */
const placed = (peer: string, more: Partial<BfdWanted> = {}): string => {
  const found = placeOf(wanted(peer, {}, more), links)
  if (!found.ok) return found.reason
  const { path, local, interfaceName } = found.place
  return `${pathKey(path)} from ${formatAddress(local)} on ${interfaceName}`
}

test("one hop uses the interface whose network contains the peer, and its address there", () => {
  assert.equal(placed("10.1.0.77"), "single 3 10.1.0.77 from 10.1.0.1 on eth1")
  assert.equal(placed("10.0.0.77"), "single 2 10.0.0.77 from 10.0.0.1 on eth0")
  assert.equal(placed("fd00::7"), "single 2 fd00::7 from fd00::1 on eth0")
})

test("of several networks the narrowest is taken", () => {
  assert.equal(placed("10.0.0.200"), "single 3 10.0.0.200 from 10.0.0.129 on eth1")
})

test("a source address that is written is used, on the peer's interface", () => {
  assert.equal(placed("10.0.0.2", { local: address("10.0.0.5") }), "single 2 10.0.0.2 from 10.0.0.5 on eth0")
  assert.equal(placed("10.0.0.2", { local: address("192.0.2.1") }), "single 2 10.0.0.2 from 192.0.2.1 on eth0")
  assert.equal(placed("10.0.0.2", { local: address("10.0.0.99") }), "ML498")
})

test("a peer in no network needs several hops or an interface", () => {
  assert.equal(placed("203.0.113.1"), "ML489")
  assert.equal(placed("10.9.9.9"), "ML489", "a network of one address has no neighbours")
  assert.equal(placed("203.0.113.1", { interface: "tun0" }), "single 4 203.0.113.1 from 10.9.9.9 on tun0")
  assert.equal(placed("203.0.113.1", { multihop: true }), "multi any 203.0.113.1 from 0.0.0.0 on ")
  assert.equal(
    placed("203.0.113.1", { multihop: true, local: address("192.0.2.1") }),
    "multi 192.0.2.1 203.0.113.1 from 192.0.2.1 on ",
  )
  assert.equal(placed("2001:db8::1", { multihop: true }), "multi any 2001:db8::1 from :: on ")
})

test("a link-local peer is on the interface that is named, and needs one", () => {
  assert.equal(placed("fe80::1", { interface: "eth1" }), "single 3 fe80::1 from fe80::b on eth1")
  assert.equal(placed("fe80::1"), "ML489")
  assert.equal(placed("fe80::1", { interface: "eth9" }), "ML489")
  assert.equal(placed("fe80::1", { interface: "tun0" }), "ML489")
})

test("a peer in a VRF is on the VRF's links and no others, over several hops bound to its device", () => {
  const two = [
    link(2, "eth0", "10.0.0.1/24"),
    { ...link(3, "eth1", "10.0.0.9/24", "fe80::b/64"), vrf: "red" },
    link(7, "red", "192.0.2.9/32"),
  ]
  const at = (peer: string, more: Partial<BfdWanted>) => {
    const found = placeOf(wanted(peer, {}, more), two)
    if (!found.ok) return found.reason
    return `${pathKey(found.place.path)} from ${formatAddress(found.place.local)} on ${deviceOf(found.place.path)}`
  }
  assert.equal(at("10.0.0.2", {}), "single 2 10.0.0.2 from 10.0.0.1 on 2")
  assert.equal(at("10.0.0.2", { vrf: "red" }), "single 3 10.0.0.2 from 10.0.0.9 on 3")
  assert.equal(at("10.0.0.2", { vrf: "blue" }), "ML489")
  assert.equal(at("10.0.0.2", { vrf: "red", local: address("10.0.0.1") }), "ML498", "an address of the default VRF")
  assert.equal(at("10.0.0.2", { vrf: "red", local: address("192.0.2.9") }), "single 3 10.0.0.2 from 192.0.2.9 on 3")
  assert.equal(at("fe80::1", { vrf: "red", interface: "eth1" }), "single 3 fe80::1 from fe80::b on 3")
  assert.equal(at("fe80::1", { interface: "eth1" }), "single 3 fe80::1 from fe80::b on 3", "an interface says it all")
  assert.equal(at("203.0.113.1", { multihop: true }), "multi any 203.0.113.1 from 0.0.0.0 on undefined")
  assert.equal(at("203.0.113.1", { multihop: true, vrf: "red" }), "multi any 203.0.113.1 in red from 0.0.0.0 on 7")
  assert.equal(at("203.0.113.1", { multihop: true, vrf: "blue" }), "ML479")
})

test("clients that share a session get the fastest that one of them asks for", () => {
  const slow = profile({ receiveInterval: 300, transmitInterval: 200, detectMultiplier: 5, passiveMode: true })
  const fast = profile({ receiveInterval: 100, transmitInterval: 400, detectMultiplier: 3, echoMode: true })
  const shared = sharedProfile(slow, [fast])
  assert.deepEqual(
    [shared.receiveInterval, shared.transmitInterval, shared.detectMultiplier, shared.echoMode, shared.passiveMode],
    [100, 200, 3, true, false],
  )
  assert.deepEqual(sharedProfile(slow, []), slow)
})

test("a profile's milliseconds become microseconds, and echo is only what the path can do", () => {
  const echo = profile({ echoMode: true, echoInterval: 40, receiveInterval: 10, transmitInterval: 60_000 })
  assert.deepEqual(settingsOf(echo, { sends: true, returns: true }), {
    transmitInterval: 60_000_000,
    receiveInterval: 10_000,
    detectMultiplier: 3,
    passive: false,
    echoInterval: 40_000,
    echoReceiveInterval: 40_000,
  })
  const neither = settingsOf(echo, { sends: false, returns: false })
  assert.deepEqual([neither.echoInterval, neither.echoReceiveInterval], [undefined, 0])
  const unasked = settingsOf(profile(), { sends: true, returns: true })
  assert.deepEqual([unasked.echoInterval, unasked.echoReceiveInterval], [undefined, 0], "not without echoMode")
})
