import type { Result, Results } from "./results.ts"

/** A row: what it is called, and what it is run over. */
export type Row = { readonly name: string; readonly carried: readonly string[] }

const marks = { works: "yes", failed: "**FAILED**", lacks: "–" } as const

/** `docs/interop.md` from what runs of the whole matrix found. */
export const report = (rows: readonly Row[], results: readonly Results[]): string => {
  const cells = results.flatMap(({ cells: column }) => column)
  const names = results.map(({ router }) => router)
  const line = (words: readonly (string | number)[]) => `| ${words.join(" | ")} |`
  const rule = (width: number) => line(Array.from({ length: width }, () => "---"))
  const cell = ({ name, carried }: Row, router: string): string => {
    const here = cells.filter(one => one.feature === name && one.router === router)
    const [first] = here
    const isOne = here.length === carried.length && here.every(({ verdict }) => verdict === first?.verdict)
    if (first !== undefined && isOne) return marks[first.verdict]
    return here.map(one => `${one.carried} ${marks[one.verdict]}`).join(", ")
  }
  const told = (title: string, verdict: Result["verdict"]): readonly string[] => {
    const lines = notes(
      rows,
      cells.filter(one => one.verdict === verdict && one.note !== ""),
    )
    return lines.length === 0 ? [] : [`## ${title}`, "", ...lines, ""]
  }
  return [
    "# Interoperation with real routers",
    "",
    "Written by `npm run test:interop -- --full`: each cell started the daemon in a network namespace with a configuration of its own, ran the agent's session",
    "against it, and asked the daemon what it saw. “both” is IPv4 and IPv6 on one session over IPv4. “yes” holds for all that the row was run over, “–” is explained",
    "below in the daemon's own words, and an empty cell was not run.",
    "",
    line(["Daemon", "Version"]),
    rule(2),
    ...results.map(({ router, version }) => line([router, version])),
    "",
    line(["", "What", "Over", ...names]),
    rule(names.length + 3),
    ...rows.map((row, at) => line([at + 1, row.name, row.carried.join(", "), ...names.map(name => cell(row, name))])),
    "",
    ...told("What a daemon lacks", "lacks"),
    ...told("Worth knowing", "works"),
    ...told("What failed", "failed"),
  ].join("\n")
}

/** What is the same for several rows of a router is told once, with their numbers. */
const notes = (rows: readonly Row[], cells: readonly Result[]): readonly string[] => {
  const numbers = new Map<string, Set<number>>()
  for (const { router, feature, note } of cells) {
    const text = `${router}: ${note}`
    const known = numbers.get(text) ?? new Set()
    numbers.set(text, known.add(rows.findIndex(({ name }) => name === feature) + 1))
  }
  return [...numbers].map(([text, at]) => `- ${text} (${at.size === 1 ? "row" : "rows"} ${[...at].join(", ")})`)
}
