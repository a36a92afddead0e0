import assert from "node:assert/strict"
import { test } from "node:test"
import { type HopsAsked, hopsOf } from "../../../../agent/core/bgp/rib/hops.ts"
import { formatAddress } from "../../../../agent/core/ip/format.ts"
import { address } from "../../allocate/fixtures.ts"

const four = address("10.0.0.11")
const six = address("2001:db8::11")
const link = address("fe80::11")

const words = (asked: Partial<HopsAsked> & Pick<HopsAsked, "family" | "local">): string => {
  const hops = hopsOf({ addresses: { IPv4: undefined, IPv6: undefined }, extended: false, ...asked })
  if (hops === undefined) return "none"
  const { nextHop, linkLocal, multiprotocol } = hops
  const second = linkLocal === undefined ? "" : ` ${formatAddress(linkLocal)}`
  return `${multiprotocol ? "MP_REACH" : "NEXT_HOP"} ${formatAddress(nextHop)}${second}`
}

test("the next hop of each family over each transport is this node, or there is none", () => {
  const rows: readonly (readonly [string, Parameters<typeof words>[0], string])[] = [
    ["IPv4 over IPv4", { family: "IPv4", local: four }, "NEXT_HOP 10.0.0.11"],
    ["IPv4 over IPv4, extended or not", { family: "IPv4", local: four, extended: true }, "NEXT_HOP 10.0.0.11"],
    ["IPv6 over IPv6", { family: "IPv6", local: six }, "MP_REACH 2001:db8::11"],
    ["IPv6 over link-local alone", { family: "IPv6", local: link }, "MP_REACH fe80::11"],
    [
      "IPv6 over link-local",
      { family: "IPv6", local: link, addresses: { IPv4: undefined, IPv6: six } },
      "MP_REACH 2001:db8::11 fe80::11",
    ],
    ["IPv6 over IPv4", { family: "IPv6", local: four, addresses: { IPv4: four, IPv6: six } }, "MP_REACH 2001:db8::11"],
    ["IPv6 over IPv4 without an address", { family: "IPv6", local: four }, "none"],
    ["IPv4 over IPv6, RFC 8950", { family: "IPv4", local: six, extended: true }, "MP_REACH 2001:db8::11"],
    ["IPv4 over link-local, RFC 8950", { family: "IPv4", local: link, extended: true }, "MP_REACH fe80::11"],
    [
      "IPv4 over IPv6, not extended",
      { family: "IPv4", local: six, addresses: { IPv4: four, IPv6: undefined } },
      "NEXT_HOP 10.0.0.11",
    ],
    ["IPv4 over IPv6 without an address", { family: "IPv4", local: six }, "none"],
  ]
  for (const [what, asked, wanted] of rows) assert.equal(words(asked), wanted, what)
})
