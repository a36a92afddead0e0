import { addressesOf, keyOf } from "../../allocate/claim.ts"
import { lifelessnessOf } from "../../announce/candidates.ts"
import type { AnnounceContext } from "../../announce/context.ts"
import { formatAddress } from "../../ip/format.ts"
import type { ObjectKey } from "../../model.ts"
import { decideService } from "./decide.ts"
import type { NodePolicy } from "./policy.ts"

/** A service whose routes a node would take back. */
export type Withdrawal = {
  readonly service: ObjectKey
  readonly addresses: readonly string[]
  /** Names of the peers that it is told to, sorted. */
  readonly peers: readonly string[]
  /** Other nodes that tell routers of it and go on: the first five by name, since there is no need to count them. */
  readonly others: readonly string[]
}

const enough = 5

/** What routers lose with a node, by service. `policies`: of all nodes. */
export const withdrawalsOf = (
  context: AnnounceContext,
  policies: readonly NodePolicy[],
  name: string,
): readonly Withdrawal[] => {
  const own = policies.find(({ node }) => node.name === name)
  if (own === undefined) return []
  const staying = policies.filter(
    ({ node, handover }) =>
      node.name !== name && handover.phase === "none" && lifelessnessOf(node, context) === undefined,
  )
  return context.input.services
    .flatMap((service): readonly Withdrawal[] => {
      const key = keyOf(service)
      const endpoints = context.endpoints.get(key) ?? []
      const outcome = decideService(service, endpoints, own)
      if (!outcome.ok) return []
      const others: string[] = []
      for (const policy of staying) {
        if (others.length === enough) break
        if (decideService(service, endpoints, policy).ok) others.push(policy.node.name)
      }
      return [
        {
          service: key,
          addresses: addressesOf(service).map(formatAddress),
          peers: outcome.value.peers.map(({ peer }) => peer).sort(),
          others,
        },
      ]
    })
    .sort((a, b) => (a.service < b.service ? -1 : 1))
}
