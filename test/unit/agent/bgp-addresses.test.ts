import assert from "node:assert/strict"
import { test } from "node:test"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { addressesBeside, type Whereabouts } from "../../../agent/speaker/bgp/addresses.ts"
import { address } from "../allocate/fixtures.ts"
import { ethernet } from "./fake-link.ts"

const link = (index: number, name: string, master: number | undefined, ...addresses: readonly string[]) => ({
  ...ethernet(index, name),
  master,
  addresses: addresses.map(text => ({ address: text, prefixLength: 24 })),
})

/** A card and its VLAN share a MAC, and with it their link-local address; the VRF has the network of the card again. */
const interfaces = [
  link(2, "eth1", 9, "10.0.0.11", "10.9.0.11", "2001:db8:9::a"),
  link(3, "eth0", undefined, "10.0.0.11", "fe80::a", "2001:db8::a"),
  link(4, "eth0.5", undefined, "10.5.0.11", "fe80::a", "2001:db8:5::a"),
  link(9, "red", undefined, "10.9.9.9"),
]

const beside = (local: string, where: Partial<Whereabouts> = {}) => {
  const { IPv4, IPv6 } = addressesBeside(address(local), { device: undefined, vrf: "", ...where }, interfaces)
  return [IPv4, IPv6].map(one => (one === undefined ? "" : formatAddress(one))).join(" ")
}

test("routes name the addresses of the interface that the connection is on as their next hop", () => {
  assert.equal(beside("10.0.0.11"), "10.0.0.11 2001:db8::a")
  assert.equal(beside("10.5.0.11"), "10.5.0.11 2001:db8:5::a")
  assert.equal(beside("10.9.0.11"), "10.0.0.11 2001:db8:9::a", "an interface that is part of another one, too")
  assert.equal(beside("192.0.2.1"), " ")
})

test("an address that several interfaces have is that of the session's own interface, or of its VRF", () => {
  assert.equal(beside("fe80::a", { device: "eth0.5" }), "10.5.0.11 2001:db8:5::a")
  assert.equal(beside("fe80::a", { device: "eth0" }), "10.0.0.11 2001:db8::a")
  assert.equal(beside("10.0.0.11", { vrf: "red" }), "10.0.0.11 2001:db8:9::a")
  assert.equal(beside("10.9.9.9", { vrf: "red" }), "10.9.9.9 ")
  assert.equal(beside("10.0.0.11", { vrf: "blue" }), " ")
  assert.equal(beside("fe80::a", { device: "eth1", vrf: "red" }), " ")
})
