import { keyOf } from "../core/allocate/claim.ts"
import type { Convergence } from "../core/allocate/convergence.ts"
import type { ObjectKey, Service } from "../core/model.ts"
import { timeText } from "../core/quarantine/quarantine.ts"
import type { Edges } from "../edges.ts"
import type { Millis } from "../ports/clock.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { sendPatiently, strategicPatch } from "../ports/kube/client.ts"
import { NotLeadingError } from "../ports/kube/leader-client.ts"
import type { Reflector } from "../ports/kube/reflector.ts"
import { paths } from "../ports/kube/resources.ts"
import { createWorkQueue } from "../ports/kube/work-queue.ts"
import { textOf } from "../ports/log.ts"
import { type Conditions, conditionPatches, conditionsAfter, isTold } from "./condition.ts"

export type ServiceConditions = {
  /** The conditions of a service follow what a look at it said, and wrote nothing. */
  readonly settle: (service: Service, looked: Convergence) => void
  readonly stop: () => void
}

/** Who waits for less than this is told nothing: in a burst nearly every service does. */
const patience = 2_000

/**
 * Keeps our conditions of services: one request when one comes, has another reason, or goes without an address to be written (with one, the
 * write of the address takes it away). Numbers in its words may be older. Conditions of others are not touched. BOUNDED: the services whose conditions are not as they should be.
 */
export const keepServiceConditions = (edges: Edges, services: Reflector<Service>): ServiceConditions => {
  const { client, clock, random } = edges
  const log = edges.log.from("controller/service-conditions")
  const wanted = new Map<ObjectKey, { readonly conditions: Conditions; readonly since: Millis }>()

  const write = async (service: Service, wished: Conditions) => {
    const conditions = conditionPatches(service, wished, timeText(clock.wall()))
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
