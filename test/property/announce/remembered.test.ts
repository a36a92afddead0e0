import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type AnnounceInput, announceContext } from "../../../agent/core/announce/context.ts"
import { prospects, rememberingProspects } from "../../../agent/core/announce/prospects.ts"
import { crypto } from "../../unit/announce/fixtures.ts"
import { inputs } from "./clusters.ts"

const parts = ["verdict", "services", "endpointSlices", "nodes", "speakers", "members", "mixed", "placement"] as const

/** Steps from one cluster to another and back, some parts at a time: what stays is the same objects. */
const walks = fc
  .record({
    from: inputs,
    to: inputs,
    members: fc.subarray(["n1", "n2", "n3", "n4"]),
    placement: fc.constantFrom("hash" as const, "balanced" as const),
    steps: fc.array(fc.subarray([...parts]), { minLength: 1, maxLength: 8 }),
  })
  .map(({ from, to, members, placement, steps }) =>
    steps.map((others): AnnounceInput => {
      const other = { ...to, members: new Set(members), mixed: true, placement }
      return { ...from, ...Object.fromEntries(others.map(part => [part, other[part]])) }
    }),
  )

test("what is remembered of the pass before is what a new pass would find, whatever changed in between", () => {
  fc.assert(
    fc.property(walks, walk => {
      const remembering = rememberingProspects("n1", crypto)
      for (const input of walk) {
        const context = announceContext(input)
        assert.deepEqual(remembering(context), prospects(context, "n1", crypto))
      }
    }),
    { numRuns: 500 },
  )
})

test("in MetalLB's order, where nothing that matters changed every prospect is the same object, and where one service did all others are", () => {
  fc.assert(
    fc.property(inputs, fc.nat(), (any, pick) => {
      const input = { ...any, placement: "hash" as const }
      const remembering = rememberingProspects("n1", crypto)
      const before = remembering(announceContext(input))
      const again = remembering(announceContext({ ...input, nodes: [...input.nodes], services: [...input.services] }))
      assert.ok(again.length === before.length && again.every((prospect, at) => prospect === before[at]))
      const changed = input.services[pick % Math.max(1, input.services.length)]
      const services = input.services.map(one => (one === changed ? { ...one, labels: { ...one.labels } } : one))
      const after = remembering(announceContext({ ...input, services }))
      const key = changed && `${changed.namespace}/${changed.name}`
      for (const [at, prospect] of after.entries()) {
        if (!prospect.services.includes(key ?? "")) assert.equal(prospect, before[at])
      }
    }),
    { numRuns: 500 },
  )
})
