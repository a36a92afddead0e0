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
 * The status of a ConfigurationState. `problems` undefined: the configuration was not read yet, and the result is Unknown.
 * Each error is a line that begins with `configuration error: `, in MetalLB's words where scripts compare with them; those
 * words may go over several lines. Warnings leave the result Valid and stand in the condition alone.
 */
export const configurationStateOf = (
  problems: readonly Problem[] | undefined,
  component: Component,
  { before, now }: StateHistory,
): ConfigurationStateStatus => {
  if (problems === undefined) return { result: "Unknown", errorSummary: "", conditions: [] }
  const errors = problems.filter(({ severity }) => severity === "error")
  const warnings = problems.filter(({ severity }) => severity === "warning")
  const { condition: type } = stateReporterOf(component)
  if (errors.length === 0) {
    const message = messageOf(warnings.map(summaryOf("configuration warning")), moreOf("configuration warning"))
    const condition = { type, status: "True" as const, reason: "Reconciled", message }
    return { result: "Valid", errorSummary: "", conditions: [conditionSince(condition, before, now)] }
  }
  const message = messageOf(errors.map(summaryOf("configuration error")), moreOf("configuration error"))
  const condition = { type, status: "False" as const, reason: "ConfigurationError", message }
  return { result: "Invalid", errorSummary: message, conditions: [conditionSince(condition, before, now)] }
}

const summaryOf =
  (prefix: string) =>
  (problem: Problem): string =>
    `${prefix}: ${problem.summary ?? problemText(problem)}`

const moreOf =
  (prefix: string) =>
  (count: number): string =>
    `${prefix}: and ${count} more; the agent's log lists them`
