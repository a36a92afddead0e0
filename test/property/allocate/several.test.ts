import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { countersOf } from "../../../agent/core/allocate/counters.ts"
import { Controller, config, dualStack, pool, service } from "../../unit/allocate/fixtures.ts"

const orders = [undefined, { kind: "random" }, { kind: "least-recently-used", cooling: 0, written: "0s" }] as const
const counts = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 6 })

test("whatever numbers a service asks for one after the other, what stays does not move, and counters follow", () => {
  fc.assert(
    fc.property(fc.constantFrom(...orders), counts, fc.integer({ min: 0, max: 5 }), (order, asked, others) => {
      const more = order === undefined ? {} : { order }
      const controller = new Controller(config(pool("a", ["10.0.0.0/29", "2001:db8::/125"], more)))
      for (let n = 0; n < others; n += 1) controller.apply(service(`lab/s${n}`))
      let one = service("shop/web", dualStack)
      for (const count of asked) {
        const before = controller.services.has("shop/web") ? controller.ips("shop/web") : []
        controller.apply({ ...one, annotations: { ...one.annotations, "metallb.io/addresses-per-family": `${count}` } })
        one = controller.get("shop/web")
        const after = controller.ips("shop/web")
        for (const isOfFamily of [(ip: string) => ip.includes("."), (ip: string) => ip.includes(":")]) {
          const had = before.filter(isOfFamily)
          const has = after.filter(isOfFamily)
          const room = isOfFamily("10.") ? 8 - others : 8
          assert.equal(has.length, Math.min(count, room))
          assert.equal(new Set(has).size, has.length)
          const stays = had.slice(0, has.length)
          assert.deepEqual(has.slice(0, stays.length), stays)
        }
        assert.equal(countersOf(controller.ledger.table)[0]?.total.used, BigInt(after.length + others))
      }
    }),
    { numRuns: 500 },
  )
})
