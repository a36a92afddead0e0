import assert from "node:assert/strict"
import { test } from "node:test"
import {
  BucketEdit,
  bucketsOf,
  emptyBuckets,
  prefixKey,
  valueAt,
  valuesOf,
} from "../../../../agent/core/bgp/rib/buckets.ts"
import { type Cidr, formatCidr } from "../../../../agent/core/ip/cidr.ts"
import { cidr } from "../bytes.ts"

/** Ends of the number space, and prefixes that differ in their length alone. */
const texts = {
  IPv4: [
    "0.0.0.0/0",
    "0.0.0.0/1",
    "0.0.0.0/32",
    "128.0.0.0/1",
    "255.255.255.255/32",
    "255.255.255.254/31",
    "10.0.0.0/8",
  ],
  IPv6: [
    "::/0",
    "::/1",
    "::/128",
    "8000::/1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
    "2001:db8::/64",
    "2001:db8::/63",
  ],
}

for (const [family, own] of Object.entries(texts)) {
  test(`prefixes of ${family} have keys of their own, and are found where they were put`, () => {
    const prefixes = own.map(cidr)
    assert.equal(new Set(prefixes.map(prefixKey)).size, prefixes.length)
    const table = bucketsOf(prefixes, one => one)
    assert.equal(table.size, prefixes.length)
    for (const one of prefixes) assert.equal(valueAt(table, cidr(formatCidr(one))), one)
    assert.deepEqual([...valuesOf(table)].map(formatCidr).sort(), [...own].sort())
  })
}

test("an edit leaves the table that it began with as it was, and one without changes gives the same parts", () => {
  const one = cidr("10.0.0.1/32")
  const other = cidr("10.0.1.1/32")
  const before = bucketsOf([one, other], at => at)
  const edit = new BucketEdit(before)
  edit.delete(one)
  edit.delete(cidr("10.0.2.1/32"))
  const after = edit.done()
  assert.deepEqual([valueAt(before, one), valueAt(after, one), valueAt(after, other)], [one, undefined, other])
  assert.deepEqual([before.size, after.size], [2, 1])
  assert.equal(new BucketEdit(after).done().parts, after.parts)
  const empty = new BucketEdit(emptyBuckets<Cidr>())
  empty.delete(one)
  assert.deepEqual([empty.get(one), empty.done().size], [undefined, 0])
})
