import type { Placement } from "../../agent/core/announce/context.ts"
import type { DrainedNode } from "../cluster/drain.ts"
import type { Health, Trouble } from "../cluster/health.ts"
import type { Rollout } from "../cluster/rollout.ts"
import { age, clockTime } from "./duration.ts"
import type { Style } from "./style.ts"
import { painted, table } from "./table.ts"

export type StatusPage = {
  readonly health: Health
  readonly drained: readonly DrainedNode[]
  readonly placement: Placement
  /** undefined for a saved cluster, which does not carry the workloads. */
  readonly rollouts: readonly Rollout[] | undefined
  /** The context, or the file. */
  readonly from: string
  readonly installNamespace: string
  readonly readAt: number
}

/** One screen, problems first. */
export const statusText = (page: StatusPage, style: Style): string => {
  const { health, rollouts, drained, placement, from, installNamespace, readAt } = page
  return [
    troubleLines(health.troubles, style),
    ...(rollouts === undefined ? [] : [componentTable(rollouts)]),
    ...(drained.length === 0 ? [] : [drainedLines(drained, readAt)]),
    ...(health.pools.length === 0 ? [] : [poolsTable(health)]),
    serviceLine(health, placement),
    `read ${clockTime(readAt)} from ${from}, agents in ${installNamespace}, services of all namespaces`,
  ].join("\n\n")
}

/** Not a problem, since somebody asked for it, and not to be forgotten either. */
const drainedLines = (drained: readonly DrainedNode[], now: number): string =>
  table(
    [{ title: "DRAINED" }, { title: "FOR" }, { title: "BACK WITH" }],
    drained.map(({ node, since }) => [
      node,
      since === undefined ? "<unknown>" : age(now - since),
      `kubectl metallb undrain ${node}`,
    ]),
  )

const tones = { error: "error", warning: "warning", unknown: "unknown" } as const

const troubleLines = (troubles: readonly Trouble[], style: Style): string => {
  if (troubles.length === 0) return `${style.mark("ok", "no problems")}`
  const counts = (["error", "warning", "unknown"] as const)
    .map(severity => ({ severity, number: troubles.filter(one => one.severity === severity).length }))
    .filter(({ number }) => number > 0)
    .map(({ severity, number }) => style.paint(tones[severity], countText(severity, number)))
  const rows = troubles.flatMap(({ severity, code, text, fix }) => {
    const word = severity === "error" ? "problem" : severity
    const shown = style.glyphs ? `? ${word}` : word
    return [[painted(style.mark(tones[severity], word), shown), code, text], ...(fix === "" ? [] : [["", "fix", fix]])]
  })
  return `${counts.join(", ")}\n${table([{ title: "" }, { title: "" }, { title: "" }], rows, "  ")}`
}

const countText = (severity: Trouble["severity"], number: number): string => {
  if (severity === "unknown") return `${number} unknown`
  const noun = severity === "error" ? "problem" : "warning"
  return `${number} ${noun}${number === 1 ? "" : "s"}`
}

const componentTable = (rollouts: readonly Rollout[]): string =>
  table(
    [{ title: "COMPONENT" }, { title: "READY" }, { title: "VERSION" }],
    rollouts.map(({ component, exists, ready, wanted, versions }) => [
      component,
      exists ? `${ready}/${wanted}` : "<none>",
      versions.join(", ") || "<none>",
    ]),
  )

const poolsTable = ({ pools, usageKnown }: Health): string =>
  table(
    [
      { title: "POOL" },
      { title: "FAMILY" },
      { title: "SIZE", right: true },
      { title: "USED", right: true },
      { title: "FREE", right: true },
    ],
    pools.flatMap(({ pool, counters }) =>
      counters.families.map(({ family, size, used, free }) => [
        pool.name,
        family,
        String(size),
        usageKnown ? String(used) : "<unknown>",
        usageKnown ? String(free) : "<unknown>",
      ]),
    ),
  )

const serviceLine = ({ services }: Health, placement: Placement): string =>
  services === undefined
    ? "SERVICES  <unknown>"
    : [
        `SERVICES  ${services.total}`,
        `announced ${services.announced}`,
        `pending ${services.pending}`,
        ...(services.silent === 0 ? [] : [`not known to be announced ${services.silent}`]),
        ...(placement === "hash" ? [] : [`placement ${placement}`]),
      ].join("  ")
