import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { byAllocation, claimOf, keyOf } from "../../../agent/core/allocate/claim.ts"
import { type Ledger, ledgerFrom, observe, usageOf } from "../../../agent/core/allocate/ledger.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import type { Service } from "../../../agent/core/model.ts"
import { config } from "../../unit/allocate/fixtures.ts"
import { services } from "./worlds.ts"

/** Services with times of allocation, few enough that some are equal. */
const allocated = services.chain(list =>
  fc
    .array(fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }), {
      minLength: list.length,
      maxLength: list.length,
    })
    .map(times =>
      list.map((one, at): Service => {
        const allocatedAt = times[at]
        return allocatedAt === undefined ? one : { ...one, allocatedAt }
      }),
    ),
)

/** Who holds each address, who may not, and whose it is besides. */
const said = (ledger: Ledger): readonly string[] =>
  [...ledger.usage.IPv4.values(), ...ledger.usage.IPv6.values()]
    .map(({ address, accepted, refused, foreign }) =>
      [
        formatAddress(address),
        [...accepted.keys()].sort().join(","),
        refused.map(({ service }) => service).join(","),
        foreign.map(({ service }) => service).join(","),
      ].join(" | "),
    )
    .sort()

const shuffled = allocated.chain(list =>
  fc.record({
    list: fc.constant(list),
    order: fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length }),
  }),
)

test("of services with one address the same keep it, in whatever order they are seen", () => {
  fc.assert(
    fc.property(shuffled, ({ list, order }) => {
      const seen = ledgerFrom([], config())
      for (const one of order) observe(seen, one)
      assert.deepEqual(said(seen), said(ledgerFrom(list, config())))
    }),
    { numRuns: 1000 },
  )
})

test("who is turned down was given the address later than somebody who keeps it, and cannot share it", () => {
  fc.assert(
    fc.property(allocated, list => {
      const ledger = ledgerFrom(list, config())
      for (const one of list) {
        const claim = claimOf(one, one.loadBalancerClass === undefined)
        for (const address of claim.ours ? claim.addresses : []) {
          const usage = usageOf(ledger, address)
          if (usage === undefined || usage.accepted.has(keyOf(one))) continue
          const before = [...usage.accepted.values()].filter(other => byAllocation(other, claim) < 0)
          assert.ok(before.length > 0, `${keyOf(one)} lost ${formatAddress(address)} to nobody`)
        }
      }
    }),
    { numRuns: 500 },
  )
})
