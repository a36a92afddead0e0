import { carriedByNodes } from "../core/allocate/carried.ts"
import type { Withheld } from "../core/allocate/withheld.ts"
import type { Edges } from "../edges.ts"
import { createReflector } from "../ports/kube/reflector.ts"
import { nodes as allNodes } from "../ports/kube/sources.ts"

/** The addresses that are given on request alone, kept up to date. */
export type Withholding = {
  readonly withheld: () => readonly Withheld[]
  /** Names of the collections that were not read yet. */
  readonly missing: () => readonly string[]
  readonly run: (signal: AbortSignal) => Promise<unknown>
}

/** Follows the nodes for the addresses that they carry. `onChange`: others than before, or everything was read. */
export const followWithholding = (edges: Edges, onChange: () => void): Withholding => {
  /** Nodes change their status every few minutes, and their addresses hardly ever. */
  let print: string | undefined
  const nodes = createReflector(allNodes, edges, () => {
    const now = [...nodes.values()].map(({ name, addresses }) => `${name} ${addresses.join(" ")}`)
    const next = now.sort().join("\n")
    if (next === print) return
    print = next
    onChange()
  })
  return {
    withheld: () => carriedByNodes(nodes.values()),
    missing: () => (nodes.state().synced ? [] : ["nodes"]),
    run: nodes.run,
  }
}
