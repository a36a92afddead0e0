import { ownerOfAddress } from "../../agent/core/announce/announcements.ts"
import { drainAnnotation, drainOf, drainText } from "../../agent/core/announce/drain.ts"
import { type Move, movesBetween } from "../../agent/core/announce/moves.ts"
import { type Withdrawal, withdrawalsOf } from "../../agent/core/bgp/announce/withdrawals.ts"
import { compareAddresses } from "../../agent/core/ip/address.ts"
import { parseAddress } from "../../agent/core/ip/parse.ts"
import type { Node } from "../../agent/core/model.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Snapshot, SnapshotPart } from "../../agent/core/snapshot.ts"
import { type WhyContext, whyContext } from "../../agent/core/why/context.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { nearest } from "../cli/nearest.ts"
import type { Api } from "./api.ts"
import { coreTools } from "./core-tools.ts"
import { kinds } from "./kinds.ts"
import { merge } from "./objects.ts"

/** What draining a node, or using it again, does to the addresses of the cluster. */
export type DrainPlan = {
  readonly node: Node
  readonly moves: readonly Move[]
  /** Those of the moves after which nobody announces. */
  readonly lost: readonly Move[]
  /** What routers are told by the node: withdrawn by a drain, told again after it. */
  readonly withdrawals: readonly Withdrawal[]
  /** Those of the withdrawals after which no node tells routers, and no other announces the address on its link. */
  readonly untold: readonly Withdrawal[]
  /** Addresses that the node goes on announcing on their links, since a live speaker is MetalLB's: beside it drains do not count. */
  readonly suspended: readonly string[]
}

/** The speakers' own decision on the cluster as it is and as it will be; `since` undefined: the node is used again. */
export const planDrain = (snapshot: Snapshot, name: string, since: number | undefined): DrainPlan => {
  const node = nodeOf(snapshot, name)
  const { [drainAnnotation]: _, ...others } = node.annotations
  const annotations = since === undefined ? others : { ...others, [drainAnnotation]: drainText(since, "leaving") }
  const nodes = snapshot.nodes.map(one => (one === node ? { ...node, annotations } : one))
  const before = whyContext(snapshot, coreTools)
  const after = whyContext({ ...snapshot, nodes }, coreTools)
  const moves = movesBetween(before.announce, after.announce, coreTools.crypto)
  const telling = since === undefined ? after : before
  const withdrawals = withdrawalsOf(telling.announce, telling.policies, name)
  const isOnLink = (text: string): boolean => {
    const address = parseAddress(text)
    return address !== undefined && ownerOfAddress(address, after.announce, after.ownerOf).outcome.ok
  }
  return {
    node,
    moves,
    suspended: since !== undefined && after.announce.input.mixed === true ? announcedBy(after, name) : [],
    lost: moves.filter(({ after }) => after === undefined),
    withdrawals,
    untold:
      since === undefined
        ? []
        : withdrawals.filter(({ others, addresses }) => others.length === 0 && !addresses.every(isOnLink)),
  }
}

/** By address. */
const announcedBy = ({ announce, ownerOf }: WhyContext, node: string): readonly string[] =>
  [...announce.holders]
    .toSorted(([, a], [, b]) => compareAddresses(a.address, b.address))
    .flatMap(([text, { address }]) => {
      const { outcome } = ownerOfAddress(address, announce, ownerOf)
      return outcome.ok && outcome.value.node === node ? [text] : []
    })

/** Writes or removes the annotation; a merge, since the node's object is written by many. */
export const writeDrain = async (
  api: Api,
  name: string,
  since: number | undefined,
  options: { readonly dryRun: boolean },
): Promise<void> => {
  const value = since === undefined ? null : drainText(since, "leaving")
  const patch = { metadata: { annotations: { [drainAnnotation]: value } } }
  await merge(api, kinds.node, { namespace: "", name, patch }, options)
}

export type DrainedNode = { readonly node: string; readonly since: number | undefined }

/** Nodes that are drained, by name. */
export const drainedNodes = ({ nodes }: Snapshot): readonly DrainedNode[] =>
  nodes
    .flatMap(node => {
      const drain = drainOf(node)
      return drain === undefined ? [] : [{ node: node.name, since: drain.since }]
    })
    .sort((a, b) => (a.node < b.node ? -1 : 1))

/** Without any of these nobody can say what a drain does. */
const needed: readonly SnapshotPart[] = [
  "services",
  "endpointSlices",
  "nodes",
  "namespaces",
  "pools",
  "l2Advertisements",
  "bgpPeers",
  "bgpAdvertisements",
]

/** Throws a Failure (exit 4) where a part that decides was not read. */
export const requireRead = ({ unread }: Snapshot): void => {
  const missing = unread.filter(({ what }) => needed.includes(what))
  if (missing.length === 0) return
  throw new Failure(
    exitCodes.unknown,
    ...missing.map(({ what, why }) => ({
      message: phraseOf("ML630", { what, why }),
      code: "ML630" as const,
      fix: fixOf("ML630", { what }),
    })),
  )
}

const nodeOf = ({ nodes }: Snapshot, name: string): Node => {
  const node = nodes.find(one => one.name === name)
  if (node !== undefined) return node
  const near = nearest(
    name,
    nodes.map(one => one.name),
  )
  throw new Failure(exitCodes.no, {
    message: `Error from server (NotFound): nodes "${name}" not found`,
    from: "server",
    fix: near === undefined ? "kubectl get nodes" : `kubectl metallb drain ${near}`,
  })
}
