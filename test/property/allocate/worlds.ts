import fc from "fast-check"
import type { Config, Pool } from "../../../agent/core/config/model.ts"
import type { Service } from "../../../agent/core/model.ts"
import { config, dualStack, pool, restriction, service, v6Only } from "../../unit/allocate/fixtures.ts"

/** Few addresses, few keys and few ports, so that services meet each other. */
const ranges = [
  ["10.0.0.0/30"],
  ["10.0.1.254-10.0.2.1"],
  ["2001:db8::/126"],
  ["10.0.3.0/30", "2001:db8:3::/126"],
] as const

export const pools: fc.Arbitrary<Config> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom("a", "b", "c", "d"),
      ranges: fc.constantFrom(...ranges),
      autoAssign: fc.boolean(),
      avoidBuggyIPs: fc.boolean(),
      restriction: fc.option(
        fc.record({
          priority: fc.constantFrom(0, 1, 2),
          namespaces: fc.option(fc.constantFrom(new Set(["shop"]), new Set(["lab"]), new Set<string>()), {
            nil: undefined,
          }),
          serviceSelectors: fc.constantFrom([], [{ matchLabels: { tier: "gold" } }]),
        }),
        { nil: undefined },
      ),
    }),
    { selector: one => one.ranges[0], maxLength: 4 },
  )
  .map(list => {
    const named = new Map<string, Pool>()
    for (const { name, ranges: texts, ...more } of list) {
      const limits = more.restriction === undefined ? undefined : restriction(more.restriction)
      if (!named.has(name)) named.set(name, pool(name, texts, { ...more, restriction: limits }))
    }
    return config(...[...named.values()].sort((x, y) => (x.name < y.name ? -1 : 1)))
  })

const addresses = ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.1.255", "10.0.3.1", "10.0.9.9"]
const addresses6 = ["2001:db8::", "2001:db8::1", "2001:db8:3::1", "2001:db8:9::9"]

const statuses = fc.oneof(
  fc.constant<readonly string[]>([]),
  fc.constantFrom(...addresses, ...addresses6).map(ip => [ip]),
  fc.tuple(fc.constantFrom(...addresses), fc.constantFrom(...addresses6)).map(ips => [...ips]),
  fc.uniqueArray(fc.constantFrom(...addresses, ...addresses6), { maxLength: 4 }),
)

/** What people ask for, now and then nonsense. */
const annotations = fc
  .record({
    pool: fc.option(fc.constantFrom("a", "b", "x", ""), { nil: undefined, freq: 3 }),
    ips: fc.option(
      fc.constantFrom(...addresses, ...addresses6, "10.0.3.1,2001:db8:3::1", "10.0.0.1,10.0.0.2", "nonsense"),
      {
        nil: undefined,
        freq: 3,
      },
    ),
    key: fc.option(fc.constantFrom("k", "l", ""), { nil: undefined }),
    count: fc.option(fc.constantFrom("1", "2", "3", "many"), { nil: undefined, freq: 2 }),
  })
  .map(({ pool: name, ips, key, count }) => ({
    ...(name === undefined ? {} : { "metallb.io/address-pool": name }),
    ...(ips === undefined ? {} : { "metallb.universe.tf/loadBalancerIPs": ips }),
    ...(key === undefined ? {} : { "metallb.io/allow-shared-ip": key }),
    ...(count === undefined ? {} : { "metallb.io/addresses-per-family": count }),
  }))

const stacks = fc.constantFrom({}, {}, v6Only, dualStack, { ...dualStack, ipFamilyPolicy: "RequireDualStack" })

const one = fc.record({
  namespace: fc.constantFrom("shop", "lab"),
  name: fc.constantFrom("s1", "s2", "s3", "s4", "s5", "s6"),
  createdAt: fc.integer({ min: 0, max: 3 }),
  labels: fc.constantFrom({}, { tier: "gold" }),
  stack: stacks,
  annotations,
  ports: fc.constantFrom(["TCP/80"], ["TCP/443"], ["UDP/53"], ["TCP/80", "TCP/443"]),
  externalTrafficPolicy: fc.constantFrom("Cluster" as const, "Local" as const),
  selector: fc.constantFrom({ app: "x" }, { app: "y" }),
  type: fc.constantFrom("LoadBalancer", "LoadBalancer", "LoadBalancer", "ClusterIP"),
  loadBalancerClass: fc.constantFrom(undefined, undefined, undefined, "other.io/lb"),
  ips: statuses,
  from: fc.option(fc.constantFrom("a", "b", "gone"), { nil: undefined }),
})

export const services: fc.Arbitrary<readonly Service[]> = fc
  .uniqueArray(one, { selector: ({ namespace, name }) => `${namespace}/${name}`, maxLength: 10 })
  .map(list =>
    list.map(({ namespace, name, stack, from, ...more }) =>
      service(`${namespace}/${name}`, { ...more, ...stack, ...(from === undefined ? {} : { from }) }),
    ),
  )
