import assert from "node:assert/strict"
import { test } from "node:test"
import type { Address } from "../../../agent/core/ip/address.ts"
import { compareAddresses, sameAddress } from "../../../agent/core/ip/address.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"
import { familiesOf, parseRange } from "../../../agent/core/ip/range.ts"

const address = (text: string): Address => {
  const parsed = parseAddress(text)
  assert.ok(parsed)
  return parsed
}

test("addresses sort IPv4 before IPv6, then by number and not by text", () => {
  const sorted = ["::1", "10.0.0.10", "10.0.0.9", "::", "255.0.0.0"].map(address).sort(compareAddresses)
  assert.deepEqual(sorted.map(formatAddress), ["10.0.0.9", "10.0.0.10", "255.0.0.0", "::", "::1"])
  assert.equal(compareAddresses(address("10.0.0.1"), address("::ffff:10.0.0.1")), 0)
})

test("the same number in two families is two addresses", () => {
  assert.equal(sameAddress(address("0.0.0.1"), address("::1")), false)
  assert.equal(sameAddress(address("0.0.0.1"), address("0.0.0.1")), true)
  assert.equal(sameAddress(address("0.0.0.1"), address("0.0.0.2")), false)
})

test("the families of a list of ranges are named once each, IPv4 first", () => {
  const families = (...texts: string[]) =>
    familiesOf(
      texts.map(text => {
        const parsed = parseRange(text)
        assert.ok(parsed.ok)
        return parsed.range
      }),
    )
  assert.deepEqual(families("fd00::/64", "10.0.0.0/8", "10.0.1.0/24"), ["IPv4", "IPv6"])
  assert.deepEqual(families("fd00::/64"), ["IPv6"])
  assert.deepEqual(families(), [])
})
