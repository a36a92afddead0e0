import assert from "node:assert/strict"
import { coverRange } from "../../agent/core/ip/cidr.ts"
import { formatRange, parseRange, rangeContains, rangeSize } from "../../agent/core/ip/range.ts"
import type { Target } from "./fuzz.ts"

/** Entries of a pool: what is read can be written and read again, and its CIDRs are exactly its addresses. */
export const ranges: Target = {
  name: "ranges",
  corpus: [
    "192.168.1.0/24",
    "192.168.1.11-192.168.1.13",
    "10.0.0.250 - 10.0.0.250",
    "0.0.0.0/0",
    "2001:db8::/64",
    "2001:db8::1-2001:db8::ffff",
    "::/0",
    "::ffff:10.0.0.0/104",
    "fd00::10.0.0.1/128",
  ],
  pieces: ["-", "/", ".", ":", "::", "0", "255", "256", "32", "128", "ffff", "%eth0", " ", "–", "1e3", "0x10"],
  check: text => {
    const parsed = parseRange(text)
    if (!parsed.ok) {
      assert.ok(parsed.message.length > 0 && parsed.message.length < 600, "a refusal is one sentence")
      return
    }
    const { range } = parsed
    assert.ok(range.first <= range.last)
    assert.deepEqual(parseRange(formatRange(range)), parsed)
    const cover = coverRange(range)
    assert.ok(cover.length <= 256)
    const bits = range.family === "IPv4" ? 32 : 128
    const sizes = cover.map(({ length }) => 1n << BigInt(bits - length))
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0n),
      rangeSize(range),
    )
    assert.ok(cover.every(({ base }) => rangeContains(range, base)))
  },
}
