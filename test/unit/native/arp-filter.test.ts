import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { arpFilter, rangesMax } from "../../../agent/core/bpf/arp-filter.ts"
import type { Address } from "../../../agent/core/ip/address.ts"
import { runFilter } from "./bpf-machine.ts"

const ipv4 = (value: number): Address => ({ family: "IPv4", value: BigInt(value) })
const dotted = (text: string) => text.split(".").reduce((value, part) => value * 256 + Number(part), 0)
const addresses = (...texts: readonly string[]) => texts.map(text => ipv4(dotted(text)))

/** Sends most frames, and is nobody's target. */
const stranger = 0xf0000001

/** An Ethernet frame of 60 bytes around an ARP packet for IPv4, RFC 826. */
const arp = (target: number, operation = 1, etherType = 0x0806, sender = stranger): Uint8Array => {
  const frame = new DataView(new ArrayBuffer(60))
  frame.setUint16(12, etherType)
  frame.setUint16(14, 1)
  frame.setUint16(16, 0x0800)
  frame.setUint8(18, 6)
  frame.setUint8(19, 4)
  frame.setUint16(20, operation)
  frame.setUint32(28, sender)
  frame.setUint32(38, target)
  return new Uint8Array(frame.buffer)
}

const vip = dotted("192.168.1.11")
const filter = arpFilter(addresses("192.168.1.11", "192.168.1.13", "10.0.0.1"))
const passes = (frame: Uint8Array, packetType = 0) => runFilter(filter, frame, packetType) > 0

test("requests and replies for a VIP pass whole", () => {
  assert.equal(runFilter(filter, arp(vip, 1)), 60)
  assert.equal(runFilter(filter, arp(vip, 2)), 60)
})

test("requests for another address never wake the process", () => {
  for (const foreign of ["192.168.1.10", "192.168.1.12", "192.168.1.14", "10.0.0.0", "10.0.0.2", "0.0.0.0"]) {
    assert.equal(passes(arp(dotted(foreign))), false, foreign)
  }
})

test("operations other than request and reply are dropped", () => {
  for (const operation of [0, 3, 8, 255, 65535]) assert.equal(passes(arp(vip, operation)), false, String(operation))
})

test("frames that are no ARP are dropped", () => {
  for (const etherType of [0x0800, 0x86dd, 0x8100, 0x0805, 0x0807]) assert.equal(passes(arp(vip, 1, etherType)), false)
})

test("frames sent by this host or meant for another one are dropped", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map(packetType => passes(arp(vip), packetType)),
    [true, true, true, false, false, false],
  )
})

test("a frame cut short anywhere is dropped", () => {
  for (let length = 0; length < 42; length += 1) assert.equal(passes(arp(vip).subarray(0, length)), false, `${length}`)
  assert.equal(passes(arp(vip).subarray(0, 42)), true)
})

test("without a target nothing passes, with any target everything that is ARP", () => {
  assert.equal(runFilter(arpFilter([]), arp(vip)), 0)
  assert.equal(runFilter(arpFilter([{ family: "IPv6", value: BigInt(vip) }]), arp(vip)), 0)
  assert.ok(runFilter(arpFilter("any"), arp(0)) > 0)
  assert.ok(runFilter(arpFilter("any"), arp(0xffffffff, 2)) > 0)
  assert.equal(runFilter(arpFilter("any"), arp(vip, 3)), 0)
})

test("the ends of the address space are addresses like others", () => {
  const ends = arpFilter(addresses("0.0.0.0", "255.255.255.255"))
  assert.ok(runFilter(ends, arp(0)) > 0)
  assert.ok(runFilter(ends, arp(0xffffffff)) > 0)
  assert.equal(runFilter(ends, arp(1)), 0)
  assert.equal(runFilter(ends, arp(0xfffffffe)), 0)
})

test("neighbouring addresses are one range, so a whole pool costs two instructions", () => {
  const pool = Array.from({ length: 4096 }, (_, i) => ipv4(dotted("192.168.0.0") + i))
  assert.equal(arpFilter(pool).length, arpFilter(addresses("192.168.0.0")).length)
})

test("frames that come from a VIP pass, whatever they ask for", () => {
  for (const operation of [1, 2]) assert.ok(passes(arp(dotted("192.168.1.50"), operation, 0x0806)) === false)
  for (const operation of [1, 2])
    for (const sender of ["192.168.1.11", "192.168.1.13", "10.0.0.1"])
      assert.ok(passes(arp(dotted("192.168.1.50"), operation, 0x0806, dotted(sender))) === true, sender)
  assert.equal(passes(arp(dotted("192.168.1.50"), 1, 0x0806, dotted("192.168.1.12"))), false)
})

test("the longest filter has 494 instructions", () => {
  const scattered = Array.from({ length: 5000 }, (_, i) => ipv4(0xc0000000 + 2 * i))
  assert.equal(arpFilter(scattered.slice(0, rangesMax)).length, 494)
  assert.equal(arpFilter(scattered).length, 494)
})

test("up to 120 ranges exactly the targets pass", () => {
  const values = fc.uniqueArray(fc.oneof(fc.nat(300), fc.nat(0xffffffff)), { maxLength: rangesMax })
  fc.assert(
    fc.property(values, fc.nat(0xffffffff), (targets, other) => {
      const program = arpFilter(targets.map(ipv4))
      for (const probe of [...targets, ...targets.map(value => value + 1), other]) {
        if (probe > 0xffffffff) continue
        assert.equal(runFilter(program, arp(probe)) > 0, targets.includes(probe))
      }
    }),
  )
})

test("beyond 120 ranges every target still passes, and what lies outside all of them does not", () => {
  const many = fc.uniqueArray(fc.integer({ min: 0x01000000, max: 0xdfffffff }), { minLength: 121, maxLength: 300 })
  fc.assert(
    fc.property(many, targets => {
      const program = arpFilter(targets.map(ipv4))
      for (const target of targets) assert.ok(runFilter(program, arp(target)) > 0)
      assert.equal(runFilter(program, arp(Math.min(...targets) - 1)), 0)
      assert.equal(runFilter(program, arp(Math.max(...targets) + 1)), 0)
    }),
    { numRuns: 30 },
  )
})

test("ranges are joined where that lets the fewest foreign addresses through", () => {
  const far = Array.from({ length: rangesMax }, (_, i) => 1000 * (i + 1))
  const program = arpFilter([...far, 1002].map(ipv4))
  assert.ok(runFilter(program, arp(1001)) > 0, "1000 to 1002 is the smallest gap")
  assert.equal(runFilter(program, arp(2001)), 0)
})

test("the order in which targets are given does not matter", () => {
  const targets = [5, 3, 9, 4, 100].map(ipv4)
  assert.deepEqual(arpFilter(targets), arpFilter([...targets].reverse()))
  assert.deepEqual(arpFilter([...targets, ...targets]), arpFilter(targets))
})
