import assert from "node:assert/strict"
import { test } from "node:test"
import type { AddressRange } from "../../../agent/core/ip/address.ts"
import { countBuggy, isBuggy, usableSize } from "../../../agent/core/ip/buggy.ts"
import { coverRange, formatCidr } from "../../../agent/core/ip/cidr.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"
import { compareRanges, formatRange, intersectRanges, parseRange, rangeSize } from "../../../agent/core/ip/range.ts"
import { RangeIndex } from "../../../agent/core/ip/range-index.ts"

const range = (text: string): AddressRange => {
  const parsed = parseRange(text)
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.message)
  return parsed.range
}

/** [rule, text, canonical text, size]. */
const readable: readonly (readonly [string, string, string, bigint])[] = [
  ["the reference scenario", "192.168.1.11-192.168.1.13", "192.168.1.11-192.168.1.13", 3n],
  ["spaces around the ends", " 40.0.0.250 - 40.0.0.250 ", "40.0.0.250/32", 1n],
  ["a range that is a network reads as a CIDR", "10.0.0.0-10.0.0.255", "10.0.0.0/24", 256n],
  ["host bits are masked", "10.20.30.40/24", "10.20.30.0/24", 256n],
  ["the shortest prefix", "1.2.3.4/0", "0.0.0.0/0", 1n << 32n],
  ["the longest prefix", "1.2.3.4/32", "1.2.3.4/32", 1n],
  ["a prefix length with leading zeros, as Go reads it", "10.0.0.0/024", "10.0.0.0/24", 256n],
  ["IPv6 CIDR", "fd00:192:168:1::/120", "fd00:192:168:1::/120", 256n],
  ["IPv6 range", "fd00::b-fd00::d", "fd00::b-fd00::d", 3n],
  ["IPv4-mapped ends are IPv4", "::ffff:10.0.0.1-10.0.0.2", "10.0.0.1-10.0.0.2", 2n],
  ["IPv4-mapped CIDR counts from bit 96", "::ffff:10.0.0.0/120", "10.0.0.0/24", 256n],
  ["a large IPv6 network", "fd00::/64", "fd00::/64", 1n << 64n],
]

for (const [rule, text, canonical, size] of readable) {
  test(`range: ${rule}: "${text}" reads as ${canonical}`, () => {
    assert.equal(formatRange(range(text)), canonical)
    assert.equal(rangeSize(range(text)), size)
  })
}

/** [rule, text, what the message says]. */
const refused: readonly (readonly [string, string, RegExp])[] = [
  ["nothing", " ", /empty entry/],
  ["one address without a prefix", "192.168.1.11", /write 192\.168\.1\.11\/32/],
  ["one IPv6 address without a prefix", "fd00::1", /write fd00::1\/128/],
  ["ends of different families", "10.0.0.1-fd00::1", /IPv4 and an IPv6 address; both ends must be of one family/],
  ["ends of different families, IPv6 first", "fd00::1-10.0.0.1", /one family/],
  ["ends in the wrong order", "10.0.0.9-10.0.0.1", /ends before it starts/],
  ["IPv6 ends in the wrong order", "fd00::ff-fd00::1", /ends before it starts/],
  ["a missing end", "10.0.0.9-", /one end is missing/],
  ["a shortened end", "192.168.1.11-13", /"13" is not an IP address/],
  ["three ends", "1.1.1.1-1.1.1.2-1.1.1.3", /"1\.1\.1\.2-1\.1\.1\.3" is not an IP address/],
  ["IPv4 prefix too long", "10.0.0.0/33", /"33", allowed are 0 to 32/],
  ["IPv6 prefix too long", "fd00::/129", /allowed are 0 to 128/],
  ["a prefix that is no number", "10.0.0.0/x", /allowed are 0 to 32/],
  ["an empty prefix", "10.0.0.0/", /allowed are 0 to 32/],
  ["a netmask", "10.0.0.0/255.0.0.0", /allowed are 0 to 32/],
  ["a negative prefix reads as a range", "10.0.0.0/-1", /is not an IP address/],
  ["a leading zero", "192.168.010.0/24", /leading zero/],
  ["a zone", "fe80::1%eth0-fe80::2", /carries a zone/],
  ["a typographic dash", "192.168.1.11–192.168.1.13", /typographic dash/],
  ["a word", "private", /"private" is not an IP address; write a CIDR/],
  ["IPv4-mapped with a prefix above bit 96", "::ffff:10.0.0.0/95", /allowed are 96 to 128/],
  ["IPv6 space that holds the IPv4-mapped block", "::/0", /IPv4-mapped/],
]

for (const [rule, text, message] of refused) {
  test(`range: ${rule}: "${text}" is refused and the message says why`, () => {
    const parsed = parseRange(text)
    assert.ok(!parsed.ok)
    assert.match(parsed.message, message)
  })
}

test("range: a range is covered by the fewest CIDRs, ascending (spec 3.2)", () => {
  const cover = (text: string) => coverRange(range(text)).map(formatCidr)
  assert.deepEqual(cover("40.0.0.150-40.0.0.200"), [
    "40.0.0.150/31",
    "40.0.0.152/29",
    "40.0.0.160/27",
    "40.0.0.192/29",
    "40.0.0.200/32",
  ])
  assert.deepEqual(cover("0.0.0.0-255.255.255.255"), ["0.0.0.0/0"])
  assert.deepEqual(cover("fd00::1-fd00::2"), ["fd00::1/128", "fd00::2/128"])
})

test("range: what two ranges share is their intersection, and nothing across families", () => {
  const shared = intersectRanges(range("10.0.0.0/24"), range("10.0.0.200-10.0.1.5"))
  assert.equal(shared === undefined ? "" : formatRange(shared), "10.0.0.200-10.0.0.255")
  assert.equal(intersectRanges(range("10.0.0.0/24"), range("10.0.1.0/24")), undefined)
  assert.equal(intersectRanges(range("0.0.0.0/8"), range("fd00::/64")), undefined)
})

test("range: IPv4 sorts before IPv6, then by first address, then by last", () => {
  const sorted = ["fd00::/64", "10.0.0.0/8", "10.0.0.0/24", "9.0.0.0/8"].map(range).sort(compareRanges)
  assert.deepEqual(sorted.map(formatRange), ["9.0.0.0/8", "10.0.0.0/24", "10.0.0.0/8", "fd00::/64"])
})

/** Spec 3.3 and 3.8; the /32 row is one where MetalLB counts minus one. */
const buggy: readonly (readonly [string, bigint])[] = [
  ["10.0.0.0/24", 2n],
  ["10.0.0.0/16", 512n],
  ["10.0.0.0/32", 1n],
  ["10.0.0.255/32", 1n],
  ["10.0.0.1/32", 0n],
  ["10.0.0.0/31", 1n],
  ["10.0.0.254/31", 1n],
  ["10.0.0.255-10.0.1.0", 2n],
  ["10.0.0.1-10.0.0.254", 0n],
  ["0.0.0.0/0", 33554432n],
  ["fd00::/120", 0n],
]

for (const [text, count] of buggy) {
  test(`buggy addresses: ${text} holds ${count}`, () => {
    assert.equal(countBuggy(range(text)), count)
    assert.equal(usableSize(range(text), true), rangeSize(range(text)) - count)
    assert.equal(usableSize(range(text), false), rangeSize(range(text)))
  })
}

test("buggy addresses: .0 and .255 of IPv4 are, their neighbours and IPv6 are not", () => {
  const verdicts = ["10.0.0.0", "10.0.0.255", "10.0.0.1", "10.0.0.254", "fd00::", "fd00::ff"].map(text => {
    const address = parseAddress(text)
    return address === undefined ? undefined : isBuggy(address)
  })
  assert.deepEqual(verdicts, [true, true, false, false, false, false])
})

test("range index: an overlapping range is refused and names who holds the addresses", () => {
  const index = new RangeIndex<string>()
  assert.equal(index.add(range("10.0.0.0/24"), "a"), undefined)
  assert.equal(index.add(range("10.0.2.0/24"), "b"), undefined)
  assert.equal(index.add(range("fd00::/64"), "c"), undefined)
  assert.equal(index.add(range("10.0.0.255-10.0.1.10"), "d")?.owner, "a")
  assert.equal(index.add(range("10.0.0.0/8"), "d")?.owner, "a")
  assert.equal(index.add(range("10.0.1.0/24"), "d"), undefined)
  assert.equal(index.containing({ family: "IPv4", value: 0x0a000105n })?.owner, "d")
  assert.equal(index.containing({ family: "IPv4", value: 0x0a000300n }), undefined)
})
