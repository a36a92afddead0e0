import assert from "node:assert/strict"
import { test } from "node:test"
import type { Json } from "../kube-client/fake-store.ts"
import * as controller from "./controlling.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"
import { assigned, node, owned, pod, start } from "./speaking.ts"

const pool = (cluster: World, name: string, day: number, addresses: string, spec: Record<string, Json> = {}) =>
  cluster.put(collections.pools, {
    metadata: { name, namespace: installNamespace, generation: 1, creationTimestamp: `2026-01-0${day}T00:00:00Z` },
    spec: { addresses: [addresses], autoAssign: true, avoidBuggyIPs: false, ...spec },
  })

for (const [what, spec] of [
  ["does not serve it", { serviceAllocation: { namespaces: ["lab"] } }],
  ["is not advertised", {}],
] as const)
  test(`a service keeps its address, announced, when an older pool that ${what} is edited over its own, also over a restart of everything`, async () => {
    const cluster = world()
    node(cluster, "node-1")
    pod(cluster, "speaker-node-1", "node-1")
    pool(cluster, "old", 1, "198.51.100.0/24")
    pool(cluster, "public", 2, "192.0.2.0/24")
    cluster.l2Advertisement("public", { ipAddressPools: ["public"] })
    assigned(cluster, "web", "192.0.2.10")
    const begin = async () => {
      const agents = [controller.start(cluster), start(cluster, "node-1")] as const
      await cluster.clock.advance(3_000)
      return agents
    }

    const [first, speaker] = await begin()
    pool(cluster, "old", 1, "192.0.2.0/25", spec)
    await cluster.clock.advance(3_000)
    assert.deepEqual([cluster.ingressOf("web"), owned(speaker)], [["192.0.2.10"], ["192.0.2.10"]])
    await Promise.all([first.running.stop(), speaker.running.stop()])
    const [, again] = await begin()
    assert.deepEqual([cluster.ingressOf("web"), owned(again)], [["192.0.2.10"], ["192.0.2.10"]])
    assert.equal(cluster.recordOf("web"), "public")
    cluster.api.store.remove(collections.pools, `${installNamespace}/public`)
    await cluster.clock.advance(3_000)
    assert.deepEqual(owned(again), [], "the pool is gone on purpose")
  })
