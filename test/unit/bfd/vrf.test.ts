import assert from "node:assert/strict"
import { test } from "node:test"
import { linksOf } from "../../../agent/speaker/bfd/links.ts"
import { linkOf } from "../../../agent/speaker/bgp/link-of.ts"
import { ethernet } from "../agent/fake-link.ts"
import { address } from "../allocate/fixtures.ts"
import { settingsWith } from "../bgp/session/fixtures.ts"
import { type Host, VirtualNet } from "./virtual-net.ts"
import { wanted } from "./wanted.ts"

const red = { vrf: "red", multihop: true } as const

const inRed = (host: Host, device: number) => {
  host.vrf = "red"
  host.vrfDevice = device
}

test("a session over several hops is bound to its VRF's device, comes up, and follows a device that was made anew", () => {
  const net = new VirtualNet(1)
  const [a, b] = [net.host("a", "10.0.0.1"), net.host("b", "10.0.0.2")]
  inRed(a, 7)
  inRed(b, 8)
  a.bfd.setSessions([wanted("10.0.0.2", { minimumTtl: 250 }, { ...red, local: address("10.0.0.1") })])
  b.bfd.setSessions([wanted("10.0.0.1", { minimumTtl: 250 }, { ...red, local: address("10.0.0.2") })])
  net.pass(5_000)
  assert.deepEqual([a.bfd.status()[0]?.state, b.bfd.status()[0]?.state], ["Up", "Up"])
  assert.deepEqual([a.bound, b.bound], [[7], [8]])
  inRed(a, 17)
  a.bfd.refresh()
  net.pass(1_000)
  assert.deepEqual([a.bound, a.bfd.status()[0]?.state], [[17], "Up"])
})

test("without a VRF nothing is bound, and one that is not there is told by name", () => {
  const net = new VirtualNet(1)
  const host = net.host("a", "10.0.0.1")
  host.bfd.setSessions([wanted("10.9.0.2", {}, { multihop: true })])
  assert.deepEqual(host.bound, [undefined])
  host.bfd.setSessions([wanted("10.9.0.2", {}, red)])
  const [status] = host.bfd.status()
  assert.deepEqual([status?.reason, status?.facts["vrf"]], ["ML479", "red"])
})

const device = (index: number, name: string, master: number | undefined, ...addresses: readonly string[]) => ({
  ...ethernet(index, name),
  master,
  addresses: addresses.map(text => ({ address: text, prefixLength: 64 })),
})
const host = [
  device(2, "eth0", undefined, "fe80::a"),
  device(3, "eth1", 9, "fe80::b"),
  device(4, "eth2", 9, "fe80::c", "2001:db8::4"),
  device(9, "red", undefined),
]

test("each link says which VRF it is of", () => {
  assert.deepEqual(
    linksOf(host).map(({ name, vrf }) => `${name} ${vrf}`),
    ["eth0 ", "eth1 red", "eth2 red", "red "],
  )
})

test("a link-local peer in a VRF is on a link of that VRF, one in none on a link of none", () => {
  const endpoint = { kind: "address", address: address("fe80::1") } as const
  const link = (vrf: string, source?: string) =>
    linkOf(settingsWith({ endpoint, vrf, sourceAddress: source === undefined ? undefined : address(source) }), host, [])
  assert.equal(link(""), "eth0")
  assert.equal(link("red"), "eth1")
  assert.equal(link("red", "2001:db8::4"), "eth2")
  assert.equal(link("", "2001:db8::4"), undefined)
  assert.equal(link("blue"), undefined)
})
