import { annotationOf } from "../core/allocate/annotations.ts"
import { keyOf } from "../core/allocate/claim.ts"
import { type EventIntent, gistOf } from "../core/allocate/event.ts"
import type { ObjectKey, Service } from "../core/model.ts"
import { serviceReference } from "../object-reference.ts"
import type { EventRecorder } from "../ports/kube/events.ts"

export type ServiceEvents = {
  /** Records what a look at the service gave, of which the last look at it did not say the same. */
  readonly tell: (service: Service, events: readonly EventIntent[]) => void
  /** Records what a write brought about. */
  readonly tellWritten: (service: Service, events: readonly EventIntent[]) => void
  /** Keeps what is to be told once a write succeeds: the next look finds the address taken and has nothing to say about it. */
  readonly owe: (service: Service, events: readonly EventIntent[]) => void
  /** What is owed, if the look itself gave nothing; owed no longer. */
  readonly settle: (service: Service, events: readonly EventIntent[]) => readonly EventIntent[]
  readonly forget: (service: ObjectKey) => void
}

/**
 * One event for each transition: services that wait are looked at whenever anything around them changes, and then only the numbers in
 * the words are others. BOUNDED by the services: what was said last and one list of events each.
 */
export const createServiceEvents = (recorder: EventRecorder): ServiceEvents => {
  const told = new Map<ObjectKey, ReadonlySet<string>>()
  const owed = new Map<ObjectKey, readonly EventIntent[]>()

  const record = (service: Service, events: readonly EventIntent[]) => {
    for (const { type, reason, message } of events)
      recorder.record({ about: serviceReference(service), type, reason, message })
  }
  const remember = (service: Service, events: readonly EventIntent[]) => {
    if (events.length === 0) told.delete(keyOf(service))
    else told.set(keyOf(service), new Set(events.map(event => saysOf(service, event))))
  }

  return {
    tell: (service, events) => {
      const before = told.get(keyOf(service))
      record(
        service,
        events.filter(event => before?.has(saysOf(service, event)) !== true),
      )
      remember(service, events)
    },
    tellWritten: (service, events) => {
      record(service, events)
      remember(service, events)
    },
    owe: (service, events) => {
      if (events.length > 0) owed.set(keyOf(service), events)
    },
    settle: (service, events) => {
      const before = owed.get(keyOf(service)) ?? []
      owed.delete(keyOf(service))
      return events.length > 0 ? events : before
    },
    forget: service => {
      told.delete(service)
      owed.delete(service)
    },
  }
}

/** Whoever asks for something else gets an answer of its own, be it for the same reason. */
const saysOf = (service: Service, event: EventIntent): string => {
  const asked = [
    annotationOf(service, "address-pool"),
    annotationOf(service, "loadBalancerIPs"),
    service.loadBalancerIP,
  ]
  return [gistOf(event), ...asked].join("\n")
}
