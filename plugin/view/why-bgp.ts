import type { Step } from "../../agent/core/outcome.ts"
import { fixOf } from "../../agent/core/sentence.ts"
import type { BgpNodeRow, BgpReport, BgpRouteRow } from "../../agent/core/why/report.ts"
import { fixLine, saying, verdictCell } from "./saying.ts"
import type { Style } from "./style.ts"
import { type Cell, table } from "./table.ts"

/** Names that a line shows before it counts the rest. */
const shown = 4

/** "advertised by n1, n2 to east (BGP)", for the headline. */
export const advertisedBy = ({ advertised, nodes, reason, facts }: BgpReport, style: Style): string => {
  if (!advertised) return style.paint("error", `told to no router: ${saying(reason, facts)}`)
  const speaking = nodes.filter(({ verdict }) => verdict === "chosen")
  const peers = new Set(speaking.flatMap(row => row.peers))
  return `advertised by ${some(speaking.map(({ node }) => node))} to ${some([...peers].sort())} (BGP)`
}

const some = (names: readonly string[]): string =>
  names.length > shown ? `${names.slice(0, shown).join(", ")} and ${names.length - shown} more` : names.join(", ")

/** Which nodes tell which routers what, and what is left out. */
export const bgpPart = (report: BgpReport, style: Style): string => {
  const { advertised, reason, facts, nodes, routes } = report
  const title = advertised ? "Which nodes tell routers" : `Why no router is told${fixLine(reason, facts)}`
  const rows = nodes.map((row): readonly Cell[] => [
    row.node,
    verdictCell(row.verdict, style),
    row.peers.length === 0 ? "-" : some(row.peers),
    row.reason === "ML400" ? "" : saying(row.reason, row.facts),
  ])
  const columns = [{ title: "NODE" }, { title: "VERDICT" }, { title: "PEERS" }, { title: "REASON" }]
  return [
    `${title}\n${table(columns, rows, "  ")}`,
    routes.length === 0 ? "" : routesTable(routes),
    leftOutTable(nodes),
    advertised ? "Whether the sessions are up: kubectl metallb peers" : "",
  ]
    .filter(part => part !== "")
    .join("\n\n")
}

const routesTable = (routes: readonly BgpRouteRow[]): string =>
  table(
    [{ title: "ROUTE" }, { title: "FROM" }, { title: "TO" }, { title: "WITH" }],
    routes.map(row => [row.route, some(row.nodes), some(row.peers), attributesText(row)]),
    "  ",
  )

/** "localPref 200, communities 64512:100"; "-" where a route has nothing of its own. */
export const attributesText = ({ localPref, communities, med, prepend, linkBandwidth }: BgpRouteRow): string => {
  const parts = [
    ...(localPref === undefined ? [] : [`localPref ${localPref}`]),
    ...(communities.length === 0 ? [] : [`communities ${communities.join(" ")}`]),
    ...(med === undefined ? [] : [`MED ${med}`]),
    ...(prepend === 0 ? [] : [`AS path ${prepend} longer`]),
    ...(linkBandwidth === undefined ? [] : [`bandwidth ${linkBandwidth / 125_000} Mbit/s`]),
  ]
  return parts.length === 0 ? "-" : parts.join(", ")
}

/** What says no on nodes that would tell somebody: advertisements and peers, each reason with the nodes that it holds on. */
const leftOutTable = (nodes: readonly BgpNodeRow[]): string => {
  const rows = new Map<string, { readonly step: Step; readonly nodes: string[] }>()
  for (const { node, steps, verdict, reason } of nodes) {
    if (verdict !== "chosen" && reason !== "ML405" && reason !== "ML413") continue
    for (const step of steps.filter(isNo)) {
      const key = `${step.subject} ${step.reason}`
      const known = rows.get(key)
      if (known === undefined) rows.set(key, { step, nodes: [node] })
      else known.nodes.push(node)
    }
  }
  if (rows.size === 0) return ""
  return table(
    [{ title: "LEFT OUT" }, { title: "ON" }, { title: "REASON" }],
    [...rows.values()].map(({ step, nodes: on }) => [step.subject, some(on), saying(step.reason, step.facts)]),
    "  ",
  )
}

/** A peer that gets a part of the routes is told what is missing too. */
const isNo = ({ verdict, reason }: Step): boolean => verdict === "rejected" || reason === "ML410"

/** "Why does this node not tell its routers?": its row, and each advertisement and peer that says no, with what to do. */
export const bgpNodeLines = ({ nodes }: BgpReport, node: string, style: Style): readonly string[] => {
  const row = nodes.find(one => one.node === node)
  if (row === undefined) return []
  const tone = row.verdict === "rejected" ? "error" : "ok"
  const own = `${node} ${style.paint(tone, row.verdict)} (BGP): ${saying(row.reason, row.facts)}${fixLine(row.reason, row.facts)}`
  const steps = row.steps.filter(isNo).map(({ subject, reason, facts }) => {
    const fix = fixOf(reason, facts)
    return `  ${subject}: ${saying(reason, facts)}${fix === "" ? "" : `\n    fix    ${fix}`}`
  })
  return [own, ...steps]
}
