import type { Meta } from "../model.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import type { Problem } from "./model.ts"

/** The sentence for people: object, field, what is wrong and what is allowed. */
export const problemText = (problem: Problem): string =>
  `${problem.object}${problem.field === "" ? "" : `, ${problem.field}`}: ${problem.message}`

/** Collects the problems of one object; every problem carries the facts that the fixes of its reason need. */
export class Problems {
  readonly #object: string
  readonly #common: Facts
  readonly #found: Problem[] = []
  /** Where people find a field. */
  readonly placeOf: (field: string) => string
  #conclusion = ""

  /** `placeOf` turns the path of a field into where people find it, for objects that were read from a text. */
  constructor(
    kind: string,
    meta: Pick<Meta, "name" | "namespace">,
    placeOf: (field: string) => string = field => field,
  ) {
    this.placeOf = placeOf
    this.#object = `${kind}/${meta.name}`
    this.#common = { kind, name: meta.name, namespace: meta.namespace }
  }

  /** `summary`: the words of MetalLB for it, where scripts compare with them. */
  error(reason: ReasonCode, field: string, message: string, facts: Facts = {}, summary?: string): void {
    this.#add("error", reason, field, message, facts, summary)
  }

  warning(reason: ReasonCode, field: string, message: string, facts: Facts = {}): void {
    this.#add("warning", reason, field, message, facts)
  }

  /** Says behind the errors, or where there are none behind the warnings, what became of the object as a whole. */
  conclude(conclusion: string): void {
    this.#conclusion = `; ${conclusion}`
  }

  get concluded(): boolean {
    return this.#conclusion !== ""
  }

  get found(): readonly Problem[] {
    const severity = this.broken ? "error" : "warning"
    return this.#found.map(problem =>
      problem.severity === severity ? { ...problem, message: problem.message + this.#conclusion } : problem,
    )
  }

  get broken(): boolean {
    return this.#found.some(problem => problem.severity === "error")
  }

  #add(
    severity: Problem["severity"],
    reason: ReasonCode,
    path: string,
    message: string,
    facts: Facts,
    summary?: string,
  ): void {
    const field = this.placeOf(path)
    this.#found.push({
      severity,
      reason,
      object: this.#object,
      field,
      message,
      facts: { ...this.#common, field, ...facts },
      ...(summary === undefined ? {} : { summary }),
    })
  }
}
