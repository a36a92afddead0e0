import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { linkBandwidthIn } from "./link-bandwidth.ts"
import { report } from "./report.ts"
import type { Result } from "./results.ts"

const cell = (carried: string, verdict: Result["verdict"], note = ""): Result => ({
  feature: "collision",
  router: "R",
  carried,
  verdict,
  note,
})
const rows = [{ name: "collision", carried: ["IPv4", "IPv6"] }]
const of = (...cells: readonly Result[]) =>
  report(rows, [{ router: "R", version: "1", cells }], {
    malformed: [{ what: "ORIGIN of two bytes", sent: "002e02", became: "its routes are withdrawn" }],
    ecmp: [{ router: "R", before: { a: 30, b: 31 }, after: { a: 40, b: 0 }, routeGone: 402, lost: 3 }],
  })

describe("docs/interop.md", () => {
  it("has no yes for what the router kept from happening, and says why", () => {
    const text = of(cell("IPv4", "not reached", "it gives up"), cell("IPv6", "not reached", "it gives up"))
    assert.match(text, /\| 1 \| collision \| IPv4, IPv6 \| not reached \|/)
    assert.match(text, /## What was not reached\n\n- R: it gives up \(row 1\)/)
    assert.doesNotMatch(text, /\| yes/)
  })

  it("tells apart what one family reached and another did not", () => {
    assert.match(of(cell("IPv4", "works"), cell("IPv6", "not reached")), /\| IPv4 yes, IPv6 not reached \|/)
  })

  it("leaves a cell empty that was not run, and names the family of one that was", () => {
    assert.match(of(), /\| 1 \| collision \| IPv4, IPv6 \| {2}\|/)
    assert.match(of(cell("IPv4", "works")), /\| IPv4 yes \|/)
  })

  it("has what was sent and what became of it, and how connections spread", () => {
    const text = of()
    assert.match(text, /\| ORIGIN of two bytes \| `002e02` \| its routes are withdrawn \|/)
    assert.match(text, /\| R \| a: 30, b: 31 \| 402 ms \| a: 40, b: 0 \| 3 \|/)
  })
})

describe("a link bandwidth community", () => {
  const shown = [
    "LB:65000:125000 (1.000 Mbps)",
    "unknown 0x4:65000:1207182336",
    '{"type":64,"subtype":4,"asn":65000,"bandwidth":125000}',
    '{"value":1405073988264960,"string":""}',
    "[4] 65000:1207182336",
  ]
  for (const text of shown)
    it(`is read as ${text}`, () => assert.deepEqual(linkBandwidthIn(text), { asn: 65000, bytes: 125_000 }))

  it("of another value or type is not taken for it", () => {
    assert.notDeepEqual(linkBandwidthIn("[4] 65000:1207182337"), { asn: 65000, bytes: 125_000 })
    assert.equal(linkBandwidthIn('{"value":842124034842624,"string":""}'), undefined)
    assert.equal(linkBandwidthIn("target:65000:1"), undefined)
  })
})
