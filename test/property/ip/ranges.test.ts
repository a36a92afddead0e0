import assert from "node:assert/strict"
import { isIP } from "node:net"
import { test } from "node:test"
import fc from "fast-check"
import type { Address, AddressRange } from "../../../agent/core/ip/address.ts"
import { countBuggy, isBuggy } from "../../../agent/core/ip/buggy.ts"
import { coverRange, formatCidr } from "../../../agent/core/ip/cidr.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"
import { formatRange, parseRange, rangeContains, rangeSize, rangesOverlap } from "../../../agent/core/ip/range.ts"
import { RangeIndex } from "../../../agent/core/ip/range-index.ts"

const isMapped = (value: bigint): boolean => value >> 32n === 0xffffn

const ipv4 = fc.bigInt(0n, (1n << 32n) - 1n).map((value): Address => ({ family: "IPv4", value }))

/** Groups are drawn one by one with many zeros, so that runs of every length and place come up. */
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map(groups => groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n))
  .filter(value => !isMapped(value))
  .map((value): Address => ({ family: "IPv6", value }))

const address = fc.oneof(ipv4, ipv6)

/** Ranges within 10.0.0.0/20, small enough to be compared address by address. */
const smallRange = fc
  .tuple(fc.integer({ min: 0, max: 4095 }), fc.integer({ min: 0, max: 600 }))
  .map(([start, length]): AddressRange => {
    const first = 0x0a000000n + BigInt(start)
    return { family: "IPv4", first, last: first + BigInt(length) }
  })

const members = (range: AddressRange): bigint[] =>
  Array.from({ length: Number(rangeSize(range)) }, (_, offset) => range.first + BigInt(offset))

test("reading the canonical text of any address gives that address", () => {
  fc.assert(fc.property(address, value => assert.deepEqual(parseAddress(formatAddress(value)), value)))
})

test("canonical IPv6 text is what the platform's own parser of URLs writes (RFC 5952)", () => {
  fc.assert(
    fc.property(ipv6, value =>
      assert.equal(`[${formatAddress(value)}]`, new URL(`http://[${formatAddress(value)}]/`).host),
    ),
  )
})

test("an address is read only where the platform's own parser reads one, whatever the text", () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."0123456789abcdefF.:%/- "), maxLength: 45 }),
    fc.tuple(address, fc.nat(44), fc.constantFrom(..."0.:gf")).map(([value, at, letter]) => {
      const canonical = formatAddress(value)
      return `${canonical.slice(0, at)}${letter}${canonical.slice(at)}`
    }),
  )
  fc.assert(
    fc.property(text, candidate => {
      const expected = !candidate.includes("%") && isIP(candidate) !== 0
      assert.equal(parseAddress(candidate) !== undefined, expected)
    }),
    { numRuns: 2000 },
  )
})

test("reading the text of any range gives that range", () => {
  const anyRange = fc.tuple(ipv6, ipv6).map(([a, b]): AddressRange => {
    const [first, last] = a.value < b.value ? [a.value, b.value] : [b.value, a.value]
    return { family: "IPv6", first, last }
  })
  const mapped: AddressRange = { family: "IPv6", first: 0xffff00000000n, last: 0xffffffffffffn }
  fc.assert(
    fc.property(fc.oneof(smallRange, anyRange), range => {
      const parsed = parseRange(formatRange(range))
      if (rangesOverlap(range, mapped)) assert.equal(parsed.ok, false)
      else assert.deepEqual(parsed, { ok: true, range })
    }),
  )
})

test("reading any text as a range gives a range or a message, and never throws", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), text => {
      const parsed = parseRange(text)
      assert.ok(parsed.ok ? parsed.range.first <= parsed.range.last : parsed.message.length > 0)
    }),
  )
})

test("two ranges overlap exactly where they share an address", () => {
  fc.assert(
    fc.property(smallRange, smallRange, (a, b) => {
      const held = new Set(members(a))
      assert.equal(
        rangesOverlap(a, b),
        members(b).some(value => held.has(value)),
      )
    }),
  )
})

test("the CIDRs of a range are as many addresses as the range, in order, and each is one network", () => {
  fc.assert(
    fc.property(smallRange, range => {
      let next = range.first
      for (const cidr of coverRange(range)) {
        const parsed = parseRange(formatCidr(cidr))
        assert.ok(parsed.ok)
        assert.equal(parsed.range.first, next)
        next = parsed.range.last + 1n
      }
      assert.equal(next, range.last + 1n)
    }),
  )
})

test("the count of buggy addresses is what counting them one by one gives", () => {
  fc.assert(
    fc.property(smallRange, range => {
      const counted = members(range).filter(value => isBuggy({ family: "IPv4", value })).length
      assert.equal(countBuggy(range), BigInt(counted))
    }),
  )
})

test("the range index answers like a walk over all its ranges", () => {
  fc.assert(
    fc.property(fc.array(smallRange, { maxLength: 12 }), fc.bigInt(0x0a000000n, 0x0a001400n), (ranges, value) => {
      const index = new RangeIndex<number>()
      const held: { range: AddressRange; owner: number }[] = []
      for (const [owner, range] of ranges.entries()) {
        const clash = index.add(range, owner)
        assert.equal(
          clash !== undefined,
          held.some(other => rangesOverlap(other.range, range)),
        )
        if (clash === undefined) held.push({ range, owner })
      }
      const probe: Address = { family: "IPv4", value }
      assert.equal(index.containing(probe)?.owner, held.find(other => rangeContains(other.range, probe))?.owner)
    }),
  )
})
