import fc from "fast-check"
import type { AnnounceInput } from "../../../agent/core/announce/context.ts"
import { drainAnnotation } from "../../../agent/core/announce/drain.ts"
import type { Node, Service } from "../../../agent/core/model.ts"
import { dualStack, service } from "../../unit/allocate/fixtures.ts"
import { advertise, endpoint, node, poolA, slice, speaker, verdict } from "../../unit/announce/fixtures.ts"

const nodeNames = ["n1", "n2", "n3", "n4", "n5"]

const nodes: fc.Arbitrary<readonly Node[]> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...nodeNames),
      ready: fc.constantFrom(true, true, true, false, "unknown" as const),
      networkUnavailable: fc.constantFrom(false, false, false, true),
      labels: fc.constantFrom({}, { zone: "x" }, { "node.kubernetes.io/exclude-from-external-load-balancers": "" }),
    }),
    { selector: ({ name }) => name, maxLength: 5 },
  )
  .map(list => list.map(({ name, ...more }) => node(name, more)))

const ips = fc.constantFrom(["10.0.0.1"], ["10.0.0.2"], ["2001:db8::1"], ["10.0.0.1", "2001:db8::1"], ["10.9.9.9"], [])

const services: fc.Arbitrary<readonly Service[]> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom("s1", "s2", "s3", "s4"),
      createdAt: fc.integer({ min: 0, max: 2 }),
      ips,
      externalTrafficPolicy: fc.constantFrom("Cluster" as const, "Local" as const),
      labels: fc.constantFrom({}, { tier: "gold" }),
      annotations: fc.constantFrom({}, { "metallb.io/allow-shared-ip": "k" }),
      deleting: fc.constantFrom(false, false, true),
      loadBalancerClass: fc.constantFrom(undefined, undefined, "x"),
    }),
    { selector: ({ name }) => name, maxLength: 4 },
  )
  .map(list => list.map(({ name, ...more }) => service(`shop/${name}`, { ...dualStack, from: "a", ...more })))

const advertisement = fc
  .record({
    nodeSelectors: fc.constantFrom([], [{ matchLabels: { zone: "x" } }]),
    serviceSelectors: fc.constantFrom([], [{ matchLabels: { tier: "gold" } }]),
    interfaces: fc.constantFrom([], ["eth0"], ["eth1", "eth0"]),
    preferredNodeSelectors: fc.constantFrom([], [{ weight: 5, preference: { matchLabels: { zone: "x" } } }]),
  })
  .map(more => advertise(["a"], more))

/**
 * Clusters of up to five nodes and four services: nodes that may not announce, dual stack, sharing, preferences, endpoints
 * here and there, under either placement, with some of the addresses announced by somebody already.
 */
export const inputs: fc.Arbitrary<AnnounceInput> = fc
  .record({
    nodes,
    services,
    advertisements: fc.array(advertisement, { maxLength: 3 }),
    served: fc.array(fc.tuple(fc.constantFrom(...nodeNames), fc.boolean()), { maxLength: 5 }),
    unreadySpeakers: fc.subarray(nodeNames, { maxLength: 2 }),
    ignoreExcludeLB: fc.boolean(),
    broken: fc.boolean(),
    drained: fc.subarray(nodeNames, { maxLength: 1 }),
    placement: fc.constantFrom("hash" as const, "balanced" as const),
    present: fc.array(fc.tuple(fc.constantFrom("10.0.0.1", "10.0.0.2", "2001:db8::1"), fc.constantFrom(...nodeNames))),
  })
  .map(
    ({ nodes: found, services: all, advertisements, served, unreadySpeakers, broken, drained, present, ...more }) => {
      const drain = (one: Node) =>
        drained.includes(one.name) ? { ...one, annotations: { [drainAnnotation]: "true" } } : one
      const list = found.map(drain)
      return {
        verdict: verdict(broken ? [] : [poolA], advertisements, broken ? { brokenPools: ["a"] } : {}),
        services: all,
        endpointSlices: all.map(one => slice(one, ...served.map(([name, canServe]) => endpoint(name, canServe)))),
        nodes: list,
        speakers: list.map(({ name }) => speaker(name, { ready: !unreadySpeakers.includes(name) })),
        installNamespace: "metallb-system",
        loadBalancerClass: "",
        ...more,
        present: new Map(present),
      }
    },
  )
