import { keyOf } from "../../allocate/claim.ts"
import { lifelessnessOf } from "../../announce/candidates.ts"
import type { AnnounceContext, Holders } from "../../announce/context.ts"
import { ordered } from "../../announce/order.ts"
import type { Crypto } from "../../crypto.ts"
import { formatAddress } from "../../ip/format.ts"
import type { Node } from "../../model.ts"
import { decideService } from "./decide.ts"
import type { NodePolicy } from "./policy.ts"

/** Whether a node tells a peer of one of the services. */
export const tellsOf = ({ services }: Holders, context: AnnounceContext, policy: NodePolicy): boolean =>
  services.some(service => decideService(service, context.endpoints.get(keyOf(service)) ?? [], policy).ok)

/**
 * The node that asks for an address before routers are told of it: of those that would tell them the first in the order of the address, so
 * that all nodes name the same one. `policies`: of all nodes. A node that
 * is taken for dead still counts for itself, as it tells its peers.
 */
export const askerOf = (
  holders: Holders,
  context: AnnounceContext,
  {
    policies,
    self,
    crypto,
  }: { readonly policies: readonly NodePolicy[]; readonly self: string; readonly crypto: Crypto },
): string | undefined => {
  const isThere = (node: Node) =>
    lifelessnessOf(node, context) === undefined && context.input.absent?.has(node.name) !== true
  const candidates = policies.map(policy => ({ node: policy.node, policy, score: 0 }))
  // One decision for the first that is there, in the place of one for every node.
  const first = ordered(candidates, formatAddress(holders.address), crypto).find(
    ({ node, policy }) => (node.name === self || isThere(node)) && tellsOf(holders, context, policy),
  )
  return first?.node.name
}
