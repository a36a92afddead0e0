import assert from "node:assert/strict"
import { test } from "node:test"
import type { AnnounceContext } from "../../../../agent/core/announce/context.ts"
import { askerOf } from "../../../../agent/core/bgp/announce/asker.ts"
import { decideService } from "../../../../agent/core/bgp/announce/decide.ts"
import { nodePolicy } from "../../../../agent/core/bgp/announce/policy.ts"
import type { RouteHolds } from "../../../../agent/core/probe/route-checks.ts"
import { nodeCrypto } from "../../../../agent/ports/crypto.ts"
import { address } from "../../allocate/fixtures.ts"
import { endpoint, node, slice } from "../../announce/fixtures.ts"
import { bgpAd } from "../../config/fixtures.ts"
import { scene, web } from "./fixtures.ts"

const policiesOf = (context: AnnounceContext) =>
  context.nodes.map(each => nodePolicy(context.input, each, { now: 0 }, context))

const asker = (context: AnnounceContext, self = "n1", text = "10.0.0.1") => {
  const holders = { address: address(text), services: context.input.services }
  return askerOf(holders, context, { policies: policiesOf(context), self, crypto: nodeCrypto })
}

test("every node names the same one, and another one for another address", () => {
  const context = scene()
  assert.deepEqual(
    ["n1", "n2", "n3"].map(self => asker(context, self)),
    ["n2", "n2", "n2"],
  )
  assert.deepEqual(
    new Set([1, 2, 3, 4, 5, 6, 7, 8].map(last => asker(context, "n1", `10.0.0.${last}`))),
    new Set(["n1", "n2", "n3"]),
  )
})

test("only nodes that would tell routers are asked: advertisement, endpoints, life", () => {
  const rack = (name: string) => [{ matchLabels: { rack: name } }]
  assert.equal(asker(scene({ bgpAdvertisements: [bgpAd("all", { nodeSelectors: rack("r3") })] })), "n3")
  const local = web({ externalTrafficPolicy: "Local" })
  assert.equal(asker(scene({ services: [local], input: { endpointSlices: [slice(local, endpoint("n1"))] } })), "n1")
  assert.equal(asker(scene({ services: [local], input: { endpointSlices: [] } })), undefined)
  assert.notEqual(asker(scene({ input: { members: new Set(["n1", "n3"]) } })), "n2")
  assert.notEqual(asker(scene({ input: { members: new Set(["n1", "n2", "n3"]), absent: new Set(["n2"]) } })), "n2")
})

test("a node that the API takes for dead counts for itself: it tells its peers, so it must not wait for nobody", () => {
  const nodes = [1, 2, 3].map(n => node(`n${n}`, { labels: { rack: `r${n}` }, ready: false }))
  const context = scene({ nodes })
  assert.deepEqual(
    ["n1", "n2", "n3"].map(self => asker(context, self)),
    ["n1", "n2", "n3"],
  )
})

test("an address that is held back is told to nobody, and the service's other one is", () => {
  const context = scene({ services: [web({ ips: ["10.0.0.1", "2001:db8::1"] })] })
  const [policy] = policiesOf(context)
  const [service] = context.input.services
  if (policy === undefined || service === undefined) throw new Error("no scene")
  const endpoints = context.endpoints.get("shop/web") ?? []
  const hold = { reason: "ML417", facts: { node: "n2" } } as const
  const holds: RouteHolds = new Map([["10.0.0.1", hold]])
  const one = decideService(service, endpoints, policy, holds)
  assert.deepEqual(one.ok && one.value.peers, [{ peer: "tor", routes: ["2001:db8::1/128"] }])
  const both = decideService(service, endpoints, policy, new Map([...holds, ["2001:db8::1", hold]]))
  assert.deepEqual([both.ok, both.reason], [false, "ML417"])
})
