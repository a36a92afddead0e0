import assert from "node:assert/strict"
import { test } from "node:test"
import { echoFilter } from "../../../agent/core/bpf/echo-filter.ts"
import { address } from "../allocate/fixtures.ts"
import { runFilter } from "./bpf-machine.ts"

const own = echoFilter(address("10.81.1.1"))

/** An echo of 10.81.1.1 as it comes back, 58 bytes; changed by offset. */
const frame = (changes: Readonly<Record<number, number>> = {}): Uint8Array => {
  const bytes = new Uint8Array(58)
  const head = "020000000001 020000000002 0800 45c0 002c 0000 0000 fe11 0000 0a510101 0a510101 0ec9 0ec9 0018 0000"
  bytes.set(Buffer.from(head.replaceAll(" ", ""), "hex"))
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value
  return bytes
}

test("an echo of our own that came back passes whole", () => assert.equal(runFilter(own, frame()), 58))

const dropped: readonly (readonly [string, Uint8Array])[] = [
  ["another EtherType", frame({ 13: 0x06 })],
  ["IPv4 options", frame({ 14: 0x46 })],
  ["TTL 255, which no data path has touched", frame({ 22: 255 })],
  ["TTL 253", frame({ 22: 253 })],
  ["TCP", frame({ 23: 6 })],
  ["another source", frame({ 29: 2 })],
  ["another destination", frame({ 33: 2 })],
  ["another port", frame({ 37: 0xc8 })],
  ["a frame cut short", frame().subarray(0, 37)],
]

for (const [what, bytes] of dropped)
  test(`dropped before it wakes anybody: ${what}`, () => assert.equal(runFilter(own, bytes), 0))

test("what this host sends, and what is for another one, is dropped", () => {
  for (const type of [3, 4]) assert.equal(runFilter(own, frame(), type), 0)
})

test("for an IPv6 address nothing passes", () => assert.equal(runFilter(echoFilter(address("fd00::1")), frame()), 0))
