import type { LegacyConfigMap } from "../model.ts"
import type { ParseYaml, YamlNode } from "../yaml/tree.ts"
import type { BrokenPool, PoolCandidate } from "./candidate.ts"
import type { LegacyBgp } from "./legacy-bgp.ts"
import { noLegacyBgp, readLegacyAdvertisements, readLegacyBgp } from "./legacy-bgp.ts"
import { readLegacyPool } from "./legacy-pool.ts"
import { report, reportBrokenText } from "./legacy-report.ts"
import { poolSection, sectionNames } from "./legacy-shapes.ts"
import { Problems } from "./problem.ts"
import type { Shape } from "./shape.ts"
import { childOf, findings } from "./shape.ts"

/** What the ConfigMap says. Pools are in the order of the text. */
export type LegacyReading = {
  readonly candidates: readonly PoolCandidate[]
  readonly broken: readonly BrokenPool[]
  /** Pools may be meant that cannot be told: the text, the section, or the name of a pool is unreadable. */
  readonly unreadable: boolean
  /** One collector for the text as a whole, then those of the pools. */
  readonly problems: readonly Problems[]
  /** What concerns BGP, with the collectors of its entries. */
  readonly bgp: LegacyBgp
}

/**
 * Reads the ConfigMap of MetalLB before 0.13. Every pool is judged by itself. The text as a whole counts as unreadable when
 * it is missing, is no YAML, or has no section for pools but a key that might be meant to be one: an editor's slip must
 * not look like a decision to have no pools. A text that is empty, or has an empty list of pools, is such a decision.
 */
export const readLegacy = (configMap: LegacyConfigMap, parseYaml: ParseYaml): LegacyReading => {
  const problems = new Problems("configmap", configMap)
  const unreadable: LegacyReading = {
    candidates: [],
    broken: [],
    unreadable: true,
    problems: [problems],
    bgp: noLegacyBgp,
  }
  if (configMap.text === undefined) {
    problems.error(
      "ML240",
      "data.config",
      "the ConfigMap has no key data.config; the configuration is the text under it",
    )
    return unreadable
  }
  const parsed = parseYaml(configMap.text)
  if (!parsed.ok || (parsed.root.kind === "scalar" && parsed.root.value !== null)) {
    reportBrokenText(configMap.text, parsed.ok ? undefined : parsed, problems)
    return unreadable
  }
  const { root } = parsed
  if (root.kind === "scalar")
    return { candidates: [], broken: [], unreadable: false, problems: [problems], bgp: noLegacyBgp }
  const outline = findings(root, outlineShape, "")
  const misspelt = childOf(root, poolSection) === undefined && !hasKey(root, poolSection)
  for (const finding of outline) {
    const doubtful = finding.reason === "ML242" && misspelt
    report(doubtful ? { ...finding, severity: "error" } : finding, problems)
  }
  if (root.kind !== "map" || (misspelt && outline.some(finding => finding.reason === "ML242"))) return unreadable
  return readPools(configMap, root, problems)
}

/** The text as a whole: its sections are checked one by one. */
const outlineShape: Shape = {
  kind: "map",
  keys: Object.fromEntries(sectionNames.map(name => [name, { kind: "any" }])),
  required: [],
}

const hasKey = (root: YamlNode, key: string): boolean =>
  root.kind === "map" && root.entries.some(entry => entry.key === key)

const readPools = (configMap: LegacyConfigMap, root: YamlNode, whole: Problems): LegacyReading => {
  const section = childOf(root, poolSection)
  const misplaced = section === undefined ? [] : findings(section, { kind: "list", of: { kind: "any" } }, poolSection)
  for (const finding of misplaced) report(finding, whole)
  const items = section?.kind === "list" ? section.items : []
  const readings = items.map((item, index) =>
    readLegacyPool(item, `${poolSection}[${index}]`, new Problems("configmap", configMap)),
  )
  const advertisements = readings.flatMap((reading, index) => {
    const item = items[index]
    const pool =
      reading.kind === "candidate" ? reading.candidate.pool : reading.kind === "broken" ? reading.broken : undefined
    if (item === undefined || pool?.protocol !== "bgp") return []
    return readLegacyAdvertisements(configMap, pool.name, item, `${poolSection}[${index}]`, reading.problems)
  })
  return {
    candidates: readings.flatMap(reading => (reading.kind === "candidate" ? [reading.candidate] : [])),
    broken: readings.flatMap(reading => (reading.kind === "broken" ? [reading.broken] : [])),
    unreadable: misplaced.length > 0 || readings.some(reading => reading.kind === "unnamed"),
    problems: [whole, ...readings.map(reading => reading.problems)],
    bgp: { ...readLegacyBgp(configMap, root, whole), advertisements },
  }
}
