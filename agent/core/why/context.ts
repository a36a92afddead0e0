import { poolDoubtOf } from "../allocate/doubt.ts"
import { type Ledger, ledgerFrom } from "../allocate/ledger.ts"
import { type OwnerMemo, ownerMemo } from "../announce/announcements.ts"
import { type AnnounceContext, announceContext } from "../announce/context.ts"
import { presentOwners } from "../announce/present-owners.ts"
import { type NodePolicy, nodePolicy } from "../bgp/announce/policy.ts"
import { configInputOf } from "../config/from-snapshot.ts"
import { judgeConfig } from "../config/judge.ts"
import type { ConfigVerdict } from "../config/model.ts"
import type { Crypto } from "../crypto.ts"
import { withholdAsRead } from "../quarantine/as-read.ts"
import type { Snapshot, SnapshotPart } from "../snapshot.ts"
import type { ParseYaml } from "../yaml/tree.ts"

export type WhyTools = { readonly parseYaml: ParseYaml; readonly crypto: Crypto }

/** A snapshot judged once, for any number of questions. The same functions as in the agents, over what was read. */
export type WhyContext = {
  readonly snapshot: Snapshot
  readonly verdict: ConfigVerdict
  readonly ledger: Ledger
  readonly announce: AnnounceContext
  readonly ownerOf: OwnerMemo
  /** What each node tells its peers by, in the order of names; empty where nothing of BGP is configured. */
  readonly policies: readonly NodePolicy[]
  readonly unread: ReadonlyMap<SnapshotPart, string>
  /** False where pools or namespaces were not read, without which no pool can be judged. */
  readonly ready: boolean
  readonly doubt: string | undefined
}

export const whyContext = (snapshot: Snapshot, { parseYaml, crypto }: WhyTools): WhyContext => {
  const unread = new Map(snapshot.unread.map(({ what, why }) => [what, why]))
  const judged = judgeConfig(configInputOf(snapshot), parseYaml)
  // A ConfigMap that was not read may define any pool, just like one that cannot be parsed.
  const verdict = unread.has("legacyConfig") ? { ...judged, legacyBroken: true } : judged
  const { memberList, placement = "hash", ignoreExcludeLB = false } = snapshot.speakerSettings ?? {}
  const announce = announceContext({
    ...(memberList === false ? everyNode(snapshot) : settledAmongSpeakers(snapshot)),
    verdict,
    services: snapshot.services,
    endpointSlices: snapshot.endpointSlices,
    nodes: snapshot.nodes,
    speakers: snapshot.speakers.length > 0 ? snapshot.speakers : "assumed",
    installNamespace: snapshot.installNamespace,
    loadBalancerClass: snapshot.loadBalancerClass,
    ignoreExcludeLB,
    placement,
    present: presentOwners(snapshot.services, snapshot.announced ?? []),
  })
  const ledger = ledgerFrom(snapshot.services, verdict.config, snapshot.loadBalancerClass)
  withholdAsRead(ledger, {
    nodes: snapshot.nodes,
    pools: snapshot.pools.filter(({ namespace }) => namespace === snapshot.installNamespace),
    conflicts: snapshot.conflicts ?? [],
    reservations: snapshot.reservations ?? [],
    at: snapshot.readAt,
  })
  return {
    snapshot,
    verdict,
    ledger,
    announce,
    ownerOf: ownerMemo(announce, crypto),
    policies: usesBgp(verdict) ? policiesOf(announce, snapshot.readAt) : [],
    unread,
    ready: !unread.has("pools") && !unread.has("namespaces"),
    doubt: poolDoubtOf(verdict),
  }
}

/** Speakers without a member list know nothing of each other. */
const everyNode = ({ nodes }: Snapshot) => ({ members: new Set(nodes.map(({ name }) => name)) })

/** What counts where speakers know each other. That one of them is MetalLB's is to be seen at its pod, too. */
const settledAmongSpeakers = ({ company, foreignSpeakers = [] }: Snapshot) => {
  if (company === undefined) return { mixed: foreignSpeakers.length > 0 }
  if (company.state !== "settled") return {}
  const barred = Map.groupBy(company.barred, ({ address }) => address)
  return { mixed: company.mixed, members: new Set(company.live), ...(company.mixed ? {} : { barred }) }
}

const usesBgp = ({ config: { bgp }, brokenBgp }: ConfigVerdict): boolean =>
  [bgp.peers, bgp.advertisements, brokenBgp.peers, brokenBgp.advertisements].some(list => list.length > 0)

const policiesOf = (context: AnnounceContext, now: number): readonly NodePolicy[] =>
  context.nodes.map(node => nodePolicy(context.input, node, { now }, context))
