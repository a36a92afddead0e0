import type { YamlNode } from "../yaml/tree.ts"
import type { BrokenPool, PoolCandidate } from "./candidate.ts"
import { placeOf, report } from "./legacy-report.ts"
import { poolShape } from "./legacy-shapes.ts"
import type { Pool } from "./model.ts"
import type { Problems } from "./problem.ts"
import { readRanges } from "./read-pool.ts"
import { childOf, findings, flagOf, textOf } from "./shape.ts"

export type LegacyPoolReading = { readonly problems: Problems } & (
  | { readonly kind: "candidate"; readonly candidate: PoolCandidate }
  | { readonly kind: "broken"; readonly broken: BrokenPool }
  /** Cannot be used, and which pool it is cannot be told either. */
  | { readonly kind: "unnamed" }
)

/** Judges one entry of address-pools by itself; `path` is its place in the tree: "address-pools[0]". */
export const readLegacyPool = (node: YamlNode, path: string, problems: Problems): LegacyPoolReading => {
  for (const finding of findings(node, poolShape, path)) report(finding, problems)
  const name = textOf(node, "name")
  const protocol = protocolOf(textOf(node, "protocol"))
  if (name === undefined || name === "") return { kind: "unnamed", problems }
  const items = childOf(node, "addresses")
  const list = items?.kind === "list" ? items.items.filter(isText) : []
  const entries = list.map(item => item.text)
  const places = list.map(item => placeOf(item.at))
  const ranges = readRanges({ pool: name, place: placeOf((items ?? node).at), entries, places }, problems)
  if (problems.broken || protocol === undefined) {
    return { kind: "broken", broken: { name, source: "legacy", ...(protocol ? { protocol } : {}), problems }, problems }
  }
  const pool: Pool = {
    name,
    source: "legacy",
    written: entries,
    ranges,
    autoAssign: flagAt(node, "auto-assign", true),
    avoidBuggyIPs: flagAt(node, "avoid-buggy-ips", false),
    protocol,
    restriction: undefined,
  }
  return { kind: "candidate", candidate: { pool, createdAt: 0, places, problems }, problems }
}

/** What is no text has been reported by the comparison with the shape. */
const isText = (node: YamlNode): node is YamlNode & { kind: "scalar" } => node.kind === "scalar" && node.value !== null

const protocolOf = (text: string | undefined): "layer2" | "bgp" | undefined =>
  text === "layer2" || text === "bgp" ? text : undefined

const flagAt = (node: YamlNode, key: string, fallback: boolean): boolean => {
  const value = childOf(node, key)
  return (value === undefined ? undefined : flagOf(value)) ?? fallback
}
