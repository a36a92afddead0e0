import type { Problem } from "../../agent/core/config/model.ts"
import { problemText } from "../../agent/core/config/problem.ts"
import { fixOf } from "../../agent/core/sentence.ts"
import type { Style } from "./style.ts"
import { painted, table } from "./table.ts"

/** What a check found; `unknown` are sentences on what could not be read. */
export type Checked = {
  readonly findings: readonly Problem[]
  readonly unknown: readonly string[]
  /** Objects that were judged. */
  readonly objects: number
  /** The context, or the files. */
  readonly from: string
}

/** Each finding with what to type, then the count that says whether anything was looked at. */
export const checkText = ({ findings, unknown, objects, from }: Checked, style: Style): string => {
  const rows = [
    ...findings.flatMap(problem => {
      const fix = fixOf(problem.reason, problem.facts)
      const word = row(problem.severity, style)
      return [[word, problem.reason, problemText(problem)], ...(fix === "" ? [] : [["", "fix", fix]])]
    }),
    ...unknown.map(text => [row("unknown", style), "ML630", text]),
  ]
  const counted = [
    count(findings.filter(({ severity }) => severity === "error").length, "error"),
    count(findings.filter(({ severity }) => severity === "warning").length, "warning"),
    ...(unknown.length === 0 ? [] : [`${unknown.length} unknown`]),
  ]
  const found = table([{ title: "" }, { title: "" }, { title: "" }], rows, "  ")
  return `${rows.length === 0 ? "" : `${found}\n\n`}${counted.join(", ")} in ${count(objects, "object")} of ${from}`
}

const row = (severity: "error" | "warning" | "unknown", style: Style) =>
  painted(style.mark(severity), style.glyphs ? `? ${severity}` : severity)

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`

/** The same for programs; `allowed` is there where the value of one field is wrong. */
export const checkDocument = ({ findings, unknown, objects, from }: Checked) => ({
  apiVersion: "cli.metallb.io/v1",
  kind: "Check",
  from,
  objects,
  findings: findings.map(({ severity, reason, object, field, message, facts }) => {
    const { allowed, line, column } = facts
    return {
      severity,
      code: reason,
      object,
      field,
      message,
      ...(allowed === undefined ? {} : { allowed: Array.isArray(allowed) ? allowed.join(", ") : String(allowed) }),
      ...(line === undefined ? {} : { line: Number(line), column: Number(column) }),
      fix: fixOf(reason, facts),
    }
  }),
  unknown: [...unknown],
})
