import { addressesOf, keyOf } from "../../core/allocate/claim.ts"
import { canServe } from "../../core/announce/candidates.ts"
import { type AnnounceContext, isHolder, poolContaining } from "../../core/announce/context.ts"
import { prefixKey } from "../../core/bgp/rib/buckets.ts"
import { plainAttributes, type Route, routeAttributes } from "../../core/bgp/rib/route.ts"
import { routeOf } from "../../core/config/bgp/aggregation.ts"
import { selectsNode } from "../../core/config/bgp/nodes.ts"

/** The routes that this node tells each peer of, by the peer's name: those of services that something serves. */
export const routesFor = (context: AnnounceContext, nodeName: string): ReadonlyMap<string, readonly Route[]> => {
  const { verdict, services, loadBalancerClass } = context.input
  const { peers, advertisements } = verdict.config.bgp
  const node = context.nodes.find(({ name }) => name === nodeName)
  const found = new Map(peers.map(({ name }) => [name, new Map<string, Route>()]))
  if (node === undefined) return new Map()
  for (const service of services) {
    if (!isHolder(service, loadBalancerClass)) continue
    const endpoints = (context.endpoints.get(keyOf(service)) ?? []).filter(canServe)
    if (endpoints.length === 0) continue
    const addresses = addressesOf(service)
    const pool = poolContaining(context.pools, addresses)
    if (pool === undefined) continue
    for (const advertisement of advertisements) {
      if (!advertisement.pools.has(pool.name) || !selectsNode(advertisement.nodeSelectors, node.labels)) continue
      for (const address of addresses) {
        const prefix = routeOf(advertisement, pool.name, address)
        const route: Route = {
          prefix,
          attributes: routeAttributes({
            ...plainAttributes,
            localPref: advertisement.localPref,
            communities: advertisement.communities.flatMap(c => (c.kind === "standard" ? [c.value] : [])),
          }),
        }
        for (const peer of advertisement.peers.length === 0 ? found.keys() : advertisement.peers)
          found.get(peer)?.set(`${prefix.base.family}/${prefixKey(prefix)}`, route)
      }
    }
  }
  return new Map([...found].map(([name, routes]) => [name, [...routes.values()]]))
}
