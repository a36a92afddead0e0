import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { plainAttributes, type Route, routeAttributes } from "../../../agent/core/bgp/rib/route.ts"
import { formatCidr } from "../../../agent/core/ip/cidr.ts"
import { routeChanges } from "../../../agent/speaker/bgp/route-changes.ts"

const route = (host: number, med: number, family: "IPv4" | "IPv6" = "IPv4"): Route => ({
  prefix: { base: { family, value: BigInt(host) }, length: 32 },
  attributes: routeAttributes({ ...plainAttributes, med }),
})
const text = ({ prefix, attributes }: Route) => `${formatCidr(prefix)} ${attributes.internalKey}`
const table = (routes: readonly Route[]) => new Map(routes.map(one => [formatCidr(one.prefix), text(one)]))

test("a route that came among others is all that is told", () => {
  const before = Array.from({ length: 100 }, (_, at) => route(2 * at, 0))
  const after = [...before.slice(0, 40), route(79, 0), ...before.slice(40)]
  assert.deepEqual(routeChanges(before, after), { set: [route(79, 0)], gone: [] })
  assert.deepEqual(routeChanges(after, before), { set: [], gone: [route(79, 0).prefix] })
})

test("attributes that changed are told, and equal ones of new objects are not", () => {
  const before = [route(1, 0), route(2, 0), route(3, 0)]
  assert.deepEqual(routeChanges(before, [route(1, 0), route(2, 5), route(3, 0)]), { set: [route(2, 5)], gone: [] })
  assert.deepEqual(routeChanges(before, [route(1, 0), route(2, 0), route(3, 0)]), { set: [], gone: [] })
})

test("the same number in the other family is another route", () =>
  assert.deepEqual(routeChanges([route(1, 0)], [route(1, 0, "IPv6")]), {
    set: [route(1, 0, "IPv6")],
    gone: [route(1, 0).prefix],
  }))

test("applied to what was before, whatever its order, the changes give what is after, and nothing is told twice", () => {
  const routes = fc
    .uniqueArray(fc.tuple(fc.nat(30), fc.nat(2)), { selector: ([host]) => host })
    .map(all => all.map(([host, med]) => route(host, med)))
  fc.assert(
    fc.property(routes, routes, (before, after) => {
      const { set, gone } = routeChanges(before, after)
      const had = table(before)
      const applied = new Map(had)
      for (const prefix of gone) assert.equal(applied.delete(formatCidr(prefix)), true)
      for (const one of set) {
        assert.notEqual(had.get(formatCidr(one.prefix)), text(one))
        applied.set(formatCidr(one.prefix), text(one))
      }
      assert.deepEqual([...applied].sort(), [...table(after)].sort())
    }),
  )
})
