import type { Aside, Result, Results } from "./results.ts"

/** A row: what it is called, and what it is run over. */
export type Row = { readonly name: string; readonly carried: readonly string[] }

const line = (words: readonly (string | number)[]) => `| ${words.join(" | ")} |`
const rule = (width: number) => line(Array.from({ length: width }, () => "---"))

const marks = { works: "yes", failed: "**FAILED**", lacks: "–", "not reached": "not reached" } as const

/** `docs/interop.md` from what runs of the whole matrix found. */
export const report = (rows: readonly Row[], results: readonly Results[], aside: Aside): string => {
  const cells = results.flatMap(({ cells: column }) => column)
  const names = results.map(({ router }) => router)
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
    "against it, and asked the daemon what it saw. “both” is IPv4 and IPv6 on one session over IPv4 unless it says otherwise. “yes” holds for all that the row was run",
    "over, “–” is explained below in the daemon's own words, “not reached” is a cell in which the daemon let nothing happen that the promise is about, and an empty cell",
    "was not run.",
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
    ...told("What was not reached", "not reached"),
    ...told("Worth knowing", "works"),
    ...told("What failed", "failed"),
    ...malformedSection(aside.malformed),
    ...ecmpSection(aside.ecmp),
  ].join("\n")
}

const malformedSection = (treated: Aside["malformed"]): readonly string[] =>
  treated.length === 0
    ? []
    : [
        "## What a peer sends that it should not",
        "",
        "A scripted peer had a session and sent these messages, written here from behind the marker (length, type, body). What became of each is what the run saw, and",
        "what RFC 7606 and RFC 4271 section 6 want, else the run fails. Those after which the session stays came one after another on one session.",
        "",
        line(["Sent", "Bytes", "What became of it"]),
        rule(3),
        ...treated.map(({ what, sent, became }) => line([what, `\`${sent}\``, became])),
        "",
      ]

const ecmpSection = (spreads: Aside["ecmp"]): readonly string[] =>
  spreads.length === 0
    ? []
    : [
        "## Several nodes behind one router (ECMP)",
        "",
        "Three nodes announce one address to a router on their switch, with BFD at 100 ms. A client behind the router opens one connection after another to the address;",
        "then the third node is powered off: its processes killed, its cable pulled.",
        "",
        line([
          "Router",
          "Connections answered by each node",
          "Route gone after the power off",
          "After that, by each node",
          "Lost since the power off",
        ]),
        rule(5),
        ...spreads.map(({ router, before, after, routeGone, lost }) =>
          line([router, shares(before), `${routeGone} ms`, shares(after), lost]),
        ),
        "",
      ]

const shares = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([node, count]) => `${node}: ${count}`)
    .join(", ")

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
