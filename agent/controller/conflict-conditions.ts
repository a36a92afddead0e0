import type { Allocation } from "../core/allocate/allocation.ts"
import { keyOf } from "../core/allocate/claim.ts"
import { conflictCondition } from "../core/kube/decode-service.ts"
import type { ObjectKey, Service } from "../core/model.ts"
import type { Outcome } from "../core/outcome.ts"
import { timeText } from "../core/quarantine/quarantine.ts"
import { phraseOf } from "../core/sentence.ts"
import type { Edges } from "../edges.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { sendPatiently, strategicPatch } from "../ports/kube/client.ts"
import { NotLeadingError } from "../ports/kube/leader-client.ts"
import type { Reflector } from "../ports/kube/reflector.ts"
import { paths } from "../ports/kube/resources.ts"
import { createWorkQueue } from "../ports/kube/work-queue.ts"
import { textOf } from "../ports/log.ts"

export type ConflictConditions = {
  /** The condition of a service follows what a look at it said. */
  readonly settle: (service: Service, outcome: Outcome<Allocation>) => void
  readonly stop: () => void
}

/**
 * Keeps the condition of services that have the address which they asked for by name, and that another machine has as well. One request when it
 * comes, changes or goes; conditions of others are not touched. BOUNDED: the services whose condition is not as it should be.
 */
export const keepConflictConditions = (edges: Edges, services: Reflector<Service>): ConflictConditions => {
  const { client, clock, random } = edges
  const log = edges.log.from("controller/conflict-conditions")
  const wanted = new Map<ObjectKey, string | undefined>()

  const write = async (service: Service, message: string | undefined) => {
    const condition =
      message === undefined
        ? { $patch: "delete", type: conflictCondition }
        : {
            type: conflictCondition,
            status: "True",
            reason: "AnsweredByAnotherMachine",
            message,
            lastTransitionTime: timeText(clock.wall()),
          }
    const path = paths.serviceStatus(service.namespace, service.name)
    const body = JSON.stringify({ status: { conditions: [condition] } })
    const request = { method: "PATCH", path, contentType: strategicPatch, body } as const
    services.learn(await sendPatiently(client, request, { clock, random }), service.resourceVersion)
  }

  const queue = createWorkQueue({
    clock,
    random,
    concurrency: 1,
    work: async key => {
      const service = services.get(key)
      const message = wanted.get(key)
      if (service === undefined || !wanted.has(key) || service.conflict === message) {
        wanted.delete(key)
        return "done"
      }
      try {
        await write(service, message)
        wanted.delete(key)
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
    settle: (service, outcome) => {
      const key = keyOf(service)
      const kept = outcome.ok && outcome.reason === "ML173" ? outcome.trace[0]?.facts : undefined
      const message = kept === undefined ? undefined : `${phraseOf("ML173", kept)} [ML173]`
      if (service.conflict === message && !wanted.has(key)) return
      wanted.set(key, message)
      queue.add(key)
    },
    stop: queue.stop,
  }
}
