import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { addressesOf } from "../../../agent/core/allocate/claim.ts"
import { announcements } from "../../../agent/core/announce/announcements.ts"
import { chooseOwner } from "../../../agent/core/announce/choose-owner.ts"
import type { AnnounceInput } from "../../../agent/core/announce/context.ts"
import { announceContext } from "../../../agent/core/announce/context.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { crypto, node, speaker } from "../../unit/announce/fixtures.ts"
import { inputs } from "./clusters.ts"

const ownersIn = (input: AnnounceInput): ReadonlyMap<string, readonly string[]> => {
  const context = announceContext(input)
  const owners = new Map<string, string[]>()
  for (const { name } of input.nodes) {
    for (const { address } of announcements(context, name, crypto).owned) {
      const text = formatAddress(address)
      owners.set(text, [...(owners.get(text) ?? []), name])
    }
  }
  return owners
}

test("no address is announced by two nodes", () => {
  fc.assert(
    fc.property(inputs, input => {
      for (const [address, owners] of ownersIn(input)) assert.equal(owners.length, 1, `${address}: ${owners}`)
    }),
    { numRuns: 500 },
  )
})

test("every node either announces an address of a service or says why not", () => {
  fc.assert(
    fc.property(inputs, input => {
      const context = announceContext(input)
      for (const { name } of input.nodes) {
        const { owned, silent } = announcements(context, name, crypto)
        for (const one of input.services) {
          const key = `${one.namespace}/${one.name}`
          const told = silent.filter(silence => silence.service === key)
          const announced = owned.filter(({ services: of }) => of.includes(key))
          const expected = one.loadBalancerClass === undefined ? Math.max(1, addressesOf(one).length) : 1
          assert.equal(told.length + announced.length, expected, key)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test("the order of nodes, services, slices, pods and advertisements changes nothing", () => {
  const reversed = (input: AnnounceInput): AnnounceInput => ({
    ...input,
    services: input.services.toReversed(),
    endpointSlices: input.endpointSlices.toReversed(),
    nodes: input.nodes.toReversed(),
    speakers: input.speakers === "assumed" ? "assumed" : input.speakers.toReversed(),
    verdict: {
      ...input.verdict,
      config: { ...input.verdict.config, l2Advertisements: input.verdict.config.l2Advertisements.toReversed() },
    },
  })
  fc.assert(
    fc.property(inputs, input => {
      const sorted = (from: AnnounceInput) => [...ownersIn(from)].sort(([a], [b]) => (a < b ? -1 : 1))
      assert.deepEqual(sorted(reversed(input)), sorted(input))
    }),
    { numRuns: 300 },
  )
})

test("when the owner goes away the first that stands by takes over, and nobody else moves", () => {
  fc.assert(
    fc.property(inputs, input => {
      for (const one of input.services) {
        const before = chooseOwner(one, announceContext(input), crypto)
        if (!before.ok) continue
        const { node: owner, standby, certain } = before.value
        const rest = { ...input, nodes: input.nodes.filter(({ name }) => name !== owner) }
        const after = chooseOwner(one, announceContext(rest), crypto)
        // Once the last node known to be alive is gone, those not known to be alive are asked.
        if (certain && standby.length === 0) continue
        const [next, ...others] = standby
        if (next === undefined) assert.equal(after.ok, false)
        else assert.deepEqual(after.ok ? [after.value.node, after.value.standby] : after.reason, [next, others])
      }
    }),
    { numRuns: 500 },
  )
})

test("a rejected node never announces, and a node that joins moves an address only to itself", () => {
  fc.assert(
    fc.property(inputs, input => {
      const newcomer = node("n9")
      const joined = {
        ...input,
        nodes: [...input.nodes, newcomer],
        speakers: input.speakers === "assumed" ? input.speakers : [...input.speakers, speaker("n9")],
      }
      for (const one of input.services) {
        const before = chooseOwner(one, announceContext(input), crypto)
        const rejected = before.trace.filter(step => step.verdict === "rejected").map(step => step.subject)
        if (before.ok) assert.ok(!rejected.includes(`node/${before.value.node}`))
        const after = chooseOwner(one, announceContext(joined), crypto)
        if (!before.ok || !before.value.certain) continue
        assert.ok(after.ok && [before.value.node, "n9"].includes(after.value.node))
      }
    }),
    { numRuns: 500 },
  )
})
