import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { beginRib, changeRoutes, emptyRib, replaceRoutes, tellAgain } from "../../../agent/core/bgp/rib/family-rib.ts"
import { flush } from "../../../agent/core/bgp/rib/flush.ts"
import { keyOf, type Outbound } from "../../../agent/core/bgp/rib/outbound.ts"
import { plainAttributes, type Route, routeAttributes } from "../../../agent/core/bgp/rib/route.ts"
import { type Cidr, formatCidr } from "../../../agent/core/ip/cidr.ts"
import { inside, out4, out6, read } from "../../unit/bgp/rib/fixtures.ts"
import { prefix4, prefix6 } from "./arbitraries.ts"

const attributes = fc
  .record({
    localPref: fc.constantFrom(undefined, 0, 100),
    communities: fc.constantFrom([], [1], [1, 2]),
    med: fc.constantFrom(undefined, 0),
    prepend: fc.nat(1),
  })
  .map(asked => routeAttributes({ ...plainAttributes, ...asked }))

type Change =
  | { readonly set: readonly Route[]; readonly gone: readonly Cidr[] }
  | { readonly table: readonly Route[] }
  | "again"
  | "new session"

const keyOfPrefix = ({ prefix }: { readonly prefix: Cidr }): string => formatCidr(prefix)

const changes = (out: Outbound): fc.Arbitrary<readonly { readonly change: Change; readonly budget: number }[]> => {
  const prefix = out.family === "IPv4" ? prefix4 : prefix6
  return fc.uniqueArray(prefix, { minLength: 1, maxLength: 30, selector: formatCidr }).chain(prefixes => {
    const known = fc.constantFrom(...prefixes)
    const table = fc.uniqueArray(fc.record({ prefix: known, attributes }), { selector: keyOfPrefix })
    const some = fc.tuple(table, fc.array(known)).map(([set, gone]): Change => {
      const here = new Set(set.map(keyOfPrefix))
      return { set, gone: gone.filter(one => !here.has(formatCidr(one))) }
    })
    const change = fc.oneof(
      { weight: 6, arbitrary: some },
      { weight: 2, arbitrary: table.map((routes): Change => ({ table: routes })) },
      fc.constantFrom<Change>("again", "new session"),
    )
    return fc.array(fc.record({ change, budget: fc.constantFrom(0, 1, 200, 100_000) }), { maxLength: 12 })
  })
}

for (const out of [out4, inside(out4), out6]) {
  test(`whatever changes and however little is sent at once, ${out.wire.internal ? "an internal" : "an external"} peer ends with the routes of ${out.family} that it should have`, () => {
    fc.assert(
      fc.property(changes(out), steps => {
        let rib = beginRib(emptyRib(), "none")
        let wanted = new Map<string, string>()
        let peer = new Map<string, string>()
        const deliver = (budget: number): number => {
          const { rib: next, messages } = flush(rib, out, budget)
          rib = next
          const named = new Set<string>()
          for (const message of messages) {
            const { withdrawn, announced, attributes: path } = read(message, out)
            assert.ok(message.length <= 4096)
            const { reach, unreach, nextHop: _, ...rest } = path
            const parts = [withdrawn, announced, reach?.prefixes ?? [], unreach?.prefixes ?? []]
            assert.equal(
              parts.filter(part => part.length > 0).length,
              1,
              "RFC 7606 section 5.1: one kind of routes a message",
            )
            for (const prefix of [...withdrawn, ...(unreach?.prefixes ?? [])]) {
              assert.ok(peer.delete(formatCidr(prefix)), "only what the peer has is withdrawn")
              named.add(formatCidr(prefix))
            }
            for (const prefix of [...announced, ...(reach?.prefixes ?? [])]) {
              assert.ok(!named.has(formatCidr(prefix)), "a prefix is named once a flush")
              named.add(formatCidr(prefix))
              peer.set(formatCidr(prefix), JSON.stringify(rest))
            }
          }
          return messages.length
        }
        for (const { change, budget } of steps) {
          if (change === "again") rib = tellAgain(rib)
          else if (change === "new session") {
            rib = beginRib(rib, "none")
            peer = new Map()
          } else if ("table" in change) {
            rib = replaceRoutes(rib, change.table)
            wanted = new Map(change.table.map(one => [formatCidr(one.prefix), keyOf(one.attributes, out)]))
          } else {
            const { set, gone } = change
            rib = changeRoutes(rib, set, gone)
            for (const prefix of gone) wanted.delete(formatCidr(prefix))
            for (const one of set) wanted.set(formatCidr(one.prefix), keyOf(one.attributes, out))
          }
          if (budget > 0) deliver(budget)
        }
        deliver(1 << 20)
        assert.deepEqual([...peer.keys()].sort(), [...wanted.keys()].sort())
        assert.equal(rib.dirty.size, 0)
        assert.equal(rib.told.size, wanted.size)
        const attributesOf = new Map<string, string>()
        for (const [prefix, key] of wanted) {
          const known = attributesOf.get(key)
          if (known !== undefined) assert.equal(peer.get(prefix), known, "equal keys are equal attributes")
          attributesOf.set(key, peer.get(prefix) ?? "")
        }
        assert.equal(new Set(attributesOf.values()).size, attributesOf.size, "other keys are other attributes")
        assert.equal(deliver(1 << 20), 0, "nothing is told twice")
      }),
    )
  })
}
