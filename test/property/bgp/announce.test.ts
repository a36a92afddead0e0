import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { decideService } from "../../../agent/core/bgp/announce/decide.ts"
import { nodePolicy } from "../../../agent/core/bgp/announce/policy.ts"
import { RouteBoard, type RouteChanges } from "../../../agent/core/bgp/announce/route-board.ts"
import { beginRib, changeRoutes, emptyRib } from "../../../agent/core/bgp/rib/family-rib.ts"
import { flush } from "../../../agent/core/bgp/rib/flush.ts"
import { formatCidr } from "../../../agent/core/ip/cidr.ts"
import type { Endpoint, Service } from "../../../agent/core/model.ts"
import { service } from "../../unit/allocate/fixtures.ts"
import { endpoint, node } from "../../unit/announce/fixtures.ts"
import { routeText, scene } from "../../unit/bgp/announce/fixtures.ts"
import { bgpTargets } from "../../unit/bgp/announce/whole.ts"
import { out4, read } from "../../unit/bgp/rib/fixtures.ts"
import { bgpAd, peer } from "../../unit/config/fixtures.ts"

const names = ["shop/a", "shop/b", "shop/c", "web/d"]

/** A service as it may be at one moment, with its endpoints. */
const state = fc
  .record({
    ips: fc.constantFrom([], ["10.0.0.1"], ["10.0.0.2"], ["10.0.0.9"], ["10.0.0.1", "2001:db8::1"], ["10.9.9.9"]),
    gold: fc.boolean(),
    local: fc.boolean(),
    endpoints: fc.constantFrom<readonly Endpoint[]>(
      [],
      [endpoint("n1")],
      [endpoint("n2")],
      [endpoint("n1"), endpoint("n1")],
    ),
  })
  .map(({ ips, gold, local, endpoints }) => ({
    endpoints,
    of: (key: string): Service =>
      service(key, {
        ips,
        labels: gold ? { tier: "gold" } : {},
        externalTrafficPolicy: local ? "Local" : "Cluster",
      }),
  }))

const advertisement = fc.record({
  aggregation: fc.constantFrom(32, 28),
  communities: fc.constantFrom([], ["1:1"], ["2:2", "large:1:2:3"]),
  peers: fc.constantFrom([], ["p"], ["q"]),
  gold: fc.boolean(),
  med: fc.constantFrom(undefined, 0, 5),
  bandwidthPerEndpoint: fc.constantFrom(undefined, 10),
})

const world = fc.record({
  advertisements: fc.array(advertisement, { maxLength: 3 }),
  drained: fc.boolean(),
  steps: fc.array(fc.record({ name: fc.constantFrom(...names), state: fc.option(state, { nil: undefined }) }), {
    maxLength: 12,
  }),
})

type World = typeof world extends fc.Arbitrary<infer T> ? T : never

const n1 = ({ drained }: World) =>
  node("n1", { annotations: drained ? { "metallb.io/drain": "1970-01-01T00:00:00Z" } : {} })

const options = { now: 1 }

const contextOf = (given: World, services: readonly Service[], endpoints: ReadonlyMap<string, readonly Endpoint[]>) =>
  scene({
    nodes: [n1(given), node("n2")],
    services,
    bgpPeers: [
      peer("p", { peerAddress: "192.168.9.1", dualStackAddressFamily: true }),
      peer("q", { peerAddress: "192.168.9.2" }),
    ],
    bgpAdvertisements: given.advertisements.map(({ aggregation, gold, ...more }, index) =>
      bgpAd(`ad${index}`, {
        ...more,
        ...(gold ? { serviceSelectors: [{ matchLabels: { tier: "gold" } }] } : { aggregationLength: aggregation }),
      }),
    ),
    input: {
      endpointSlices: [...endpoints].map(([key, list]) => ({
        ...node(key),
        namespace: key.split("/")[0] ?? "",
        service: key,
        endpoints: list,
      })),
    },
  })

/** What is there after all steps. */
const lastOf = ({ steps }: World) => {
  const services = new Map<string, Service>()
  const endpoints = new Map<string, readonly Endpoint[]>()
  for (const { name, state } of steps) {
    if (state === undefined) services.delete(name)
    else services.set(name, state.of(name))
    endpoints.set(name, state?.endpoints ?? [])
  }
  return { services: [...services.values()], endpoints }
}

const textsOf = (given: World, services: readonly Service[], endpoints: ReadonlyMap<string, readonly Endpoint[]>) =>
  [...bgpTargets(contextOf(given, services, endpoints), n1(given), options).peers].map(([name, { routes }]) => [
    name,
    routes.map(routeText),
  ])

test("the order in which services stand changes no route", () => {
  fc.assert(
    fc.property(world, given => {
      const { services, endpoints } = lastOf(given)
      const backwards = new Map([...endpoints].reverse())
      assert.deepEqual(textsOf(given, services.toReversed(), backwards), textsOf(given, services, endpoints))
    }),
  )
})

test("a board that follows every change has the routes of a decision made at once, and tells what differs, no more", () => {
  fc.assert(
    fc.property(world, given => {
      const context = contextOf(given, [], new Map())
      const policy = nodePolicy(context.input, n1(given), options)
      const board = new RouteBoard(policy)
      const followed = new Map(policy.peers.map(({ name }) => [name, new Map<string, string>()]))
      for (const { name, state } of given.steps) {
        const outcome = state === undefined ? undefined : decideService(state.of(name), state.endpoints, policy)
        const changes = board.put(name, outcome?.ok === true ? outcome.value.contributions : [])
        for (const [peer, change] of changes) follow(followed.get(peer) ?? new Map(), change)
      }
      const { services, endpoints } = lastOf(given)
      const whole = textsOf(given, services, endpoints)
      assert.deepEqual(
        policy.peers.map(({ name }) => [name, board.routesOf(name).map(routeText)]),
        whole,
      )
      assert.deepEqual(
        [...followed].map(([name, routes]) => [name, [...routes.values()].sort()]),
        whole.map(([name, texts]) => [name, [...(texts ?? [])].sort()]),
      )
    }),
  )
})

const follow = (routes: Map<string, string>, { set, gone }: RouteChanges): void => {
  for (const route of set) {
    const key = formatCidr(route.prefix)
    assert.notEqual(routes.get(key), routeText(route), "what did not change is not told")
    routes.set(key, routeText(route))
  }
  for (const prefix of gone) assert.ok(routes.delete(formatCidr(prefix)), "only what was told is taken back")
}

test("a peer that is told each change has in the end what it should have", () => {
  fc.assert(
    fc.property(world, given => {
      const context = contextOf(given, [], new Map())
      const policy = nodePolicy(context.input, n1(given), options)
      const board = new RouteBoard(policy)
      let rib = beginRib(emptyRib(), "none")
      const told = new Map<string, string>()
      for (const { name, state } of given.steps) {
        const outcome = state === undefined ? undefined : decideService(state.of(name), state.endpoints, policy)
        const change = board.put(name, outcome?.ok === true ? outcome.value.contributions : []).get("q")
        if (change !== undefined) rib = changeRoutes(rib, change.set, change.gone)
        const flushed = flush(rib, out4, 1_000_000)
        rib = flushed.rib
        for (const message of flushed.messages) {
          const { withdrawn, announced, attributes } = read(message, out4)
          for (const prefix of withdrawn) assert.ok(told.delete(formatCidr(prefix)))
          for (const prefix of announced)
            told.set(
              formatCidr(prefix),
              JSON.stringify([attributes.med, attributes.communities, attributes.largeCommunities]),
            )
        }
      }
      const wanted = board
        .routesOf("q")
        .map(({ prefix, attributes: { med, communities, largeCommunities } }) => [
          formatCidr(prefix),
          JSON.stringify([
            med,
            communities.length > 0 ? communities : undefined,
            largeCommunities.length > 0 ? largeCommunities : undefined,
          ]),
        ])
      assert.deepEqual([...told].sort(), wanted.sort())
    }),
  )
})

test("a change of one service touches the prefixes that it had or has, and no other", () => {
  fc.assert(
    fc.property(world, state, fc.constantFrom(...names), (given, next, name) => {
      const { services, endpoints } = lastOf(given)
      const policy = nodePolicy(contextOf(given, [], new Map()).input, n1(given), options)
      const board = new RouteBoard(policy)
      const prefixesOf = (one: Service | undefined, list: readonly Endpoint[]) => {
        const outcome = one === undefined ? undefined : decideService(one, list, policy)
        return outcome?.ok === true ? outcome.value.contributions : []
      }
      for (const one of services) {
        const key = `${one.namespace}/${one.name}`
        board.put(key, prefixesOf(one, endpoints.get(key) ?? []))
      }
      const before = prefixesOf(
        services.find(one => `${one.namespace}/${one.name}` === name),
        endpoints.get(name) ?? [],
      )
      const after = prefixesOf(next.of(name), next.endpoints)
      const own = new Set([...before, ...after].map(({ prefix }) => formatCidr(prefix)))
      for (const { set, gone } of board.put(name, after).values()) {
        for (const prefix of [...set.map(route => route.prefix), ...gone]) assert.ok(own.has(formatCidr(prefix)))
      }
    }),
  )
})
