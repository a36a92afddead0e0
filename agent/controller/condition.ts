import type { Convergence } from "../core/allocate/convergence.ts"
import { codesIn } from "../core/allocate/event.ts"
import { allocatedCondition, conflictCondition } from "../core/kube/decode-service.ts"
import type { Service } from "../core/model.ts"
import type { Facts } from "../core/outcome.ts"
import type { ReasonCode } from "../core/reasons.ts"
import { phraseOf } from "../core/sentence.ts"

/** Messages of our conditions of a service; undefined: the condition is not there. */
export type Conditions = {
  /** AddressConflict is True: another machine has the address that the service asks for by name. */
  readonly conflict: string | undefined
  /** AddressAllocated is False: the service waits for an address. */
  readonly pending: string | undefined
}

/** One entry of a strategic merge patch of status.conditions, whose key is the type. */
export type ConditionPatch = Readonly<Record<string, string>>

const mostMessage = 1_000

/** What a look at a service says by conditions. */
export const conditionsAfter = ({ action, addresses, outcome }: Convergence): Conditions => {
  const kept = outcome.ok && outcome.reason === "ML173" ? outcome.trace[0]?.facts : undefined
  const waits = action !== "ignore" && addresses.length === 0 && !outcome.ok
  return {
    conflict: kept === undefined ? undefined : told("ML173", kept),
    pending: waits ? told(outcome.reason, outcome.facts) : undefined,
  }
}

/** Whether the service says so already: by the same reasons, numbers in its words may be older. */
export const isTold = (service: Service, { conflict, pending }: Conditions): boolean =>
  isSame(service.conflict, conflict) && isSame(service.pending, pending)

/** What is to be written for the service to say so; `time` is RFC 3339. */
export const conditionPatches = (
  service: Service,
  { conflict, pending }: Conditions,
  time: string,
): readonly ConditionPatch[] => [
  ...(isSame(service.conflict, conflict)
    ? []
    : [patchOf(conflictCondition, "True", "AnsweredByAnotherMachine", conflict, time)]),
  ...(isSame(service.pending, pending)
    ? []
    : [patchOf(allocatedCondition, "False", codesIn(pending ?? "").at(-1) ?? "", pending, time)]),
]

/** Of these the ones that are over: they can go with the write that ends what they were about. */
export const endedConditions = (service: Service, { conflict, pending }: Conditions): readonly ConditionPatch[] => [
  ...(service.conflict !== undefined && conflict === undefined ? [removalOf(conflictCondition)] : []),
  ...(service.pending !== undefined && pending === undefined ? [removalOf(allocatedCondition)] : []),
]

const told = (code: ReasonCode, facts: Facts): string => {
  const text = phraseOf(code, facts)
  return `${text.length > mostMessage ? `${text.slice(0, mostMessage)}…` : text} [${code}]`
}

const patchOf = (
  type: string,
  status: "True" | "False",
  reason: string,
  message: string | undefined,
  lastTransitionTime: string,
): ConditionPatch => (message === undefined ? removalOf(type) : { type, status, reason, message, lastTransitionTime })

const removalOf = (type: string): ConditionPatch => ({ $patch: "delete", type })

/** Whether both are there or not, for the same reasons. */
const isSame = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && codesIn(a).join() === codesIn(b).join())
