import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { addressesOf, keyOf } from "../../../agent/core/allocate/claim.ts"
import { countersOf } from "../../../agent/core/allocate/counters.ts"
import { withhold } from "../../../agent/core/allocate/ledger.ts"
import { requestOf, stackOf } from "../../../agent/core/allocate/request.ts"
import type { Withheld } from "../../../agent/core/allocate/withheld.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { rangeContains } from "../../../agent/core/ip/range.ts"
import { address, Controller } from "../../unit/allocate/fixtures.ts"
import { pools, services } from "./worlds.ts"

const texts = ["10.0.0.0", "10.0.0.1", "10.0.1.255", "10.0.3.1", "2001:db8::", "2001:db8:3::1", "192.0.2.1"]

const withheldLists: fc.Arbitrary<readonly Withheld[]> = fc
  .uniqueArray(fc.record({ text: fc.constantFrom(...texts), contested: fc.boolean() }), { selector: one => one.text })
  .map(list => list.map(({ text, contested }) => ({ address: address(text), reason: "ML135", facts: {}, contested })))

test("a withheld address is given to nobody who did not ask for it, and no counter forgets it", () => {
  fc.assert(
    fc.property(
      pools,
      services,
      fc.array(withheldLists, { minLength: 1, maxLength: 3 }),
      (configuration, list, turns) => {
        const controller = new Controller(configuration, list)
        for (const withheld of turns) {
          withhold(controller.ledger, withheld)
          const before = new Map(
            [...controller.services].map(([key, one]) => [key, addressesOf(one).map(formatAddress)]),
          )
          for (const one of [...controller.services.values()]) controller.apply(one)
          const kept = new Set(withheld.map(one => formatAddress(one.address)))
          for (const one of controller.services.values()) {
            const stack = stackOf(one)
            const request = stack.ok ? requestOf(one, stack.value) : undefined
            const asked = request?.ok === true ? request.value.addresses.map(formatAddress) : []
            for (const text of addressesOf(one).map(formatAddress)) {
              if (!kept.has(text) || asked.includes(text)) continue
              assert.ok(before.get(keyOf(one))?.includes(text), `${keyOf(one)} was given ${text}`)
            }
          }
          const held = new Set([...controller.services.values()].flatMap(addressesOf).map(formatAddress))
          const idle = withheld.filter(one => !held.has(formatAddress(one.address)))
          for (const { pool, families } of countersOf(controller.ledger.table)) {
            const found = configuration.pools.find(({ name }) => name === pool)
            for (const { family, size, used, free } of families) {
              const inPool = idle.filter(
                one =>
                  one.address.family === family &&
                  found?.ranges.some(range => rangeContains(range, one.address)) === true &&
                  !(found.avoidBuggyIPs && ["0", "255"].includes(formatAddress(one.address).split(".")[3] ?? "")),
              )
              assert.equal(size - used - free, BigInt(inPool.length), `${pool} ${family}`)
            }
          }
        }
      },
    ),
    { numRuns: 500 },
  )
})

test("withholding and giving free again leaves the ledger as it was", () => {
  fc.assert(
    fc.property(pools, services, withheldLists, (configuration, list, withheld) => {
      const controller = new Controller(configuration, list)
      const counted = countersOf(controller.ledger.table)
      withhold(controller.ledger, withheld)
      withhold(controller.ledger, [])
      assert.deepEqual(countersOf(controller.ledger.table), counted)
    }),
    { numRuns: 500 },
  )
})
