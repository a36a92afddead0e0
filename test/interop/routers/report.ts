import type { Result, Results } from "./results.ts"

const columns = ["IPv4", "IPv6", "both"] as const

const marks = { works: "yes", failed: "**FAILED**", lacks: "–" } as const

/** `docs/interop.md` from a run of the whole matrix. */
export const report = (results: readonly Results[]): string => {
  const cells = results.flatMap(({ cells: column }) => column)
  const features = [...new Set(cells.map(({ feature }) => feature))]
  const names = results.map(({ router }) => router)
  const cell = (feature: string, router: string): string => {
    const here = cells.filter(one => one.feature === feature && one.router === router)
    const verdicts = new Set(here.map(({ verdict }) => verdict))
    if (here.length === 0) return ""
    if (verdicts.size === 1) return marks[here[0]?.verdict ?? "failed"]
    return here.map(({ carried, verdict }) => `${carried} ${marks[verdict]}`).join(", ")
  }
  const carriedIn = (feature: string) =>
    columns.filter(name => cells.some(({ feature: f, carried }) => f === feature && carried === name)).join(", ")
  const row = (words: readonly string[]) => `| ${words.join(" | ")} |`
  return [
    "# Interoperation with real routers",
    "",
    "Written by `npm run test:interop -- --full` from its run: each cell started the daemon in a network namespace with a configuration of its own,",
    "ran the session against it, and asked the daemon what it saw. “both” is IPv4 and IPv6 on one session over IPv4.",
    "“yes” holds for every family of the row, “–” is explained below with the daemon's own words.",
    "",
    row(["Daemon", "Version"]),
    row(["---", "---"]),
    ...results.map(({ router, version }) => row([router, version])),
    "",
    row(["What", "Over", ...names]),
    row(["---", "---", ...names.map(() => "---")]),
    ...features.map(feature => row([feature, carriedIn(feature), ...names.map(name => cell(feature, name))])),
    "",
    ...section(
      "What a daemon lacks",
      cells.filter(({ verdict }) => verdict === "lacks"),
    ),
    ...section(
      "Worth knowing",
      cells.filter(({ verdict, note }) => verdict === "works" && note !== ""),
    ),
    ...section(
      "What failed",
      cells.filter(({ verdict }) => verdict === "failed"),
    ),
  ].join("\n")
}

/** A line for each note; the same one for several families is told once. */
const section = (title: string, cells: readonly Result[]): readonly string[] => {
  const lines = [...new Set(cells.map(({ router, feature, note }) => `- ${router}, ${feature}: ${note}`))]
  return lines.length === 0 ? [] : [`## ${title}`, "", ...lines, ""]
}
