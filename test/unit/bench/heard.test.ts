import assert from "node:assert/strict"
import { test } from "node:test"
import { firstHeard } from "../../bench/bgp/heard.ts"

const log = `2026/11/28 21:46:32.000001 BGP: [Q4BCV-6FHZ5] 192.168.1.101 rcvd UPDATE w/ attr: nexthop 192.168.1.101, origin i, path 64512
2026/11/28 21:46:32.000002 BGP: [YCKEM-GB33T] 192.168.1.101 rcvd 203.0.113.10/32 IPv4 unicast
2026/11/28 21:46:32.250000 BGP: [YCKEM-GB33T] 192.168.1.101 rcvd 203.0.113.1/32 IPv4 unicast
2026/11/28 21:46:33.500000 BGP: [YCKEM-GB33T] 192.168.1.102 rcvd 203.0.113.1/32 IPv4 unicast
`

test("the first route to an address in FRR's log gives its time on performance.now's clock, and an address like it does not", () => {
  const at = firstHeard(log, "203.0.113.1") ?? Number.NaN
  const meant = new Date(2026, 10, 28, 21, 46, 32, 250).getTime()
  assert.ok(Math.abs(at + performance.timeOrigin - meant) < 0.01)
  assert.equal(firstHeard(log, "203.0.113.2"), undefined)
})
