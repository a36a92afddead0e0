import { phraseOf } from "../sentence.ts"
import type { Condition } from "./condition.ts"
import { conditionSince, messageOf } from "./condition.ts"
import type { Problem } from "./model.ts"
import { problemText } from "./problem.ts"

/** Whose view of the configuration a ConfigurationState tells. */
export type Component = { readonly kind: "controller" } | { readonly kind: "speaker"; readonly node: string }

export type ConfigurationStateStatus = {
  readonly result: "Valid" | "Invalid" | "Unknown"
  readonly errorSummary: string
  readonly conditions: readonly Condition[]
}

/** A part of the configuration that was refused or is of a kind that the API server does not know, and why. */
export type UnreadPart = { readonly what: string; readonly why: string }

/** What there is to say about a configuration. */
export type Findings = { readonly problems: readonly Problem[]; readonly unread: readonly UnreadPart[] }

/** What was written before, and the time in milliseconds since the epoch. */
export type StateHistory = { readonly before: readonly Condition[]; readonly now: number }

/** The name of the object of a component. Names of nodes are shorter than the longest name by far; longer ones are cut. */
export const stateNameOf = (component: Component): string =>
  component.kind === "controller" ? "controller" : `speaker-${component.node}`.slice(0, 253)

/** Labels by which the objects are found. A node's name may be too long for the value of a label and is left out then. */
export const stateLabelsOf = (component: Component): Readonly<Record<string, string>> => ({
  "metallb.io/component-type": component.kind,
  ...(component.kind === "speaker" && component.node.length <= 63 ? { "metallb.io/node-name": component.node } : {}),
})

/** The field manager under which a component applies its condition, and the condition's type. */
export const stateReporterOf = (component: Component): { readonly manager: string; readonly condition: string } =>
  component.kind === "controller"
    ? { manager: "poolReconciler", condition: "poolReconcilerValid" }
    : { manager: "configReconciler", condition: "configReconcilerValid" }

/**
 * The status of a ConfigurationState. `findings` undefined: the configuration was not read yet, and the result is Unknown.
 * Each error is a line that begins with `configuration error: `, in MetalLB's words where scripts compare with them; those
 * words may go over several lines. Warnings leave the result Valid and stand in the condition alone. Without an error, what
 * was not read makes the result Unknown; beside errors it stands in the condition alone.
 */
export const configurationStateOf = (
  findings: Findings | undefined,
  component: Component,
  { before, now }: StateHistory,
): ConfigurationStateStatus => {
  if (findings === undefined) return { result: "Unknown", errorSummary: "", conditions: [] }
  const { problems, unread } = findings
  const unknown = unread.map(facts => `configuration unknown: ${phraseOf("ML630", facts)} [ML630]`)
  const errors = problems.filter(({ severity }) => severity === "error")
  const warnings = problems.filter(({ severity }) => severity === "warning")
  const { condition: type } = stateReporterOf(component)
  const write = (condition: Omit<Condition, "type" | "lastTransitionTime">) => [
    conditionSince({ type, ...condition }, before, now),
  ]
  if (errors.length > 0) {
    const lines = errors.map(summaryOf("configuration error"))
    const more = moreOf("configuration error")
    const message = messageOf([...lines, ...unknown], more)
    const conditions = write({ status: "False", reason: "ConfigurationError", message })
    return { result: "Invalid", errorSummary: messageOf(lines, more), conditions }
  }
  if (unknown.length > 0) {
    const message = messageOf(unknown, moreOf("configuration unknown"))
    return {
      result: "Unknown",
      errorSummary: message,
      conditions: write({ status: "Unknown", reason: "InfraError", message }),
    }
  }
  const message = messageOf(warnings.map(summaryOf("configuration warning")), moreOf("configuration warning"))
  return { result: "Valid", errorSummary: "", conditions: write({ status: "True", reason: "Reconciled", message }) }
}

const summaryOf =
  (prefix: string) =>
  (problem: Problem): string =>
    `${prefix}: ${problem.summary ?? problemText(problem)}`

const moreOf =
  (prefix: string) =>
  (count: number): string =>
    `${prefix}: and ${count} more; the agent's log lists them`
