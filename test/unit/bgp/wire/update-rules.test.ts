import assert from "node:assert/strict"
import { test } from "node:test"
import { attributeTypes, flags, linkBandwidth } from "../../../../agent/core/bgp/wire/attribute.ts"
import { decodeUpdate } from "../../../../agent/core/bgp/wire/decode-update.ts"
import { encodeAttributes } from "../../../../agent/core/bgp/wire/encode-update.ts"
import type { Update, WireOptions } from "../../../../agent/core/bgp/wire/update.ts"
import { ByteReader } from "../../../../agent/core/net/bytes.ts"
import { address } from "../../allocate/fixtures.ts"
import { cidr, hex } from "../bytes.ts"

const external: WireOptions = { fourOctet: true, internal: false, families: ["IPv4", "IPv6"], extendedNextHop: [] }
const two = (n: number): string => n.toString(16).padStart(4, "0")
const body = (withdrawn: string, attributes: string, announced: string): Uint8Array =>
  hex(`${two(hex(withdrawn).length)} ${withdrawn} ${two(hex(attributes).length)} ${attributes} ${announced}`)
/** What is read where nothing is wrong and nothing left out. */
const read = (withdrawn: string, attributes: string, announced: string, options = external): Update => {
  const reading = decodeUpdate(body(withdrawn, attributes, announced), options)
  assert.ok(reading.outcome === "good" && reading.complaints.length === 0, JSON.stringify(reading.complaints))
  return reading.update
}

const origin = "40 01 01 00"
const path = "40 02 06 02 01 0000fc00"
const hop = "40 03 04 c0000201"
const required = `${origin} ${path} ${hop}`
const route = "18 c63364"
/** 2001:db8:1::/48 by way of 2001:db8::1, and 2001:db8:2::/48 withdrawn. */
const reach = "80 0e 1c 0002 01 10 20010db8000000000000000000000001 00 30 20010db80001"
const unreach = "80 0f 0a 0002 01 30 20010db80002"

test("a route that one message withdraws and announces is read as both (RFC 4271 section 4.3)", () => {
  const { withdrawn, announced } = read(route, required, route)
  assert.deepEqual([withdrawn, announced], [[cidr("198.51.100.0/24")], [cidr("198.51.100.0/24")]])
})

test("routes may stand in all four places of one message, MP_REACH and MP_UNREACH anywhere among the attributes (RFC 7606 section 5.1)", () => {
  const { withdrawn, attributes, announced } = read("08 0a", `${origin} ${unreach} ${path} ${reach} ${hop}`, route)
  assert.deepEqual(withdrawn, [cidr("10.0.0.0/8")])
  assert.deepEqual(announced, [cidr("198.51.100.0/24")])
  assert.deepEqual(attributes.reach?.prefixes, [cidr("2001:db8:1::/48")])
  assert.deepEqual(attributes.unreach?.prefixes, [cidr("2001:db8:2::/48")])
})

test("what is sent has the flags of its type, no Partial bit, low bits of zero, and a long length beyond 255 bytes alone (RFC 4271 section 4.3)", () => {
  const many = Array.from({ length: 70 }, (_, at) => at)
  const bytes = encodeAttributes(
    {
      origin: 0,
      asPath: [{ kind: "sequence", asns: [4200000000] }],
      nextHop: address("192.0.2.1"),
      med: 1,
      localPref: 1,
      atomicAggregate: true,
      aggregator: { asn: 4200000000, address: address("192.0.2.1") },
      communities: many,
      originatorId: 1,
      clusterList: [1],
      reach: { family: "IPv6", nextHop: address("2001:db8::1"), prefixes: [cidr("2001:db8:1::/48")] },
      unreach: { family: "IPv6", prefixes: [cidr("2001:db8:2::/48")] },
      extendedCommunities: [linkBandwidth(64512, 1, true)],
      largeCommunities: many.slice(0, 20).map(number => [1, 2, number]),
    },
    { ...external, fourOctet: false },
  )
  const sent: [type: number, bits: number][] = []
  for (const reader = new ByteReader(bytes); reader.left > 0; ) {
    const bits = reader.u8()
    const type = reader.u8()
    const isLong = (bits & flags.extendedLength) !== 0
    const { length } = reader.raw(isLong ? reader.u16() : reader.u8())
    assert.equal(isLong, length > 255, `the length of ${type}`)
    sent.push([type, bits & ~flags.extendedLength])
  }
  const known = Object.values(attributeTypes).map(({ type, flags: bits }) => [type, bits])
  assert.deepEqual(
    sent.sort(([a], [b]) => a - b),
    known,
  )
  assert.ok(
    known.every(([, bits = 0]) => (bits & 0x3f) === 0),
    "optional and transitive are the only bits",
  )
})

test("the reserved byte of MP_REACH means nothing, and a NEXT_HOP beside it neither (RFC 4760 section 3)", () => {
  const other = reach.replace("01 00 30", "01 05 30")
  assert.notEqual(other, reach)
  assert.deepEqual(
    read("", `${other} ${origin} ${path}`, "").attributes.reach,
    read("", `${reach} ${origin} ${path}`, "").attributes.reach,
  )
  assert.equal(read("", `${reach} ${required}`, "").attributes.reach?.prefixes.length, 1)
})

test("MP_UNREACH needs no other attribute (RFC 4760 section 4)", () => {
  assert.deepEqual(read("", unreach, "").attributes, {
    unreach: { family: "IPv6", prefixes: [cidr("2001:db8:2::/48")] },
  })
})

test("optional attributes that are not known here are passed over, transitive or not, partial or not (RFC 4271 section 5)", () => {
  // 24, 25 and 128: those of RFC 7606 sections 7.13, 7.15 and 7.16.
  for (const bits of ["80", "a0", "c0", "e0"])
    for (const type of ["18", "19", "63", "80"]) {
      const { attributes, announced } = read("", `${required} ${bits} ${type} 01 ff`, route)
      assert.equal(attributes.others?.length, 1)
      assert.equal(announced.length, 1)
    }
})

test("what matters to users of routes alone is not judged: first AS, own AS, a next hop that is ours, a route to groups (RFC 4271 sections 6.3 and 9.1.2)", () => {
  const rows = [
    ["another AS than the peer's first", `${origin} 40 02 06 02 01 0000fdea ${hop}`, route],
    ["an AS twice in the path", `${origin} 40 02 0e 02 03 0000fc00 0000fc01 0000fc00 ${hop}`, route],
    ["127.0.0.1 as the next hop", `${origin} ${path} 40 03 04 7f000001`, route],
    ["224.0.0.0/4", required, "04 e0"],
  ] as const
  for (const [what, attributes, announced] of rows)
    assert.equal(read("", attributes, announced).announced.length, 1, what)
})
