import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { advance } from "../../../agent/core/allocate/ledger.ts"
import type { AllocationOrder } from "../../../agent/core/config/model.ts"
import { Controller, config, pool, service } from "../../unit/allocate/fixtures.ts"

const size = 4
const cooling = 10

/** A service comes, goes, or time passes. */
const happenings = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("come" as const), name: fc.integer({ min: 0, max: 6 }) }),
    fc.record({ kind: fc.constant("go" as const), name: fc.integer({ min: 0, max: 6 }) }),
    fc.record({ kind: fc.constant("wait" as const), name: fc.integer({ min: 1, max: 8 }) }),
  ),
  { maxLength: 60 },
)

const started = (order: AllocationOrder) => new Controller(config(pool("a", ["10.0.0.0/30"], { order })))

test("least recently used gives what a plain list of release times says, and never what has not cooled", () => {
  fc.assert(
    fc.property(happenings, list => {
      const controller = started({ kind: "least-recently-used", cooling, written: "10ms" })
      const addresses = Array.from({ length: size }, (_, n) => `10.0.0.${n}`)
      const held = new Map<string, string>()
      const freed: { readonly address: string; readonly at: number }[] = []
      const seen = new Set<string>()
      let now = 0
      for (const { kind, name } of list) {
        const key = `shop/s${name}`
        if (kind === "wait") {
          now += name
          advance(controller.ledger, now)
        } else if (kind === "go") {
          controller.apply(service(key, { type: "ClusterIP", from: "a" }))
          const address = held.get(key)
          if (address !== undefined) freed.push({ address, at: now })
          held.delete(key)
        } else if (!held.has(key)) {
          const fresh = addresses.find(address => !seen.has(address))
          const [oldest] = freed
          const next = fresh ?? (oldest !== undefined && oldest.at + cooling <= now ? oldest.address : undefined)
          controller.apply(service(key))
          assert.deepEqual(controller.ips(key), next === undefined ? [] : [next])
          if (next === undefined) continue
          if (next !== fresh) freed.shift()
          seen.add(next)
          held.set(key, next)
        }
      }
    }),
    { numRuns: 1000 },
  )
})

test("random gives every service an address while there is one, and the same one where its place is free", () => {
  fc.assert(
    fc.property(happenings, list => {
      const controller = started({ kind: "random" })
      const alone = (key: string): readonly string[] => {
        const empty = started({ kind: "random" })
        empty.apply(service(key))
        return empty.ips(key)
      }
      const held = new Map<string, string>()
      for (const { kind, name } of list) {
        const key = `shop/s${name}`
        if (kind === "go") {
          controller.apply(service(key, { type: "ClusterIP", from: "a" }))
          held.delete(key)
        } else if (kind === "come" && !held.has(key)) {
          controller.apply(service(key))
          const [given] = controller.ips(key)
          assert.equal(given !== undefined, held.size < size)
          const [place = ""] = alone(key)
          if (![...held.values()].includes(place)) assert.equal(given, place)
          if (given !== undefined) held.set(key, given)
        }
      }
    }),
    { numRuns: 500 },
  )
})
