import assert from "node:assert/strict"
import { formatCommunity, parseCommunity } from "../../agent/core/config/bgp/community.ts"
import { validName } from "../../agent/core/config/names.ts"
import { formatAddress } from "../../agent/core/ip/format.ts"
import { parseAddress } from "../../agent/core/ip/parse.ts"
import { parseGoDuration } from "../../agent/core/membership/go-duration.ts"
import type { Target } from "./fuzz.ts"

/** Short texts of fields: addresses, communities, durations and names. */
export const values: Target = {
  name: "values",
  corpus: ["64512:100", "large:64512:1:2", "1m30s", "1.5h", "0", "10.0.0.1", "2001:db8::1", "My_Ip_Space", "a.b-c"],
  pieces: [
    ":",
    "large:",
    "65535",
    "65536",
    "4294967295",
    "4294967296",
    "-1",
    "+",
    ".",
    "ms",
    "µs",
    "h",
    "_",
    "é",
    "\u0000",
  ],
  check: text => {
    const community = parseCommunity(text)
    if (community.ok) assert.deepEqual(parseCommunity(formatCommunity(community.community)), community)
    const address = parseAddress(text)
    if (address !== undefined) assert.deepEqual(parseAddress(formatAddress(address)), address)
    const duration = parseGoDuration(text)
    assert.ok(duration === undefined || !Number.isNaN(duration))
    const name = validName(text, "fallback")
    assert.match(name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)
    assert.ok(name.length <= 253)
    assert.equal(validName(name, ""), name, "a valid name stays as it is")
  },
}
