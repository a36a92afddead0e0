import type { Position, YamlNode } from "../yaml/tree.ts"
import { allKeys } from "./legacy-shapes.ts"
import type { Problems } from "./problem.ts"
import type { Finding } from "./shape.ts"
import { childOf } from "./shape.ts"

/** Reports a finding with its place in the text. */
export const report = (finding: Finding, problems: Problems): void => {
  const { at } = finding
  const facts = { line: at.line, column: at.column, ...finding.facts }
  if (finding.severity === "error") problems.error(finding.reason, placeOf(at), finding.message, facts)
  else problems.warning(finding.reason, placeOf(at), finding.message, facts)
}

/** A place in data.config, both numbers from 1. */
export const placeOf = (at: Position): string => `line ${at.line}, column ${at.column}`

/**
 * Finds the place in the text for the field of the resource that an entry amounts to; `keys` says which key holds which
 * field. Where the text has no such key, the nearest one around it is named; what is a place already stays.
 */
export const fieldPlaces =
  (node: YamlNode, keys: Readonly<Record<string, string>>) =>
  (field: string): string => {
    if (!field.startsWith("spec.")) return field
    let at: YamlNode | undefined = node
    let place = node.at
    for (const [step] of field.slice("spec.".length).matchAll(/[^.[\]]+/g)) {
      if (at?.kind === "list") at = at.items[Number(step)]
      else at = at === undefined ? undefined : childOf(at, keys[step] ?? step)
      if (at === undefined) break
      place = at.at
    }
    return placeOf(place)
  }

/**
 * Reports a text that is no YAML map. People leave out the colon of a key, or the space behind it, and YAML then stumbles
 * some lines further on: where a line looks so, that line is named instead of the place where the parser gave up.
 */
export const reportBrokenText = (
  text: string,
  failure: { readonly at: Position; readonly message: string } | undefined,
  problems: Problems,
): void => {
  const slip = findSlip(text)
  if (slip !== undefined) {
    const { at, key, message } = slip
    report({ severity: "error", reason: "ML245", at, message, facts: { key } }, problems)
    return
  }
  const at = failure?.at ?? { line: 1, column: 1 }
  const message =
    failure === undefined ? "the text is a single value; allowed is a map of keys and values" : failure.message
  report(
    { severity: "error", reason: "ML241", at, message: `data.config is not valid YAML: ${message}`, facts: {} },
    problems,
  )
}

type Slip = { readonly at: Position; readonly key: string; readonly message: string }

/** The first line that starts with a key that is followed by neither a colon nor a colon and a space. */
const findSlip = (text: string): Slip | undefined => {
  for (const [index, line] of text.split("\n").entries()) {
    const [, lead = "", word = "", rest = ""] = /^([ \t]*(?:-[ \t]+)?)([a-z0-9-]+)(.*)$/.exec(line.trimEnd()) ?? []
    if (!allKeys.includes(word)) continue
    const at = { line: index + 1, column: lead.length + 1 }
    if (rest === "" || /^[ \t]+[^: \t]/.test(rest)) {
      return { at, key: word, message: `"${word}" has no colon behind it; write "${word}:"` }
    }
    if (/^:[^ \t]/.test(rest)) {
      return { at, key: word, message: `the space behind "${word}:" is missing; write "${word}: ${rest.slice(1)}"` }
    }
  }
  return undefined
}
