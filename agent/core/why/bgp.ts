import { keyOf } from "../allocate/claim.ts"
import { lifelessnessOf } from "../announce/candidates.ts"
import { decideService } from "../bgp/announce/decide.ts"
import type { NodePolicy } from "../bgp/announce/policy.ts"
import type { Service } from "../model.ts"
import type { Facts, Step } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import type { WhyContext } from "./context.ts"
import type { AnnouncementReport, BgpNodeRow, BgpReport } from "./report.ts"

/**
 * Which nodes tell their peers of the service, and why the others do not; undefined where BGP is not configured, or a part that decides
 * was not read. `routes` stays empty: `routesTold` fills it. `detail` "whether": the first node that does is answer enough, which
 * counts where thousands of services are looked at on a hundred nodes.
 */
export const bgpReportOf = (
  context: WhyContext,
  service: Service,
  base: Facts,
  detail: "all" | "whether",
): BgpReport | undefined => {
  const { unread, ready, policies } = context
  if (!ready || unread.has("nodes") || unread.has("endpointSlices")) return undefined
  if (unread.has("bgpPeers") || unread.has("bgpAdvertisements") || unread.has("communities")) return undefined
  if (policies.length === 0) return undefined
  const nodes: BgpNodeRow[] = []
  for (const policy of policies) {
    const row = rowOf(context, service, policy, base)
    nodes.push(row)
    if (detail === "whether" && row.verdict === "chosen") break
  }
  const chosen = nodes.find(({ verdict }) => verdict === "chosen")
  const { reason, facts } = chosen ?? commonest(nodes) ?? { reason: "ML316" as const, facts: base }
  return { advertised: chosen !== undefined, reason, facts, nodes, routes: [] }
}

/**
 * A service that only one of the two protocols is meant to announce, because advertisements of the other leave its pool or its labels
 * out, is told of by that one alone. One that neither is meant to announce has the reasons of both.
 */
export const oneProtocol = (
  layer2: readonly AnnouncementReport[],
  bgp: BgpReport | undefined,
): { readonly announcements: readonly AnnouncementReport[]; readonly bgp: BgpReport | undefined } => {
  if (bgp === undefined) return { announcements: layer2, bgp }
  const onLink = layer2.some(({ reason }) => reason !== "ML310" && reason !== "ML311")
  const byRouters = bgp.reason !== "ML401" && bgp.reason !== "ML403"
  if (onLink === byRouters) return { announcements: layer2, bgp }
  return onLink ? { announcements: layer2, bgp: undefined } : { announcements: [], bgp }
}

/** The reason of most nodes, of the first of these by name. */
const commonest = (nodes: readonly BgpNodeRow[]): BgpNodeRow | undefined => {
  const countOf = ({ reason }: BgpNodeRow) => nodes.filter(other => other.reason === reason).length
  const most = Math.max(0, ...nodes.map(countOf))
  return nodes.find(row => countOf(row) === most)
}

const rowOf = (context: WhyContext, service: Service, policy: NodePolicy, base: Facts): BgpNodeRow => {
  const { node } = policy
  const outcome = decideService(service, context.announce.endpoints.get(keyOf(service)) ?? [], policy)
  const row = (verdict: "chosen" | "rejected", reason: ReasonCode, facts: Facts): BgpNodeRow => ({
    node: node.name,
    verdict,
    reason,
    facts: { ...base, node: node.name, ...facts },
    peers: outcome.ok ? outcome.value.peers.map(({ peer }) => peer) : [],
    steps: outcome.trace.filter(isStep).map(step => ({ ...step, facts: { ...base, ...step.facts } })),
  })
  const lifeless = lifelessnessOf(node, context.announce)
  if (!outcome.ok) return row("rejected", outcome.reason, outcome.facts)
  if (lifeless !== undefined) return { ...row("rejected", lifeless.reason, lifeless.facts), peers: [] }
  return row("chosen", outcome.reason, outcome.trace[0]?.facts ?? {})
}

/** Advertisements and peers: the node has the row itself. */
const isStep = ({ subject }: Step): boolean => !subject.startsWith("node/")
