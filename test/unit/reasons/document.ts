import { type Reason, reasonCodes, reasonOf } from "../../../agent/core/reasons.ts"

const chapters = [
  ["ML0", "The service"],
  ["ML1", "Allocation"],
  ["ML2", "Configuration"],
  ["ML3", "Layer 2 announcement"],
  ["ML4", "BGP announcement"],
  ["ML6", "Cluster and installation"],
  ["ML9", "The program itself"],
] as const

/** docs/reasons.md: the table of reasons as a page. */
export const reasonsDocument = (): string => {
  const codes = reasonCodes()
  const entry = (code: (typeof codes)[number]) => {
    const { title, meaning, fix, see }: Reason = reasonOf(code)
    const lines = [`### ${code}: ${title}`, "", meaning, ""]
    if (fix !== "") lines.push("Fix:", "", `    ${fix}`, "")
    if (see !== undefined) lines.push("See:", "", `    ${see}`, "")
    return lines.join("\n")
  }
  const parts = chapters.flatMap(([prefix, title]) => {
    const of = codes.filter(code => code.startsWith(prefix))
    return of.length === 0 ? [] : [`## ${title}\n`, ...of.map(entry)]
  })
  return [
    "# Reason codes",
    "",
    "Printed from `agent/core/reasons/`; `kubectl metallb explain CODE` says the same. Words in braces stand for names of your cluster.",
    "",
    ...parts,
  ].join("\n")
}
