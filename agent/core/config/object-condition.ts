import type { Condition } from "./condition.ts"
import { conditionSince, messageOf, validType } from "./condition.ts"
import type { Problem } from "./model.ts"
import type { StateHistory } from "./state.ts"

/**
 * The condition Valid of one object ("ipaddresspool/public"). Its reason is the code of the first error, or of the first
 * warning where there is no error, or Accepted; the message names the fields.
 */
export const validConditionOf = (
  object: string,
  generation: number,
  problems: readonly Problem[],
  { before, now }: StateHistory,
): Condition => {
  const own = problems.filter(problem => problem.object === object)
  const errors = own.filter(({ severity }) => severity === "error")
  const told = errors.length > 0 ? errors : own
  const lines = told.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`))
  const condition = {
    type: validType,
    status: errors.length > 0 ? ("False" as const) : ("True" as const),
    reason: told[0]?.reason ?? "Accepted",
    message: messageOf(lines, count => `and ${count} more`),
    ...(generation > 0 ? { observedGeneration: generation } : {}),
  }
  return conditionSince(condition, before, now)
}

/** Whether the object says so already; the time of the last change follows from the rest. */
export const isTold = (told: Condition | undefined, wanted: Condition): boolean =>
  told !== undefined &&
  told.status === wanted.status &&
  told.reason === wanted.reason &&
  told.message === wanted.message &&
  told.observedGeneration === wanted.observedGeneration
