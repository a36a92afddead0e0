/**
 * Every reason that a decision can carry, once. The agent's events and metrics, the plugin's `why-ip` and `explain`, and
 * docs/reasons.md are all printed from this table.
 *
 * Numbers: ML0xx service, ML1xx allocation, ML2xx configuration, ML3xx layer 2 announcement, ML6xx cluster and installation,
 * ML9xx the program itself. A number is never given a second meaning; a code that is no longer used stays listed as retired.
 * `title` and `meaning` are sentences for people; `fix` is what to type or change ({name} placeholders are filled from the
 * facts of the step). A code that says "yes" has an empty fix.
 */
export type Reason = {
  readonly title: string
  readonly meaning: string
  readonly fix: string
  readonly see?: string
}

const table = {
  ML001: {
    title: "Service is not of type LoadBalancer",
    meaning: "Only services of type LoadBalancer get an address from a pool.",
    fix: 'kubectl patch service {service} -n {namespace} -p \'{"spec":{"type":"LoadBalancer"}}\'',
  },
  ML002: {
    title: "Service belongs to another load balancer",
    meaning:
      "spec.loadBalancerClass names a class that this installation does not serve, so it is left to whoever does.",
    fix: "create the service again without spec.loadBalancerClass, or start the agents with --lb-class={class}",
  },
} as const satisfies Record<string, Reason>

export type ReasonCode = keyof typeof table

/** The entry of a code. */
export const reasonOf = (code: ReasonCode): Reason => table[code]

/** All codes in ascending order. */
export const reasonCodes = (): readonly ReasonCode[] => (Object.keys(table) as ReasonCode[]).sort()
