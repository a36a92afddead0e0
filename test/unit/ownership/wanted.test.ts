import assert from "node:assert/strict"
import { test } from "node:test"
import { parseAddress } from "../../../agent/core/ip/parse.ts"
import { parseRange } from "../../../agent/core/ip/range.ts"
import { wantedOf } from "../../../agent/core/ownership/wanted.ts"
import { nodeCrypto } from "../../../agent/ports/crypto.ts"

const address = (text: string) => {
  const parsed = parseAddress(text)
  assert.ok(parsed, text)
  return parsed
}
const domain = (link: string, ...subnets: readonly string[]) => ({
  link,
  subnets: subnets.map(text => {
    const parsed = parseRange(text)
    assert.ok(parsed.ok, text)
    return parsed.range
  }),
})
const eligible = [
  { node: "node-1", score: 0 },
  { node: "node-2", score: 0 },
]
const election = (vip: string, ordered = vip) => ({ address: address(vip), ordered: address(ordered), eligible })
const domains = [domain("192.168.1.0/24", "192.168.1.0/24", "fd00::/64"), domain("10.0.0.0/8", "10.0.0.0/8")]
const linkOf = (vip: string, known = domains) => wantedOf([election(vip)], "node-1", known, nodeCrypto)[0]?.link

test("a VIP belongs to the link in whose subnet it is, in either family", () => {
  assert.equal(linkOf("192.168.1.11"), "192.168.1.0/24")
  assert.equal(linkOf("fd00::11"), "192.168.1.0/24")
  assert.equal(linkOf("10.1.2.3"), "10.0.0.0/8")
})

test("a VIP in no subnet belongs to the first link by name, and without a link nothing is wanted", () => {
  assert.equal(linkOf("203.0.113.9"), "10.0.0.0/8")
  assert.equal(linkOf("192.168.1.11", []), undefined)
})

test("precedence compares like MetalLB's order: 192.0.2.11 goes to node-2, node-3, node-1", () => {
  const precedence = (node: string) =>
    wantedOf([election("192.0.2.11")], node, domains, nodeCrypto)[0]?.precedence ?? ""
  const order = ["node-1", "node-2", "node-3"].sort((a, b) => (precedence(a) < precedence(b) ? -1 : 1))
  assert.deepEqual(order, ["node-2", "node-3", "node-1"])
})

test("both addresses of a dual-stack service have the precedence of its first one", () => {
  const both = wantedOf([election("192.0.2.11"), election("fd00::11", "192.0.2.11")], "node-1", domains, nodeCrypto)
  assert.equal(both[0]?.precedence, both[1]?.precedence)
})

test("a preference comes before every hash", () => {
  const preferred = [{ node: "node-3", score: 1 }, ...eligible]
  const one = { ...election("192.0.2.10"), eligible: preferred }
  const precedence = (node: string) => wantedOf([one], node, domains, nodeCrypto)[0]?.precedence ?? ""
  assert.ok(precedence("node-3") < precedence("node-1"))
})
