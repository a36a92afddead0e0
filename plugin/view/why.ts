import type { Problem } from "../../agent/core/config/model.ts"
import { fixOf } from "../../agent/core/sentence.ts"
import type { AnnouncementReport, PoolRow, UnknownPart, WayOut, WhyReport } from "../../agent/core/why/report.ts"
import { age, clockTime } from "./duration.ts"
import { fixLine, saying, verdictCell } from "./saying.ts"
import type { Style } from "./style.ts"
import { type Cell, table } from "./table.ts"
import { advertisedBy, bgpNodeLines, bgpPart } from "./why-bgp.ts"

export type WhyOptions = { readonly style: Style; readonly wide: boolean }

/** Why a service has its address and its node, or why it has none, on one screen. */
export const whyText = (report: WhyReport, options: WhyOptions): string =>
  join([
    headline(report, options.style),
    report.addresses.length > 0 && report.state !== "changing"
      ? addressPart(report, options)
      : poolPart(report, options),
    ...report.announcements.map(announcement => announcementPart(announcement, options)),
    report.bgp === undefined ? "" : bgpPart(report.bgp, options.style),
    waysOutPart(report.waysOut),
    problemsPart(report.problems),
    unknownPart(report.unknown),
    basis(report),
  ])

/** Paragraphs with one empty line between; empty ones are left out. */
const join = (parts: readonly string[]): string => parts.filter(part => part !== "").join("\n\n")

const headline = (report: WhyReport, style: Style): string => {
  const name = style.paint("subject", report.service)
  const said = saying(report.reason, report.facts)
  switch (report.state) {
    case "pending": {
      const since =
        report.pendingSince === undefined || report.pendingSince === 0
          ? ""
          : ` for ${age(report.basedOn.readAt - report.pendingSince)}`
      // ML118 is the sum of what stands in the table of pools below.
      const why = report.reason === "ML118" ? "" : `  ${said}${fixLine(report.reason, report.facts)}`
      return `${name}  ${style.paint("error", "<pending>")}${since}${why}`
    }
    case "not-served":
      return `${name}  ${style.paint("error", "not served")}  ${said}${fixLine(report.reason, report.facts)}`
    case "unknown":
      return `${name}  ${style.paint("unknown", "<unknown>")}  ${said}`
    case "changing":
      return `${name}  ${changeText(report, style)}`
    case "assigned":
      return [
        name,
        report.addresses.join(", "),
        ...(report.pool === undefined ? [] : [`pool ${report.pool}`]),
        ...report.announcements.map(announcement => announcedBy(announcement, style)),
        ...(report.bgp === undefined ? [] : [advertisedBy(report.bgp, style)]),
      ].join("  ")
  }
}

const changeText = ({ addresses, nextAddresses, pool, reason, facts }: WhyReport, style: Style): string => {
  const next = nextAddresses.join(", ")
  const from = pool === undefined ? "" : ` from ${pool}`
  if (addresses.length === 0) return `${style.paint("warning", "<pending>")}  about to get ${next}${from}`
  const change = next === "" ? "about to lose it" : `about to get ${next}${from} in its place`
  return `${addresses.join(", ")}  ${style.paint("warning", change)}: ${saying(reason, facts)}${fixLine(reason, facts)}`
}

const announcedBy = ({ owner, reason, facts, certain }: AnnouncementReport, style: Style): string =>
  owner === undefined
    ? style.paint("error", `announced by nobody: ${saying(reason, facts)}`)
    : `${certain ? "announced by" : "announced by, if it is alive,"} ${owner.node} (${interfaceText(owner.interfaces)}, L2)`

const interfaceText = (interfaces: readonly string[] | "all"): string =>
  interfaces === "all" ? "all interfaces" : interfaces.join(", ")

const addressPart = (report: WhyReport, { style }: WhyOptions): string => {
  const rows = report.pools.flatMap((row): (readonly Cell[])[] => [
    [row.pool, verdictCell(row.verdict, style), saying(row.reason, row.facts)],
    ...(row.verdict === "chosen"
      ? report.lookedAt.map(({ address, verdict, reason, holders, facts }) => [
          `  ${address}`,
          "",
          verdict === "held" && holders.length > 0 ? `held by ${holders.join(", ")}` : saying(reason, facts),
        ])
      : []),
  ])
  if (rows.length === 0) return ""
  return `Why this address\n${table([{ title: "" }, { title: "" }, { title: "" }], rows, "  ")}`
}

const poolPart = ({ pools }: WhyReport, { style }: WhyOptions): string =>
  pools.length === 0
    ? ""
    : table(
        [{ title: "POOL" }, { title: "FREE" }, { title: "VERDICT" }, { title: "REASON" }],
        pools.map(row => [row.pool, freeText(row), verdictCell(row.verdict, style), saying(row.reason, row.facts)]),
        "  ",
      )

const freeText = ({ free }: PoolRow): string =>
  free.length === 0 ? "<unknown>" : free.map(({ free: count }) => String(count)).join("+")

const announcementPart = (announcement: AnnouncementReport, { style }: WhyOptions): string => {
  const { owner, nodes, standby, decidedBy, reason, facts } = announcement
  const title = owner === undefined ? `Why no node${fixLine(reason, facts)}` : `Why ${owner.node}`
  const rows = nodes.map((row): readonly Cell[] => [
    row.node,
    row.rank === undefined ? "-" : String(row.rank),
    verdictCell(row.verdict, style),
    row.verdict === "eligible" ? "" : saying(row.reason, row.facts),
  ])
  const next = standby[0]
  return [
    title,
    ...(rows.length === 0
      ? []
      : [table([{ title: "NODE" }, { title: "RANK" }, { title: "VERDICT" }, { title: "REASON" }], rows, "  ")]),
    ...(decidedBy === undefined ? [] : [`  decided by ${decidedBy}, which shares the address and is older`]),
    ...(owner === undefined
      ? []
      : ["", `If ${owner.node} goes away: ${next === undefined ? "nobody takes over." : `${next} takes over.`}`]),
  ].join("\n")
}

const waysOutPart = (ways: readonly WayOut[]): string => {
  if (ways.length === 0) return ""
  const width = Math.max(...ways.map(({ title }) => title.length))
  const lines = ways.flatMap(({ title, commands, note }, place) => {
    const [first = note, ...rest] = commands
    const indent = " ".repeat(width + 8)
    return [
      `  ${place + 1}. ${title.padEnd(width)}   ${first}`,
      ...rest.map(command => indent + command),
      ...(commands.length > 0 && note !== "" ? [indent + note] : []),
    ]
  })
  return ["Ways out, least change first", ...lines].join("\n")
}

const problemsPart = (problems: readonly Problem[]): string =>
  problems.length === 0
    ? ""
    : [
        "Faults of the configuration that matter here",
        ...problems.flatMap(({ severity, reason, object, field, message, facts }) => [
          `  ${severity}  ${reason}  ${object} ${field}: ${message}`,
          ...(fixOf(reason, facts) === "" ? [] : [`           fix    ${fixOf(reason, facts)}`]),
        ]),
      ].join("\n")

const unknownPart = (parts: readonly UnknownPart[]): string =>
  parts.length === 0
    ? ""
    : [
        "Not known",
        ...parts.flatMap(({ what, why, consequence }) => [
          `  unknown  ML630 ${what}: ${why}`,
          `           ${consequence}`,
        ]),
      ].join("\n")

const basis = ({ basedOn }: WhyReport): string =>
  `Based on: ${basedOn.serviceVersion === "" ? "" : `service rv ${basedOn.serviceVersion}, `}${count(basedOn.nodes, "node")}, ${count(basedOn.pools, "pool")}, ${count(basedOn.advertisements, "advertisement")}, read ${clockTime(basedOn.readAt)}`

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`

/** "Why not this node?": the row of one node with what to do; undefined where the report does not know the node. */
export const whyNodeText = (report: WhyReport, node: string, { style }: WhyOptions): string | undefined => {
  const rows = report.announcements.flatMap(({ addresses, nodes }) =>
    nodes.filter(row => row.node === node).map(row => ({ addresses, row })),
  )
  const overBgp = report.bgp === undefined ? [] : bgpNodeLines(report.bgp, node, style)
  if (rows.length === 0 && overBgp.length === 0) return undefined
  const head = `${style.paint("subject", report.service)}  ${report.addresses.join(", ")}  `
  const layer2 = rows.map(({ addresses, row }) => {
    const rank = row.rank === undefined ? "" : `, rank ${row.rank}`
    const tone = row.verdict === "rejected" ? "error" : "ok"
    return `${style.paint("subject", report.service)}  ${addresses.join(", ")}  ${node} ${style.paint(tone, row.verdict)}${rank}: ${saying(row.reason, row.facts)}${fixLine(row.reason, row.facts)}`
  })
  return [...layer2, ...(overBgp.length === 0 ? [] : [head + overBgp.join("\n")])].join("\n")
}

/** "Why not this pool?": likewise for one pool. */
export const whyPoolText = (report: WhyReport, pool: string, { style }: WhyOptions): string | undefined => {
  const row = report.pools.find(({ pool: name }) => name === pool)
  if (row === undefined) return undefined
  const tone = row.verdict === "rejected" ? "error" : "ok"
  const word = row.verdict === "not-tried" ? "not tried" : row.verdict
  return `${style.paint("subject", report.service)}  pool ${pool} ${style.paint(tone, word)}, ${freeText(row)} free: ${saying(row.reason, row.facts)}${fixLine(row.reason, row.facts)}`
}
