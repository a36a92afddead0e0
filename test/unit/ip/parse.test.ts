import assert from "node:assert/strict"
import { test } from "node:test"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"

/** [rule, text, canonical text or undefined where the text is no address]. Spec 1.10: Go's net.ParseIP and RFC 5952. */
const rows: readonly (readonly [string, string, string | undefined])[] = [
  ["IPv4 lowest", "0.0.0.0", "0.0.0.0"],
  ["IPv4 highest", "255.255.255.255", "255.255.255.255"],
  ["IPv4 octet one past the highest", "1.2.3.256", undefined],
  ["IPv4 octet with a leading zero", "192.168.01.1", undefined],
  ["IPv4 octet of two zeros", "192.168.00.1", undefined],
  ["IPv4 with three octets", "1.2.3", undefined],
  ["IPv4 with five octets", "1.2.3.4.5", undefined],
  ["IPv4 with an empty octet", "1..2.3", undefined],
  ["IPv4 that ends in a dot", "1.2.3.", undefined],
  ["IPv4 that starts with a dot", ".1.2.3", undefined],
  ["IPv4 in hexadecimal", "0x1.2.3.4", undefined],
  ["IPv4 with a sign", "+1.2.3.4", undefined],
  ["IPv4 with a space", "1.2.3.4 ", undefined],
  ["IPv4 in Arabic digits", "١.2.3.4", undefined],
  ["empty text", "", undefined],
  ["a word", "localhost", undefined],
  ["a number", "3232235777", undefined],
  ["IPv6 unspecified", "::", "::"],
  ["IPv6 loopback", "::1", "::1"],
  ["IPv6 highest", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["IPv6 in capitals, with leading zeros", "FD00:0192:0168:0001::000B", "fd00:192:168:1::b"],
  ["IPv6 in full", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["RFC 5952 4.2.2: one zero group is not shortened", "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["RFC 5952 4.2.3: the longer run is shortened", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["RFC 5952 4.2.3: the first of equal runs is shortened", "1:0:0:2:3:0:0:4", "1::2:3:0:0:4"],
  ["IPv6 that ends in a gap", "fd00::", "fd00::"],
  ["IPv6 with an IPv4 tail", "64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
  ["IPv6 in full with an IPv4 tail", "1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"],
  ["IPv4-mapped counts as IPv4", "::ffff:192.0.2.1", "192.0.2.1"],
  ["IPv4-mapped in hexadecimal counts as IPv4", "::ffff:c000:201", "192.0.2.1"],
  ["IPv4-mapped in full counts as IPv4", "0:0:0:0:0:ffff:c000:0201", "192.0.2.1"],
  ["IPv4-compatible stays IPv6", "::192.0.2.1", "::c000:201"],
  ["IPv6 with a zone", "fe80::1%eth0", undefined],
  ["IPv6 with seven groups", "1:2:3:4:5:6:7", undefined],
  ["IPv6 with nine groups", "1:2:3:4:5:6:7:8:9", undefined],
  ["IPv6 with a gap that stands for nothing", "1:2:3:4::5:6:7:8", undefined],
  ["IPv6 with two gaps", "1::2::3", undefined],
  ["IPv6 with three colons", "1:::2", undefined],
  ["IPv6 with a group of five digits", "12345::", undefined],
  ["IPv6 with a letter past f", "fg00::1", undefined],
  ["IPv6 that ends in a colon", "1:2:3:4:5:6:7:", undefined],
  ["IPv6 that starts with one colon", ":1:2:3:4:5:6:7", undefined],
  ["IPv6 of one colon", ":", undefined],
  ["IPv6 with an IPv4 tail too early", "1:2:3:4:5:1.2.3.4", undefined],
  ["IPv6 with an IPv4 tail too late", "1:2:3:4:5:6:7:1.2.3.4", undefined],
  ["IPv6 with something behind the IPv4 tail", "::1.2.3.4:5", undefined],
  ["IPv6 with a faulty IPv4 tail", "::1.2.3.04", undefined],
  ["IPv6 in brackets", "[::1]", undefined],
  ["a CIDR is no address", "10.0.0.0/8", undefined],
]

for (const [rule, text, canonical] of rows) {
  test(`address: ${rule}: "${text}" ${canonical === undefined ? "is refused" : `reads as ${canonical}`}`, () => {
    const address = parseAddress(text)
    assert.equal(address === undefined ? undefined : formatAddress(address), canonical)
  })
}

test("address: IPv4-mapped text and dotted text give the same value", () => {
  assert.deepEqual(parseAddress("::ffff:10.0.0.1"), { family: "IPv4", value: 0x0a000001n })
  assert.deepEqual(parseAddress("10.0.0.1"), { family: "IPv4", value: 0x0a000001n })
})
