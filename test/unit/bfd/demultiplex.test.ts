import assert from "node:assert/strict"
import { test } from "node:test"
import {
  type Arrival,
  controlPort,
  demultiplex,
  lowestTtl,
  type Path,
  pathKey,
  type Refusal,
} from "../../../agent/core/bfd/demultiplex.ts"
import { type ControlPacket, readControlPacket, writeControlPacket } from "../../../agent/core/bfd/packet.ts"
import { address } from "../allocate/fixtures.ts"
import { fromPeer } from "./fixtures.ts"

type Found = { readonly name: string; readonly path: Path }

const near: Found = { name: "near", path: { hops: "single", peer: address("10.0.0.2"), interfaceIndex: 3 } }
const linkLocal: Found = { name: "link-local", path: { hops: "single", peer: address("fe80::2"), interfaceIndex: 3 } }
const other: Found = { name: "other link", path: { hops: "single", peer: address("fe80::2"), interfaceIndex: 4 } }
const far: Found = {
  name: "far",
  path: {
    hops: "multi",
    peer: address("10.9.0.2"),
    local: address("10.0.0.1"),
    minimumTtl: 250,
    vrf: "",
    device: undefined,
  },
}
const anyLocal: Found = {
  name: "any local",
  path: { hops: "multi", peer: address("10.9.0.3"), local: undefined, minimumTtl: 1, vrf: "", device: undefined },
}
/** The same two addresses in a VRF. */
const red: Found = { name: "red", path: { ...far.path, vrf: "red", device: 9 } as Path }
const all = [near, linkLocal, other, far, anyLocal, red]
const sessions = {
  byDiscriminator: (discriminator: number) => all[discriminator - 1],
  byPath: (key: string) => all.find(({ path }) => pathKey(path) === key),
}

const single: Arrival = {
  hops: "single",
  vrf: "",
  interfaceIndex: 3,
  from: address("10.0.0.2"),
  to: address("10.0.0.1"),
  ttl: 255,
}
const multi: Arrival = { ...single, hops: "multi", from: address("10.9.0.2"), ttl: 252 }

const came = (fields: Partial<ControlPacket>, arrival: Arrival): string => {
  const found = demultiplex(readControlPacket(writeControlPacket(fromPeer(fields))), arrival, sessions)
  return found.ok
    ? found.session.name
    : `${found.refusal}${found.session === undefined ? "" : ` (${found.session.name})`}`
}
const first = { state: "Down", yourDiscriminator: 0 } as const

test("a first packet is of the session with its sender on its interface (RFC 5881 section 3)", () => {
  assert.equal(came(first, single), "near")
  assert.equal(came({ ...first, state: "AdminDown" }, single), "near")
  assert.equal(came(first, { ...single, from: address("fe80::2") }), "link-local")
  assert.equal(came(first, { ...single, from: address("fe80::2"), interfaceIndex: 4 }), "other link")
  assert.equal(came(first, { ...single, interfaceIndex: 4 }), "no session with the sender")
  assert.equal(came(first, { ...single, from: address("10.0.0.3") }), "no session with the sender")
})

test("a first packet over several hops is of the session between its two addresses (RFC 5883 section 4.1)", () => {
  assert.equal(came(first, multi), "far")
  assert.equal(came(first, { ...multi, interfaceIndex: 9 }), "far", "whichever interface it takes")
  assert.equal(came(first, { ...multi, to: address("10.0.0.9") }), "no session with the sender")
  assert.equal(came(first, { ...multi, from: address("10.9.0.3"), to: address("10.0.0.9") }), "any local")
})

test("the same addresses in two VRFs are two sessions, and neither gets the other's packets", () => {
  assert.equal(came(first, { ...multi, vrf: "red" }), "red")
  assert.equal(came(first, { ...multi, vrf: "blue" }), "no session with the sender")
  assert.equal(pathKey(red.path), "multi 10.0.0.1 10.9.0.2 in red")
  assert.equal(came({ yourDiscriminator: 6 }, { ...multi, vrf: "red" }), "red")
  assert.equal(came({ yourDiscriminator: 6 }, multi), "session is of another VRF (red)")
  assert.equal(came({ yourDiscriminator: 4 }, { ...multi, vrf: "red" }), "session is of another VRF (far)")
})

test("the ports are two worlds: a neighbour's packet on port 4784 is of no session, and the other way round", () => {
  assert.deepEqual([controlPort.single, controlPort.multi], [3784, 4784])
  assert.equal(came(first, { ...single, hops: "multi" }), "no session with the sender")
  assert.equal(came(first, { ...multi, hops: "single" }), "no session with the sender")
  assert.equal(came({ yourDiscriminator: 1 }, { ...single, hops: "multi" }), "session is of the other port (near)")
  assert.equal(came({ yourDiscriminator: 4 }, { ...multi, hops: "single" }), "session is of the other port (far)")
})

test("with our discriminator nothing else is looked at: the sender's address may change (RFC 5881 section 3)", () => {
  assert.equal(came({ yourDiscriminator: 1 }, { ...single, from: address("10.0.0.77") }), "near")
  assert.equal(came({ yourDiscriminator: 4 }, { ...multi, from: address("10.1.1.1"), interfaceIndex: 5 }), "far")
  assert.equal(came({ yourDiscriminator: 99 }, single), "no session has your discriminator")
})

test("Init and Up need our discriminator", () => {
  for (const state of ["Init", "Up"] as const)
    assert.equal(came({ state, yourDiscriminator: 0 }, single), "state needs your discriminator (near)")
})

test("one hop wants TTL 255, several what the profile says, for either way to find the session", () => {
  for (const fields of [first, { yourDiscriminator: 1 }]) {
    assert.equal(came(fields, { ...single, ttl: 255 }), "near")
    for (const ttl of [254, 1, 0]) assert.equal(came(fields, { ...single, ttl }), "TTL is too low (near)")
  }
  for (const fields of [first, { yourDiscriminator: 4 }]) {
    assert.equal(came(fields, { ...multi, ttl: 250 }), "far")
    assert.equal(came(fields, { ...multi, ttl: 249 }), "TTL is too low (far)")
  }
  assert.deepEqual([lowestTtl(near.path), lowestTtl(far.path)], [255, 250])
})

test("authenticated packets are refused by that name, and bad ones by the rule they break", () => {
  const bytes = Uint8Array.of(...writeControlPacket(fromPeer()), 5, 28)
  bytes[1] = (bytes[1] ?? 0) | 4
  bytes[3] = 26
  const refusal = (reading: Uint8Array, arrival = single): Refusal | undefined => {
    const found = demultiplex(readControlPacket(reading), arrival, sessions)
    return found.ok ? undefined : found.refusal
  }
  assert.equal(refusal(bytes), "authentication is not in use")
  assert.equal(refusal(bytes, { ...single, ttl: 254 }), "TTL is too low")
  assert.equal(refusal(bytes.subarray(0, 9)), "shorter than a control packet")
})

test("paths that would be one session have one name", () => {
  const names = all.map(({ path }) => pathKey(path))
  assert.equal(new Set(names).size, all.length)
  assert.equal(pathKey({ ...near.path }), "single 3 10.0.0.2")
  assert.equal(pathKey(anyLocal.path), "multi any 10.9.0.3")
})
