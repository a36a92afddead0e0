import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { recordedPool } from "../../../agent/core/allocate/annotations.ts"
import { addressesOf, keyOf, termsOf } from "../../../agent/core/allocate/claim.ts"
import { countersOf } from "../../../agent/core/allocate/counters.ts"
import { forget, ledgerFrom, observe } from "../../../agent/core/allocate/ledger.ts"
import { passOrder } from "../../../agent/core/allocate/settle.ts"
import type { Config } from "../../../agent/core/config/model.ts"
import { isBuggy } from "../../../agent/core/ip/buggy.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { rangeContains } from "../../../agent/core/ip/range.ts"
import type { Service } from "../../../agent/core/model.ts"
import { Controller } from "../../unit/allocate/fixtures.ts"
import { pools, services } from "./worlds.ts"

/** One full pass, and a second one: a service may have waited for an address that was given up behind it. */
const settled = (configuration: Config, list: readonly Service[]): Controller => {
  const controller = new Controller(configuration, list)
  for (let pass = 0; pass < 2; pass += 1) {
    for (const one of passOrder([...controller.services.values()])) controller.apply(one)
  }
  return controller
}

const ours = (one: Service): boolean => one.type === "LoadBalancer" && one.loadBalancerClass === undefined

const state = (controller: Controller): Record<string, string> =>
  Object.fromEntries(
    [...controller.services.values()]
      .map(one => [keyOf(one), `${controller.ips(keyOf(one)).join(",")} ${recordedPool(one) ?? "-"}`] as const)
      .sort(([x], [y]) => (x < y ? -1 : 1)),
  )

const mayShare = (x: Service, y: Service): boolean => {
  const [a, b] = [termsOf(x), termsOf(y)]
  return (
    a.sharingKey !== "" &&
    a.sharingKey === b.sharingKey &&
    a.backendKey === b.backendKey &&
    a.ports.every(port => !b.ports.includes(port))
  )
}

test("no address is given twice unless it is shared legally", () => {
  fc.assert(
    fc.property(pools, services, (configuration, list) => {
      const controller = settled(configuration, list)
      const given = [...controller.services.values()].filter(one => ours(one) && recordedPool(one) !== undefined)
      for (const [at, x] of given.entries()) {
        for (const y of given.slice(at + 1)) {
          const common = addressesOf(x).filter(p => addressesOf(y).some(q => formatAddress(p) === formatAddress(q)))
          assert.ok(
            common.length === 0 || mayShare(x, y),
            `${keyOf(x)} and ${keyOf(y)} have ${common.map(formatAddress)}`,
          )
        }
      }
    }),
    { numRuns: 1000 },
  )
})

test("what is given lies in the recorded pool, which serves the service, and is of its families", () => {
  fc.assert(
    fc.property(pools, services, (configuration, list) => {
      const doubt = configuration.pools.length === 0
      for (const one of settled(configuration, list).services.values()) {
        if (!ours(one) || recordedPool(one) === undefined || doubt) continue
        const found = configuration.pools.find(pool => pool.name === recordedPool(one))
        assert.ok(found !== undefined, `${keyOf(one)} records a pool that does not exist`)
        for (const address of addressesOf(one)) {
          assert.ok(found.ranges.some(range => rangeContains(range, address)))
          assert.ok(!(found.avoidBuggyIPs && isBuggy(address)))
          assert.ok(one.ipFamilies.includes(address.family))
        }
        assert.ok(found.restriction?.namespaces?.has(one.namespace) ?? true)
      }
    }),
    { numRuns: 500 },
  )
})

test("the same objects give the same answer in a thousand orders", () => {
  const shuffles = fc.tuple(pools, services).chain(([configuration, list]) =>
    fc.record({
      configuration: fc.constant(configuration),
      list: fc.constant(list),
      shuffled: fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length }),
    }),
  )
  fc.assert(
    fc.property(shuffles, ({ configuration, list, shuffled }) => {
      assert.deepEqual(state(settled(configuration, shuffled)), state(settled(configuration, list)))
    }),
    { numRuns: 1000 },
  )
})

test("applying a decision and asking again changes nothing", () => {
  fc.assert(
    fc.property(pools, services, (configuration, list) => {
      const controller = settled(configuration, list)
      const before = state(controller)
      for (const one of passOrder([...controller.services.values()])) {
        const again = controller.apply(one)
        assert.equal(again.write, false, `${keyOf(one)}: ${again.action} ${again.outcome.reason}`)
      }
      assert.deepEqual(state(controller), before)
    }),
    { numRuns: 500 },
  )
})

test("a restart moves nothing", () => {
  fc.assert(
    fc.property(pools, services, (configuration, list) => {
      const controller = settled(configuration, list)
      const restarted = new Controller(configuration, [...controller.services.values()])
      for (const one of passOrder([...restarted.services.values()])) restarted.apply(one)
      assert.deepEqual(state(restarted), state(controller))
    }),
    { numRuns: 500 },
  )
})

test("services of others are never written, and an address without a record is never taken away", () => {
  fc.assert(
    fc.property(pools, services, (configuration, list) => {
      for (const one of settled(configuration, list).services.values()) {
        const before = list.find(other => keyOf(other) === keyOf(one))
        if (one.loadBalancerClass !== undefined && one.type === "LoadBalancer") assert.equal(one, before)
        if (before !== undefined && before.ingress.length > 0 && recordedPool(before) === undefined) {
          const after = addressesOf(one).map(formatAddress)
          const lost = addressesOf(before).filter(address => !after.includes(formatAddress(address)))
          assert.deepEqual(lost, [], "an address without a record was taken away")
        }
      }
    }),
    { numRuns: 500 },
  )
})

test("counters equal a recount after any number of changes", () => {
  fc.assert(
    fc.property(pools, services, services, (configuration, list, later) => {
      const controller = settled(configuration, list)
      for (const one of later) controller.apply(one)
      const [first] = controller.services.keys()
      if (first !== undefined) {
        forget(controller.ledger, first)
        controller.services.delete(first)
      }
      const inUse = new Set([...controller.services.values()].flatMap(addressesOf).map(formatAddress))
      for (const { pool, families } of countersOf(controller.ledger.table)) {
        const found = configuration.pools.find(one => one.name === pool)
        for (const { family, size, used, free } of families) {
          const all = (found?.ranges ?? []).filter(range => range.family === family)
          const every = all.flatMap(range =>
            Array.from({ length: Number(range.last - range.first) + 1 }, (_, n) => ({
              family,
              value: range.first + BigInt(n),
            })),
          )
          const usable = every.filter(address => !(found?.avoidBuggyIPs && isBuggy(address)))
          assert.equal(size, BigInt(usable.length))
          assert.equal(used, BigInt(usable.filter(address => inUse.has(formatAddress(address))).length))
          assert.equal(free, size - used)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test("giving an address back restores what could be given before", () => {
  fc.assert(
    fc.property(pools, services, (configuration, list) => {
      const controller = settled(configuration, list)
      const counted = countersOf(controller.ledger.table)
      const [sample] = list
      if (sample === undefined) return
      const guest = { ...sample, name: "guest", ingress: [], annotations: {} }
      const first = controller.apply(guest).ingress
      forget(controller.ledger, keyOf(guest))
      assert.deepEqual(countersOf(controller.ledger.table), counted)
      assert.deepEqual(controller.apply(guest).ingress, first)
    }),
    { numRuns: 500 },
  )
})

test("a ledger that followed every change equals one that is built at once", () => {
  fc.assert(
    fc.property(pools, services, (configuration, list) => {
      const followed = settled(configuration, list)
      const built = ledgerFrom([...followed.services.values()], configuration)
      assert.deepEqual(countersOf(built.table), countersOf(followed.ledger.table))
      for (const one of followed.services.values()) {
        assert.equal(observe(built, one), false, "the built ledger knew something else")
        assert.deepEqual(
          built.claims.get(keyOf(one))?.addresses ?? [],
          followed.ledger.claims.get(keyOf(one))?.addresses ?? [],
        )
      }
    }),
    { numRuns: 500 },
  )
})
