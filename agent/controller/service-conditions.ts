import { keyOf } from "../core/allocate/claim.ts"
import type { Convergence } from "../core/allocate/convergence.ts"
import { allocatedCondition, conflictCondition } from "../core/kube/decode-service.ts"
import type { ObjectKey, Service } from "../core/model.ts"
import type { Facts } from "../core/outcome.ts"
import { timeText } from "../core/quarantine/quarantine.ts"
import type { ReasonCode } from "../core/reasons.ts"
import { phraseOf } from "../core/sentence.ts"
import type { Edges } from "../edges.ts"
import type { Millis } from "../ports/clock.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { sendPatiently, strategicPatch } from "../ports/kube/client.ts"
import { NotLeadingError } from "../ports/kube/leader-client.ts"
import type { Reflector } from "../ports/kube/reflector.ts"
import { paths } from "../ports/kube/resources.ts"
import { createWorkQueue } from "../ports/kube/work-queue.ts"
import { textOf } from "../ports/log.ts"

export type ServiceConditions = {
  /** The conditions of a service follow what a look at it said, and wrote nothing. */
  readonly settle: (service: Service, looked: Convergence) => void
  readonly stop: () => void
}

/** Messages of the conditions; undefined: the condition is not there. */
type Conditions = {
  /** AddressConflict is True: another machine has the address that the service asks for by name. */
  readonly conflict: string | undefined
  /** AddressAllocated is False: the service waits for an address. */
  readonly pending: string | undefined
}

/** Who waits for less than this is told nothing: in a burst nearly every service does. */
const patience = 2_000
const mostMessage = 1_000

/**
 * Keeps our conditions of services: one request when one comes, goes, or has another reason; numbers in its words may be older. Conditions of
 * others are not touched. BOUNDED: the services whose conditions are not as they should be.
 */
export const keepServiceConditions = (edges: Edges, services: Reflector<Service>): ServiceConditions => {
  const { client, clock, random } = edges
  const log = edges.log.from("controller/service-conditions")
  const wanted = new Map<ObjectKey, { readonly conditions: Conditions; readonly since: Millis }>()

  const write = async (service: Service, { conflict, pending }: Conditions) => {
    const lastTransitionTime = timeText(clock.wall())
    const conditions = [
      ...(isSame(service.conflict, conflict)
        ? []
        : [conditionOf(conflictCondition, "True", "AnsweredByAnotherMachine", conflict, lastTransitionTime)]),
      ...(isSame(service.pending, pending)
        ? []
        : [conditionOf(allocatedCondition, "False", codesIn(pending).at(-1) ?? "", pending, lastTransitionTime)]),
    ]
    const path = paths.serviceStatus(service.namespace, service.name)
    const request = {
      method: "PATCH",
      path,
      contentType: strategicPatch,
      body: JSON.stringify({ status: { conditions } }),
    } as const
    services.learn(await sendPatiently(client, request, { clock, random }), service.resourceVersion)
  }

  const queue = createWorkQueue({
    clock,
    random,
    concurrency: 1,
    work: async key => {
      const service = services.get(key)
      const entry = wanted.get(key)
      if (service === undefined || entry === undefined || isTold(service, entry.conditions)) {
        wanted.delete(key)
        return "done"
      }
      const early = entry.since + patience - clock.monotonic()
      if (early > 0 && service.pending === undefined && entry.conditions.pending !== undefined) {
        return { again: true, after: early }
      }
      try {
        await write(service, entry.conditions)
        if (wanted.get(key) === entry) wanted.delete(key)
        return "done"
      } catch (error) {
        // Who leads now looks at the service as well.
        if (isStatus(error, 404) || error instanceof NotLeadingError) {
          wanted.delete(key)
          return "done"
        }
        log.warn("condition not written", { service: key, error: textOf(error) })
        return { again: true }
      }
    },
    onBug: bug => {
      throw bug
    },
  })

  return {
    settle: (service, looked) => {
      const key = keyOf(service)
      const conditions = conditionsAfter(looked)
      if (isTold(service, conditions)) return void wanted.delete(key)
      wanted.set(key, { conditions, since: wanted.get(key)?.since ?? clock.monotonic() })
      queue.add(key)
    },
    stop: queue.stop,
  }
}

const conditionsAfter = ({ action, addresses, outcome }: Convergence): Conditions => {
  const kept = outcome.ok && outcome.reason === "ML173" ? outcome.trace[0]?.facts : undefined
  const waits = action !== "ignore" && addresses.length === 0 && !outcome.ok
  return {
    conflict: kept === undefined ? undefined : told("ML173", kept),
    pending: waits ? told(outcome.reason, outcome.facts) : undefined,
  }
}

const told = (code: ReasonCode, facts: Facts): string => {
  const text = phraseOf(code, facts)
  return `${text.length > mostMessage ? `${text.slice(0, mostMessage)}…` : text} [${code}]`
}

const conditionOf = (
  type: string,
  status: "True" | "False",
  reason: string,
  message: string | undefined,
  lastTransitionTime: string,
) => (message === undefined ? { $patch: "delete", type } : { type, status, reason, message, lastTransitionTime })

const isTold = (service: Service, { conflict, pending }: Conditions): boolean =>
  isSame(service.conflict, conflict) && isSame(service.pending, pending)

/** Whether both are there or not, for the same reasons. */
const isSame = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && codesIn(a).join() === codesIn(b).join())

const codesIn = (message = ""): readonly string[] =>
  [...message.matchAll(/\[(ML\d{3})\]/g)].map(([, code]) => code ?? "")
