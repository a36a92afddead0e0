import assert from "node:assert/strict"
import { test } from "node:test"
import { linkBandwidth } from "../../../../agent/core/bgp/wire/attribute.ts"
import { decodeUpdate } from "../../../../agent/core/bgp/wire/decode-update.ts"
import { encodeUpdate } from "../../../../agent/core/bgp/wire/encode-update.ts"
import type { UpdateReading } from "../../../../agent/core/bgp/wire/path-reader.ts"
import { endOfRibOf, type Update, type WireOptions } from "../../../../agent/core/bgp/wire/update.ts"
import { address } from "../../allocate/fixtures.ts"
import { cidr, hex, text } from "../bytes.ts"

const external: WireOptions = { fourOctet: true, internal: false, families: ["IPv4", "IPv6"], extendedNextHop: [] }
const internal: WireOptions = { ...external, internal: true }
const old: WireOptions = { ...external, fourOctet: false }
const unnumbered: WireOptions = { ...external, extendedNextHop: ["IPv4"] }

const two = (n: number): string => n.toString(16).padStart(4, "0")
/** The body of an UPDATE from its three parts. */
const body = (withdrawn: string, attributes: string, announced: string): Uint8Array =>
  hex(`${two(hex(withdrawn).length)} ${withdrawn} ${two(hex(attributes).length)} ${attributes} ${announced}`)

const origin = "40 01 01 00"
const path = "40 02 06 02 01 0000fc00"
const hop = "40 03 04 c0000201"
const required = `${origin} ${path} ${hop}`
const route = "18 c63364"

/** One route with these attributes behind the required ones. */
const withAttribute = (attribute: string, options = external): UpdateReading =>
  decodeUpdate(body("", `${required} ${attribute}`, route), options)
const good = (reading: UpdateReading): Update => {
  assert.ok(reading.outcome === "good", outcome(reading))
  return reading.update
}
/** "good", "good without 7", "withdraw 3/4 of 1", "reset 3/9". */
const outcome = (reading: UpdateReading): string => {
  if (reading.outcome === "reset") return `reset ${reading.fault.code}/${reading.fault.subcode}`
  const types = reading.complaints.map(({ type, fault }) => `${fault} of ${type}`).join(", ")
  return reading.outcome === "good" ? (types === "" ? "good" : `good without ${types}`) : `withdraw ${types}`
}

test("prefixes of every length are read and written, and bits behind the length mean nothing", () => {
  for (const [written, bytes] of [
    ["0.0.0.0/0", "00"],
    ["128.0.0.0/1", "01 80"],
    ["10.0.0.0/8", "08 0a"],
    ["10.128.0.0/9", "09 0a80"],
    ["198.51.100.7/32", "20 c6336407"],
    ["255.255.255.255/32", "20 ffffffff"],
  ] as const) {
    const update = { withdrawn: [cidr(written)], attributes: {}, announced: [] }
    assert.equal(text(encodeUpdate(update, external).subarray(19)), text(body(bytes, "", "")))
    assert.deepEqual(good(decodeUpdate(body(bytes, "", ""), external)), update)
  }
  assert.deepEqual(good(decodeUpdate(body("01 ff", "", ""), external)).withdrawn, [cidr("128.0.0.0/1")])
  assert.deepEqual(good(decodeUpdate(body("11 0a00ff", "", ""), external)).withdrawn, [cidr("10.0.128.0/17")])
})

test("a prefix that is too long or cut short makes the field unreadable, and the session ends", () => {
  assert.equal(outcome(decodeUpdate(body("21 0a00000000", "", ""), external)), "reset 3/10")
  assert.equal(outcome(decodeUpdate(body("18 0a00", "", ""), external)), "reset 3/10")
  assert.equal(outcome(decodeUpdate(body("", required, "20 0a0000"), external)), "reset 3/10")
  assert.equal(outcome(decodeUpdate(body("", required, "ff"), external)), "reset 3/10")
})

test("lengths that go beyond the message are a malformed attribute list", () => {
  assert.equal(outcome(decodeUpdate(hex("0001 0000"), external)), "reset 3/1")
  assert.equal(outcome(decodeUpdate(hex("0000 0001"), external)), "reset 3/1")
  assert.equal(outcome(decodeUpdate(hex("ffff ffff"), external)), "reset 3/1")
  assert.equal(outcome(decodeUpdate(hex("0000 0000"), external)), "good")
})

test("every attribute is read with its fields at their limits", () => {
  const rows: readonly (readonly [string, object, WireOptions?])[] = [
    ["80 04 04 00000000", { med: 0 }],
    ["80 04 04 ffffffff", { med: 0xffffffff }],
    ["40 06 00", { atomicAggregate: true }],
    ["c0 07 08 0000fc00 c0000201", { aggregator: { asn: 64512, address: address("192.0.2.1") } }],
    ["c0 07 06 fc00 c0000201", { aggregator: { asn: 64512, address: address("192.0.2.1") } }, old],
    ["c0 08 04 00000000", { communities: [0] }],
    ["c0 08 08 fc0004d2 ffffffff", { communities: [0xfc0004d2, 0xffffffff] }],
    ["c0 10 08 40040000 4b189680", { extendedCommunities: [linkBandwidth(0, 1e7, false)] }],
    [
      "c0 10 10 0004fc00 00000000 ffffffff ffffffff",
      { extendedCommunities: [linkBandwidth(64512, 0, true), [0xffffffff, 0xffffffff]] },
    ],
    ["c0 20 0c 00000000 00000001 ffffffff", { largeCommunities: [[0, 1, 0xffffffff]] }],
    ["80 09 04 01020304", { originatorId: 0x01020304, localPref: 100 }, internal],
    ["80 0a 08 00000001 ffffffff", { clusterList: [1, 0xffffffff], localPref: 100 }, internal],
    ["80 63 02 0102", { others: [{ flags: 0x80, type: 99, value: hex("0102") }] }],
    ["e0 63 00", { others: [{ flags: 0xe0, type: 99, value: hex("") }] }],
  ]
  for (const [bytes, wanted, options = external] of rows) {
    const more = options.internal ? " 40 05 04 00000064" : ""
    const asPath = options === old ? "40 02 04 02 01 fc00" : path
    const reading = decodeUpdate(body("", `${origin} ${asPath} ${hop} ${bytes}${more}`, route), options)
    const { attributes } = good(reading)
    const basic = { origin: 0, asPath: [{ kind: "sequence", asns: [64512] }], nextHop: address("192.0.2.1") }
    assert.deepEqual(attributes, { ...basic, ...wanted }, bytes)
  }
})

test("attributes may come in any order, with a long length, and with the low bits of their flags set", () => {
  const { attributes } = good(
    decodeUpdate(body("", `80 04 04 00000005 5f 03 0004 c0000201 ${path} ${origin}`, route), external),
  )
  assert.equal(attributes.med, 5)
  assert.deepEqual(attributes.nextHop, address("192.0.2.1"))
})

test("attributes that are not known are told in ascending order, as they would be written", () => {
  const { attributes } = good(decodeUpdate(body("", `${required} e0 63 01 02 80 00 01 01`, route), external))
  assert.deepEqual(
    attributes.others?.map(({ type }) => type),
    [0, 99],
  )
})

test("a malformed attribute has the routes withdrawn, and some are only left out (RFC 7606 section 7)", () => {
  const rows: readonly (readonly [string, string, WireOptions?])[] = [
    ["80 04 03 000000", "withdraw update-length of 4"],
    ["80 04 05 0000000000", "withdraw update-length of 4"],
    ["80 04 00", "withdraw update-length of 4"],
    ["40 05 03 000000", "good"],
    ["40 05 03 000000", "withdraw update-length of 5", internal],
    ["40 06 01 00", "good without update-length of 6"],
    ["c0 07 06 fc00 c0000201", "good without update-length of 7"],
    ["c0 07 08 00000000 c0000201", "good without update-length of 7"],
    ["c0 08 00", "withdraw update-optional of 8"],
    ["c0 08 03 000000", "withdraw update-optional of 8"],
    ["c0 08 06 000000000000", "withdraw update-optional of 8"],
    ["80 09 03 000000", "good"],
    ["40 05 04 00000064 80 09 03 000000", "withdraw update-length of 9", internal],
    ["80 0a 05 0000000000", "good"],
    ["40 05 04 00000064 80 0a 05 0000000000", "withdraw update-optional of 10", internal],
    ["40 05 04 00000064 80 0a 00", "withdraw update-optional of 10", internal],
    ["c0 10 00", "withdraw update-optional of 16"],
    ["c0 10 04 00000000", "withdraw update-optional of 16"],
    ["c0 20 00", "withdraw update-optional of 32"],
    ["c0 20 08 0000000000000000", "withdraw update-optional of 32"],
  ]
  for (const [bytes, wanted, options] of rows) assert.equal(outcome(withAttribute(bytes, options)), wanted, bytes)
})

test("ORIGIN, AS_PATH and NEXT_HOP with impossible values have the routes withdrawn", () => {
  const rows = [
    [`40 01 01 03 ${path} ${hop}`, "withdraw update-origin of 1"],
    [`40 01 00 ${path} ${hop}`, "withdraw update-length of 1"],
    [`40 01 02 0000 ${path} ${hop}`, "withdraw update-length of 1"],
    [`${origin} 40 02 06 03 01 0000fc00 ${hop}`, "withdraw update-as-path of 2"],
    [`${origin} 40 02 06 00 01 0000fc00 ${hop}`, "withdraw update-as-path of 2"],
    [`${origin} 40 02 06 02 02 0000fc00 ${hop}`, "withdraw update-as-path of 2"],
    [`${origin} 40 02 02 02 00 ${hop}`, "withdraw update-as-path of 2"],
    [`${origin} 40 02 07 02 01 0000fc00 02 ${hop}`, "withdraw update-as-path of 2"],
    [`${origin} 40 02 06 02 01 00000000 ${hop}`, "withdraw update-as-path of 2"],
    [`${origin} ${path} 40 03 03 c00002`, "withdraw update-length of 3"],
    [`${origin} ${path} 40 03 04 00000000`, "withdraw update-next-hop of 3"],
    [`${origin} ${path} 40 03 04 e0000001`, "withdraw update-next-hop of 3"],
    [`${origin} 40 02 00 ${hop}`, "good"],
  ] as const
  for (const [attributes, wanted] of rows)
    assert.equal(outcome(decodeUpdate(body("", attributes, route), external)), wanted, attributes)
})

test("flags that contradict the type have the routes withdrawn; of attributes that hold routes, the session ends", () => {
  assert.equal(outcome(withAttribute("c0 04 04 00000000")), "withdraw update-flags of 4")
  assert.equal(outcome(withAttribute("80 08 04 00000000")), "withdraw update-flags of 8")
  assert.equal(
    outcome(decodeUpdate(body("", `c0 01 01 00 ${path} ${hop}`, route), external)),
    "withdraw update-flags of 1",
  )
  assert.equal(outcome(withAttribute("c0 0f 03 0002 01")), "reset 3/4")
  assert.equal(outcome(withAttribute("a0 04 04 00000000")), "good", "the partial bit is not looked at")
})

test("what is missing has the routes withdrawn: ORIGIN and AS_PATH always, NEXT_HOP for the routes behind, LOCAL_PREF inside", () => {
  assert.equal(outcome(decodeUpdate(body("", `${path} ${hop}`, route), external)), "withdraw update-missing of 1")
  assert.equal(outcome(decodeUpdate(body("", `${origin} ${hop}`, route), external)), "withdraw update-missing of 2")
  assert.equal(outcome(decodeUpdate(body("", `${origin} ${path}`, route), external)), "withdraw update-missing of 3")
  assert.equal(outcome(decodeUpdate(body("", required, route), internal)), "withdraw update-missing of 5")
  assert.equal(outcome(decodeUpdate(body("", `${reach} ${origin} ${path}`, ""), external)), "good")
  assert.equal(outcome(decodeUpdate(body("", `${reach} ${path}`, ""), external)), "withdraw update-missing of 1")
  assert.equal(outcome(decodeUpdate(body("", required, ""), external)), "good", "attributes without routes are valid")
})

/** 2001:db8:1::/48 by way of 2001:db8::1. */
const reach = "80 0e 1c 0002 01 10 20010db8000000000000000000000001 00 30 20010db80001"

test("an attribute list that is cut keeps the routes behind it, which count as withdrawn (RFC 7606 section 4)", () => {
  assert.equal(outcome(withAttribute("80 04")), "withdraw update-attribute-list of 0")
  assert.equal(outcome(withAttribute("90 04 00")), "withdraw update-attribute-list of 0")
  assert.equal(outcome(withAttribute("80 04 05 00000000")), "withdraw update-attribute-list of 0")
  const reading = withAttribute("80 04 ff 00")
  assert.ok(reading.outcome === "withdraw")
  assert.deepEqual(reading.withdrawn, [cidr("198.51.100.0/24")])
})

test("what only internal peers tell is left out of an external one's, with wrong flags too (RFC 7606 sections 7.5, 7.9, 7.10)", () => {
  const left = [
    ["c0 05 04 00000064", 5],
    ["c0 09 04 0a000001", 9],
    ["40 0a 04 0a000001", 10],
  ] as const
  for (const [attribute, type] of left) {
    assert.equal(outcome(withAttribute(attribute)), `good without update-flags of ${type}`)
    const inside = decodeUpdate(body("", `${required} 40 05 04 00000064 ${attribute}`, route), internal)
    if (type !== 5) assert.equal(outcome(inside), `withdraw update-flags of ${type}`)
  }
  assert.equal(
    outcome(decodeUpdate(body("", `${required} c0 05 04 00000064`, route), internal)),
    "withdraw update-flags of 5",
  )
})

test("where no route is seen, a fault ends the session, since routes may have been in what was not read (RFC 7606 section 5.2)", () => {
  assert.equal(outcome(decodeUpdate(body("", `${required} 80 04 03 000000`, ""), external)), "reset 3/5")
  assert.equal(outcome(decodeUpdate(body("18 c63364", `${required} 80 04`, ""), external)), "reset 3/1")
  assert.equal(
    outcome(decodeUpdate(body("", `${required} 40 06 01 00`, ""), external)),
    "good without update-length of 6",
  )
})

test("all routes of a message are withdrawn together, of both families", () => {
  const unreach = "80 0f 0a 0002 01 30 20010db80002"
  const reading = decodeUpdate(body("08 0a", `${reach} ${unreach} ${required} 80 04 00`, route), external)
  assert.ok(reading.outcome === "withdraw")
  assert.deepEqual(reading.withdrawn, ["10.0.0.0/8", "198.51.100.0/24", "2001:db8:1::/48", "2001:db8:2::/48"].map(cidr))
})

test("of several faults the strongest approach counts (RFC 7606 section 3 h)", () => {
  assert.equal(outcome(withAttribute("40 06 01 00 80 04 00")), "withdraw update-length of 6, update-length of 4")
  assert.equal(outcome(withAttribute("80 04 00 80 0e 02 0002")), "reset 3/9")
  assert.equal(outcome(withAttribute("80 04 00 40 63 00")), "reset 3/2")
})

test("a repeated attribute is left out, and one that holds routes ends the session (RFC 7606 section 3 g)", () => {
  const reading = withAttribute("80 04 04 00000001 80 04 04 00000002")
  assert.equal(outcome(reading), "good without update-attribute-list of 4")
  assert.equal(good(reading).attributes.med, 1)
  assert.equal(outcome(withAttribute("80 63 00 80 63 00")), "good without update-attribute-list of 99")
  const unreach = "80 0f 03 0002 01"
  assert.equal(outcome(withAttribute(`${unreach} ${unreach}`)), "reset 3/1")
  assert.equal(outcome(decodeUpdate(body("", `${reach} ${reach} ${required}`, ""), external)), "reset 3/1")
})

test("a well-known attribute that is not known ends the session, with the attribute in the notification", () => {
  const reading = withAttribute("50 63 0002 0102")
  assert.ok(reading.outcome === "reset")
  assert.deepEqual([reading.fault.code, reading.fault.subcode, text(reading.fault.data)], [3, 2, "50630002" + "0102"])
})

test("no more than a few complaints are kept of one message", () => {
  const reading = withAttribute("80 63 00".repeat(200))
  assert.ok(reading.outcome === "good" && reading.complaints.length === 16)
})

test("routes of IPv6 have next hops of 16 or 32 bytes; the length must fit (RFC 2545, RFC 7606 section 7.11)", () => {
  const both = `80 0e 2c 0002 01 20 20010db8000000000000000000000001 fe800000000000000000000000000001 00 30 20010db80001`
  assert.deepEqual(good(decodeUpdate(body("", `${both} ${origin} ${path}`, ""), external)).attributes.reach, {
    family: "IPv6",
    nextHop: address("2001:db8::1"),
    linkLocal: address("fe80::1"),
    prefixes: [cidr("2001:db8:1::/48")],
  })
  for (const wrong of [
    "80 0e 04 0002 01 00",
    "80 0e 09 0002 01 04 c0000201 00",
    "80 0e 08 0002 01 03 c00002 00",
    "80 0e 06 0002 01 10 2001",
    "80 0e 16 0002 01 10 20010db8000000000000000000000001 00 81",
    "80 0e 17 0002 01 10 20010db8000000000000000000000001 00 10 20",
    "80 0e 02 0002",
    "80 0e 00",
  ])
    assert.equal(outcome(decodeUpdate(body("", `${wrong} ${origin} ${path}`, ""), external)), "reset 3/9", wrong)
})

test("routes of IPv4 in MP_REACH have an IPv4 next hop, or an IPv6 one where that was agreed on (RFC 8950)", () => {
  const four = "80 0e 0d 0001 01 04 c0000201 00 18 c63364"
  const six = "80 0e 19 0001 01 10 20010db8000000000000000000000001 00 18 c63364"
  const read = (bytes: string, options: WireOptions) =>
    decodeUpdate(body("", `${bytes} ${origin} ${path}`, ""), options)
  assert.deepEqual(good(read(four, external)).attributes.reach?.nextHop, address("192.0.2.1"))
  assert.equal(outcome(read(six, external)), "reset 3/9")
  assert.deepEqual(good(read(six, unnumbered)).attributes.reach?.nextHop, address("2001:db8::1"))
})

test("routes of families that were not agreed on are passed over", () => {
  const vpn = "80 0e 05 0001 80 00 00"
  assert.equal(outcome(withAttribute(vpn)), "good")
  const onlyFour: WireOptions = { ...external, families: ["IPv4"] }
  const { attributes } = good(decodeUpdate(body("", `${reach} ${required}`, route), onlyFour))
  assert.equal(attributes.reach, undefined)
  assert.equal(good(withAttribute("80 0f 03 0001 80")).attributes.unreach, undefined)
})

test("an unreadable MP_UNREACH ends the session", () => {
  for (const wrong of ["80 0f 02 0002", "80 0f 00", "80 0f 05 0002 01 30 20", "80 0f 04 0002 01 81"])
    assert.equal(outcome(decodeUpdate(body("", wrong, ""), external)), "reset 3/9", wrong)
})

test("End-of-RIB is an UPDATE without anything, or with nothing but an empty MP_UNREACH (RFC 4724 section 2)", () => {
  const none: Update = { withdrawn: [], attributes: {}, announced: [] }
  assert.equal(endOfRibOf(none), "IPv4")
  assert.equal(endOfRibOf({ ...none, attributes: { unreach: { family: "IPv6", prefixes: [] } } }), "IPv6")
  assert.equal(endOfRibOf({ ...none, withdrawn: [cidr("10.0.0.0/8")] }), undefined)
  assert.equal(endOfRibOf({ ...none, attributes: { origin: 0 } }), undefined)
  const some = { family: "IPv6" as const, prefixes: [cidr("2001:db8::/32")] }
  assert.equal(endOfRibOf({ ...none, attributes: { unreach: some } }), undefined)
  assert.equal(endOfRibOf({ ...none, attributes: { unreach: { ...some, prefixes: [] }, origin: 0 } }), undefined)
})

test("an old speaker's AS_PATH is completed by AS4_PATH (RFC 6793 section 4.2.3)", () => {
  const read = (shorts: string, longs: string) => {
    const four = longs === "" ? "" : `c0 11 ${byte(hex(longs).length)} ${longs}`
    return decodeUpdate(body("", `${origin} 40 02 ${byte(hex(shorts).length)} ${shorts} ${hop} ${four}`, route), old)
  }
  const pathOf = (shorts: string, longs: string) => good(read(shorts, longs)).attributes.asPath
  const byte = (n: number) => n.toString(16).padStart(2, "0")
  assert.deepEqual(pathOf("02 02 fc00 5ba0", "02 01 fa56ea00"), [{ kind: "sequence", asns: [64512, 4200000000] }])
  assert.deepEqual(pathOf("02 01 5ba0", "02 01 fa56ea00"), [{ kind: "sequence", asns: [4200000000] }])
  assert.deepEqual(
    pathOf("02 01 5ba0", "02 02 0000fc00 fa56ea00"),
    [{ kind: "sequence", asns: [23456] }],
    "longer: ignored",
  )
  assert.deepEqual(pathOf("01 02 fc00 fc01 02 01 5ba0", "02 01 fa56ea00"), [
    { kind: "set", asns: [64512, 64513] },
    { kind: "sequence", asns: [4200000000] },
  ])
  assert.equal(outcome(read("02 01 fc00", "02 01 0000")), "good without update-as-path of 17")
  assert.equal(outcome(read("02 01 fc00", "")), "good")
  const ignored = withAttribute("c0 11 06 02 01 fa56ea00")
  assert.deepEqual(
    good(ignored).attributes.asPath,
    [{ kind: "sequence", asns: [64512] }],
    "of a new speaker it means nothing",
  )
})

test("AS4_AGGREGATOR counts where AGGREGATOR has the number that stands for all, else neither of the pair does", () => {
  const short = `${origin} 40 02 04 02 01 5ba0 ${hop}`
  const four = "c0 11 06 02 01 fa56ea00"
  const read = (bytes: string) => good(decodeUpdate(body("", `${short} ${bytes}`, route), old)).attributes
  const big = "c0 12 08 fa56ea00 c0000201"
  assert.equal(read(`c0 07 06 5ba0 c0000201 ${big} ${four}`).aggregator?.asn, 4200000000)
  const other = read(`c0 07 06 fc00 c0000201 ${big} ${four}`)
  assert.equal(other.aggregator?.asn, 64512)
  assert.deepEqual(other.asPath, [{ kind: "sequence", asns: [23456] }])
  assert.equal(read(`${big} ${four}`).aggregator, undefined)
})

test("MP_REACH goes first, then attributes in ascending order (RFC 7606 section 5.1, RFC 4271 section 5)", () => {
  const update: Update = {
    withdrawn: [],
    attributes: {
      largeCommunities: [[1, 2, 3]],
      communities: [1],
      origin: 0,
      asPath: [],
      localPref: 7,
      reach: { family: "IPv6", nextHop: address("2001:db8::1"), prefixes: [cidr("2001:db8:1::/48")] },
    },
    announced: [],
  }
  const bytes = encodeUpdate(update, internal)
  const attributes = `${reach} 40 01 01 00 40 02 00 40 05 04 00000007 c0 08 04 00000001 c0 20 0c 000000010000000200000003`
  assert.equal(text(bytes.subarray(19)), text(body("", attributes, "")))
})

test("a path for an old speaker goes out twice where two bytes lose something", () => {
  const update: Update = {
    withdrawn: [],
    attributes: {
      origin: 0,
      asPath: [{ kind: "sequence", asns: [4200000000, 64512] }],
      nextHop: address("192.0.2.1"),
      aggregator: { asn: 4200000000, address: address("192.0.2.1") },
    },
    announced: [cidr("198.51.100.0/24")],
  }
  const bytes = encodeUpdate(update, old).subarray(19)
  const attributes = `${origin} 40 02 06 02 02 5ba0 fc00 ${hop} c0 07 06 5ba0 c0000201 c0 11 0a 02 02 fa56ea00 0000fc00 c0 12 08 fa56ea00 c0000201`
  assert.equal(text(bytes), text(body("", attributes, route)))
  assert.deepEqual(good(decodeUpdate(bytes, old)), update)
})
