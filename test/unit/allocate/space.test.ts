import assert from "node:assert/strict"
import { test } from "node:test"
import { addressAt, numberOf, spaceOf } from "../../../agent/core/allocate/space.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import type { IpFamily } from "../../../agent/core/model.ts"
import { address, pool } from "./fixtures.ts"

const listOf = (ranges: readonly string[], avoidBuggyIPs: boolean, family: IpFamily = "IPv4") => {
  const space = spaceOf(pool("p", ranges, { avoidBuggyIPs }), family)
  return Array.from({ length: Number(space.size) }, (_, n) => {
    const found = addressAt(space, BigInt(n))
    return found === undefined ? "none" : formatAddress(found)
  })
}

test("addresses are numbered range by range as written, ascending inside a range", () => {
  assert.deepEqual(listOf(["10.0.0.8/31", "10.0.0.1-10.0.0.2"], false), [
    "10.0.0.8",
    "10.0.0.9",
    "10.0.0.1",
    "10.0.0.2",
  ])
})

test("network and broadcast addresses can be given unless the pool avoids them", () => {
  assert.deepEqual(listOf(["10.0.0.254-10.0.1.1"], false), ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"])
  assert.deepEqual(listOf(["10.0.0.254-10.0.1.1"], true), ["10.0.0.254", "10.0.1.1"])
})

test("sizes with avoidBuggyIPs are exact, a single .0 included", () => {
  const sizeOf = (text: string) => spaceOf(pool("p", [text], { avoidBuggyIPs: true }), "IPv4").size
  assert.equal(sizeOf("10.0.0.0/24"), 254n)
  assert.equal(sizeOf("10.0.0.0/23"), 508n)
  assert.equal(sizeOf("10.0.0.0/25"), 127n)
  assert.equal(sizeOf("10.0.0.128/25"), 127n)
  assert.equal(sizeOf("10.0.0.0/32"), 0n)
  assert.equal(sizeOf("10.0.0.255/32"), 0n)
  assert.equal(sizeOf("10.0.0.7/32"), 1n)
  assert.equal(sizeOf("0.0.0.0/0"), 2n ** 24n * 254n)
})

test("avoidBuggyIPs has no effect on IPv6", () => {
  assert.equal(spaceOf(pool("p", ["2001:db8::/120"], { avoidBuggyIPs: true }), "IPv6").size, 256n)
})

test("number and address are each other's reverse in a pool of 2^64 addresses", () => {
  const space = spaceOf(pool("p", ["2001:db8::/64"]), "IPv6")
  const last = address("2001:db8::ffff:ffff:ffff:ffff")
  const [segment] = space.segments
  assert.ok(segment !== undefined)
  assert.equal(space.size, 2n ** 64n)
  assert.equal(numberOf(segment, last), 2n ** 64n - 1n)
  assert.deepEqual(addressAt(space, 2n ** 64n - 1n), last)
})

test("an avoided address has no number", () => {
  const [segment] = spaceOf(pool("p", ["10.0.0.0/24"], { avoidBuggyIPs: true }), "IPv4").segments
  assert.ok(segment !== undefined)
  assert.equal(numberOf(segment, address("10.0.0.0")), undefined)
  assert.equal(numberOf(segment, address("10.0.0.255")), undefined)
  assert.equal(numberOf(segment, address("10.0.0.1")), 0n)
})
