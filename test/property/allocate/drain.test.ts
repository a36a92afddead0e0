import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { passOrder } from "../../../agent/core/allocate/settle.ts"
import type { Config } from "../../../agent/core/config/model.ts"
import { Controller } from "../../unit/allocate/fixtures.ts"
import { pools, services } from "./worlds.ts"

const pass = (controller: Controller): Controller => {
  for (const one of passOrder([...controller.services.values()])) controller.apply(one)
  return controller
}

const draining = (configuration: Config): Config => ({
  ...configuration,
  pools: configuration.pools.map(pool => ({ ...pool, drain: true })),
})

test("while every pool drains nobody moves, nobody gains, and a restart changes nothing", () => {
  fc.assert(
    fc.property(pools, services, services, (configuration, list, more) => {
      const before = pass(pass(new Controller(configuration, list)))
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
