import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { addressesOf } from "../../../agent/core/allocate/claim.ts"
import { ownerMemo, ownerOfAddress } from "../../../agent/core/announce/announcements.ts"
import { contestOf } from "../../../agent/core/announce/contest.ts"
import { type AnnounceInput, announceContext } from "../../../agent/core/announce/context.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { crypto } from "../../unit/announce/fixtures.ts"
import { inputs } from "./clusters.ts"

const balanced = inputs.map(input => ({ ...input, placement: "balanced" as const }))

const nobody = { ok: false, reason: "ML316", facts: {}, trace: [] } as const

/** The owner of each address that has one, and who decides about it. With `sure` nobody is one of whom it is not known that it lives. */
const owners = (input: AnnounceInput, { sure = false } = {}) => {
  const context = announceContext(input)
  const any = ownerMemo(context, crypto)
  const ownerOf: typeof any = service => {
    const outcome = any(service)
    return sure && outcome.ok && !outcome.value.certain ? nobody : outcome
  }
  return new Map(
    [...context.holders].flatMap(([text, { address }]) => {
      const { outcome, decidedBy } = ownerOfAddress(address, context, ownerOf)
      return outcome.ok ? [[text, { ...outcome.value, decidedBy }] as const] : []
    }),
  )
}

test("whoever may announce by hash may when balanced, and the other way round", () => {
  fc.assert(
    fc.property(inputs, input => {
      const may = (placement: "hash" | "balanced") =>
        [...owners({ ...input, placement })].map(([address, { node, standby }]) => [address, [node, ...standby].sort()])
      assert.deepEqual(may("balanced"), may("hash"))
    }),
    { numRuns: 1000 },
  )
})

test("the owner is one of those that the advertisements prefer most, and both addresses of a service stay together", () => {
  fc.assert(
    fc.property(balanced, input => {
      const context = announceContext(input)
      const found = owners(input)
      for (const service of input.services) {
        const entered = contestOf(service, context)
        const decided = addressesOf(service)
          .map(address => found.get(formatAddress(address)))
          .filter(owner => owner?.decidedBy === `${service.namespace}/${service.name}`)
        assert.ok(new Set(decided.map(owner => owner?.node)).size <= 1)
        if (!entered.ok || decided.length === 0) continue
        const { contenders } = entered.contest
        const best = Math.max(...contenders.map(({ score }) => score))
        assert.equal(contenders.find(({ node }) => node.name === decided[0]?.node)?.score, best)
      }
    }),
    { numRuns: 1000 },
  )
})

test("once everything is where it belongs it stays there", () => {
  fc.assert(
    fc.property(balanced, input => {
      const nodes = (of: AnnounceInput) => new Map([...owners(of)].map(([address, { node }]) => [address, node]))
      const found = nodes(input)
      assert.deepEqual(nodes({ ...input, present: found }), found)
    }),
    { numRuns: 1000 },
  )
})

test("where a speaker of MetalLB lives the order is MetalLB's, and nobody's drain or present place counts", () => {
  fc.assert(
    fc.property(inputs, input => {
      const plain = input.nodes.map(node => ({ ...node, annotations: {} }))
      const { present: _, ...rest } = input
      // MetalLB's speakers announce nothing from nodes of which none is known to be alive, and neither does anybody beside them.
      const certain = owners({ ...rest, nodes: plain, placement: "hash" }, { sure: true })
      assert.deepEqual(owners({ ...input, mixed: true }), certain)
    }),
    { numRuns: 500 },
  )
})
