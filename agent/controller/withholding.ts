import { carriedByNodes } from "../core/allocate/carried.ts"
import type { Withheld } from "../core/allocate/withheld.ts"
import type { Node } from "../core/model.ts"
import type { Edges } from "../edges.ts"
import { createReflector, type Reflector } from "../ports/kube/reflector.ts"
import { nodes as allNodes } from "../ports/kube/sources.ts"

/** The addresses that are given on request alone, kept up to date. */
export type Withholding = {
  readonly withheld: () => readonly Withheld[]
  readonly nodes: Reflector<Node>
  /** Names of the collections that were not read yet. */
  readonly missing: () => readonly string[]
  readonly run: (signal: AbortSignal) => Promise<unknown>
}

export type WithholdingEvents = {
  /** Others than before, or everything was read. */
  readonly onChange: () => void
  /** Nodes changed in whatever way, or cannot be followed. */
  readonly onNodes: () => void
}

/** Follows the nodes for the addresses that they carry. */
export const followWithholding = (edges: Edges, { onChange, onNodes }: WithholdingEvents): Withholding => {
  /** Nodes change their status every few minutes, and their addresses hardly ever. */
  let print: string | undefined
  const look = () => {
    onNodes()
    const now = [...nodes.values()].map(({ name, addresses }) => `${name} ${addresses.join(" ")}`)
    const next = now.sort().join("\n")
    if (next === print) return
    print = next
    onChange()
  }
  const nodes = createReflector(allNodes, edges, look, onNodes)
  return {
    nodes,
    withheld: () => carriedByNodes(nodes.values()),
    missing: () => (nodes.state().synced ? [] : ["nodes"]),
    run: nodes.run,
  }
}
