import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { recordedPool } from "../../../agent/core/allocate/annotations.ts"
import { addressesOf, keyOf } from "../../../agent/core/allocate/claim.ts"
import { countersOf } from "../../../agent/core/allocate/counters.ts"
import { forget, usageOf, withhold } from "../../../agent/core/allocate/ledger.ts"
import { passOrder } from "../../../agent/core/allocate/settle.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { type Keeping, keepingNow, keptBy } from "../../../agent/core/reservation/keeping.ts"
import { Controller } from "../../unit/allocate/fixtures.ts"
import { pools, services } from "./worlds.ts"

/** Whether the service is of ours, has addresses, and nobody else has one of them. */
const holdsAlone = ({ ledger }: Controller, key: string): boolean => {
  const claim = ledger.claims.get(key)
  const usages = claim?.addresses.map(address => usageOf(ledger, address)) ?? []
  const alone = usages.every(usage => usage?.accepted.size === 1 && usage.refused.length + usage.foreign.length === 0)
  return claim?.ours === true && usages.length > 0 && alone
}

test("what is kept for a service that went is given to nobody else, counted neither way, and given to it again", () => {
  fc.assert(
    fc.property(pools, services, services, fc.nat(), (configuration, list, later, pick) => {
      const controller = new Controller(configuration, list)
      for (const one of passOrder(list)) controller.apply(one)
      const first = [...controller.services.values()].find(one => holdsAlone(controller, keyOf(one)))
      if (first === undefined || addressesOf(first).length === 0) return
      const key = keyOf(first)
      const resource = { ...first, name: "r", service: key, ttl: undefined, kept: [], awaySince: 0 }
      const none: Keeping = { name: "r", service: key, addresses: [], awaySince: undefined, expires: undefined }
      const keeping = keepingNow(resource, none, controller.ledger, 0)
      const sizes = countersOf(controller.ledger.table).map(({ total }) => total.size)
      withhold(controller.ledger, keptBy([keeping]))
      forget(controller.ledger, key)
      controller.services.delete(key)
      const away = keepingNow(resource, keeping, controller.ledger, pick)
      assert.deepEqual(away.addresses, keeping.addresses)
      withhold(controller.ledger, keptBy([away]))
      const texts = new Set(away.addresses.map(formatAddress))
      for (const one of later) {
        if (keyOf(one) !== key) controller.apply({ ...one, ingress: [] })
      }
      for (const one of controller.services.values()) {
        for (const address of addressesOf(one)) assert.ok(!texts.has(formatAddress(address)), keyOf(one))
      }
      for (const [at, { total }] of countersOf(controller.ledger.table).entries()) {
        assert.equal(total.size, sizes[at])
        assert.ok(total.used + total.free <= total.size)
      }
      const back = controller.apply({ ...first, ingress: [] })
      const wishes = Object.keys(first.annotations).filter(name => !name.endsWith("from-pool"))
      if (wishes.length === 0 && back.pool === recordedPool(first) && back.pool !== undefined)
        assert.deepEqual(new Set(back.ingress), texts)
    }),
    { numRuns: 500 },
  )
})
