import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { ndpFilter, prefixesMax, rangesMax } from "../../../agent/core/bpf/ndp-filter.ts"
import type { Address } from "../../../agent/core/ip/address.ts"
import { writeNdp } from "../../../agent/core/ndp/packet.ts"
import { ip, question } from "../ndp/frames.ts"
import { runFilter } from "./bpf-machine.ts"

const ipv6 = (value: bigint): Address => ({ family: "IPv6", value })
const addresses = (...texts: readonly string[]) => texts.map(text => ipv6(ip(text)))
const asking = (target: bigint): Uint8Array =>
  writeNdp({ ...question, message: { kind: "solicitation", target, linkLayer: undefined } })

const vip = ip("2001:db8::10")
const filter = ndpFilter(addresses("2001:db8::10", "2001:db8::12", "fd00:1::10", "fe80::1"))
const passes = (frame: Uint8Array, packetType = 2) => runFilter(filter, frame, packetType) > 0

test("questions about a VIP pass whole, and so do advertisements of it", () => {
  assert.equal(runFilter(filter, asking(vip), 2), 78)
  assert.equal(runFilter(filter, asking(vip).with(54, 136), 2), 78)
})

test("messages about another address never wake the process", () => {
  for (const foreign of [
    "2001:db8::f",
    "2001:db8::11",
    "2001:db8::13",
    "2001:db9::10",
    "fd00:1::11",
    "fd00:2::10",
    "::10",
  ])
    assert.equal(passes(asking(ip(foreign))), false, foreign)
})

test("messages that a router let through, other ICMPv6 and other protocols are dropped", () => {
  const frame = asking(vip)
  for (const hops of [0, 64, 254]) assert.equal(passes(frame.with(21, hops)), false)
  for (const type of [0, 128, 134, 137, 255]) assert.equal(passes(frame.with(54, type)), false)
  for (const header of [0, 6, 17, 57, 59]) assert.equal(passes(frame.with(20, header)), false)
  assert.equal(passes(frame.with(13, 0xde)), false)
})

test("frames sent by this host or meant for another one are dropped", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map(packetType => passes(asking(vip), packetType)),
    [true, true, true, false, false, false],
  )
})

test("a frame cut short anywhere before the options is dropped", () => {
  for (let length = 0; length < 78; length += 1)
    assert.equal(passes(asking(vip).subarray(0, length)), false, `${length}`)
})

test("without a target nothing passes, with any target every neighbour message", () => {
  assert.equal(runFilter(ndpFilter([]), asking(vip)), 0)
  assert.equal(runFilter(ndpFilter([{ family: "IPv4", value: 16n }]), asking(16n)), 0)
  assert.ok(runFilter(ndpFilter("any"), asking(0n)) > 0)
  assert.equal(runFilter(ndpFilter("any"), asking(vip).with(21, 64)), 0)
})

test("the ends of the address space are addresses like others", () => {
  const last = (1n << 128n) - 1n
  const ends = ndpFilter([ipv6(0n), ipv6(last)])
  assert.deepEqual(
    [0n, last, 1n, last - 1n].map(target => runFilter(ends, asking(target)) > 0),
    [true, true, false, false],
  )
})

test("neighbouring addresses are one range, so a whole pool costs two instructions", () => {
  const pool = Array.from({ length: 4096 }, (_, i) => ipv6(ip("2001:db8::") + BigInt(i)))
  assert.equal(ndpFilter(pool).length, ndpFilter(addresses("2001:db8::")).length)
})

test("the longest filter has at most 325 instructions", () => {
  const scattered = (prefixes: number, count: number) =>
    Array.from({ length: count }, (_, i) => ipv6((BigInt(i % prefixes) << 64n) + BigInt(2 * i)))
  const lengths = [1, prefixesMax, prefixesMax + 1].flatMap(prefixes => [
    ndpFilter(scattered(prefixes, rangesMax)).length,
    ndpFilter(scattered(prefixes, 3000)).length,
  ])
  assert.deepEqual([Math.max(...lengths), lengths[3]], [325, 325])
})

const low = fc.oneof(fc.nat(300), fc.nat(0xffffffff))
const target = (prefixes: number) =>
  fc
    .tuple(fc.nat(prefixes - 1), low)
    .map(([prefix, rest]) => (BigInt(prefix) << 40n) + (0x20010db8n << 96n) + BigInt(rest))

test("up to 8 prefixes and 120 ranges exactly the targets pass", () => {
  const values = fc.uniqueArray(target(prefixesMax), { maxLength: rangesMax })
  fc.assert(
    fc.property(values, target(20), (targets, other) => {
      const program = ndpFilter(targets.map(ipv6))
      for (const one of [...targets, ...targets.map(value => value + 1n), other])
        assert.equal(runFilter(program, asking(one)) > 0, targets.includes(one))
    }),
  )
})

test("beyond that every target still passes", () => {
  const values = fc.uniqueArray(target(40), { minLength: 100, maxLength: 300 })
  fc.assert(
    fc.property(values, targets => {
      const program = ndpFilter(targets.map(ipv6))
      assert.ok(program.length <= 325)
      for (const one of targets) assert.ok(runFilter(program, asking(one)) > 0)
    }),
    { numRuns: 20 },
  )
})

test("the order in which targets are given does not matter", () => {
  const targets = addresses("2001:db8::5", "fd00::3", "2001:db8::9", "fd00::4", "2001:db8::6")
  assert.deepEqual(ndpFilter(targets), ndpFilter([...targets].reverse()))
  assert.deepEqual(ndpFilter([...targets, ...targets]), ndpFilter(targets))
})
