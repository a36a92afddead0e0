import assert from "node:assert/strict"
import { test } from "node:test"
import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { passOrder } from "../../../agent/core/allocate/settle.ts"
import type { Config } from "../../../agent/core/config/model.ts"
import type { Service } from "../../../agent/core/model.ts"
import { Controller } from "../../unit/allocate/fixtures.ts"
import { pools, services } from "./worlds.ts"

const pass = (controller: Controller): Controller => {
  for (const one of passOrder([...controller.services.values()])) controller.apply(one)
  return controller
}

/**
 * After restarts that changed nothing any more: of two that have one address, one of them not ours, a running controller leaves it with
 * whoever it saw first, and one that starts with whoever was given it first.
 */
const settled = (configuration: Config, list: readonly Service[]): Controller => {
  const next = pass(pass(new Controller(configuration, list)))
  const now = [...next.services.values()]
  const had = new Map(list.map(one => [`${one.namespace}/${one.name}`, one.ingress]))
  const same = ({ namespace, name, ingress }: Service) => isDeepStrictEqual(had.get(`${namespace}/${name}`), ingress)
  return now.every(same) ? next : settled(configuration, now)
}

const draining = (configuration: Config): Config => ({
  ...configuration,
  pools: configuration.pools.map(pool => ({ ...pool, drain: true })),
})

test("while every pool drains nobody moves, nobody gains, and a restart changes nothing", () => {
  fc.assert(
    fc.property(pools, services, services, (configuration, list, more) => {
      const before = settled(configuration, list)
      const keys = [...before.services.keys()]
      const newcomers = more.filter(one => !keys.includes(`${one.namespace}/${one.name}`))
      const all = [...before.services.values(), ...newcomers.map(one => ({ ...one, ingress: [], annotations: {} }))]
      const after = pass(new Controller(draining(configuration), all))
      for (const key of keys) assert.deepEqual(after.ips(key), before.ips(key), key)
      for (const key of after.services.keys()) if (!keys.includes(key)) assert.deepEqual(after.ips(key), [], key)
    }),
    { numRuns: 500 },
  )
})
