import assert from "node:assert/strict"
import { test } from "node:test"
import { firstHeard, firstNotified } from "../../bench/bgp/heard.ts"
import { epochOfNow } from "../../client/epoch.ts"

const log = `2026/11/28 21:46:32.000001 BGP: [Q4BCV-6FHZ5] 192.168.1.101 rcvd UPDATE w/ attr: nexthop 192.168.1.101, origin i, path 64512
2026/11/28 21:46:32.000002 BGP: [YCKEM-GB33T] 192.168.1.101 rcvd 203.0.113.10/32 IPv4 unicast
2026/11/28 21:46:32.250125 BGP: [YCKEM-GB33T] 192.168.1.101 rcvd 203.0.113.1/32 IPv4 unicast
2026/11/28 21:46:33.500000 BGP: [YCKEM-GB33T] 192.168.1.102 rcvd 203.0.113.1/32 IPv4 unicast
2026/11/28 21:46:34.000000 BGP: [HZN6M-XRM1G] %NOTIFICATION: sent to neighbor 192.168.1.102 6/7 (Cease/Connection collision resolution) 0 bytes
2026/11/28 21:46:34.125000 BGP: [HZN6M-XRM1G] %NOTIFICATION: received from neighbor 192.168.1.102 6/9 (Cease/Hard Reset) 2 bytes
`
const second = new Date(2026, 10, 28, 21, 46, 32).getTime()

test("the first route to an address in FRR's log gives its time, and an address like it or an earlier time does not", () => {
  assert.ok(Math.abs((firstHeard(log, "203.0.113.1", 0) ?? Number.NaN) - (second + 250.125)) < 0.01)
  assert.equal(firstHeard(log, "203.0.113.1", second + 251), second + 1500)
  assert.equal(firstHeard(log, "203.0.113.1", second + 2000), undefined)
  assert.equal(firstHeard(log, "203.0.113.2", 0), undefined)
})

test("a NOTIFICATION that FRR sends itself, or has of another neighbour, is none of this one", () => {
  assert.equal(firstNotified(log, "192.168.1.102", 0), second + 2125)
  assert.equal(firstNotified(log, "192.168.1.10", 0), undefined)
  assert.equal(firstNotified(log, "192.168.1.102", second + 2126), undefined)
})

test("performance.now is set against the clock within a millisecond or two", () => {
  const now = epochOfNow() + performance.now()
  assert.ok(Math.abs(now - Date.now()) < 5, `${now} at ${Date.now()}`)
})
