import { keyOf } from "../core/allocate/claim.ts"
import type { EventIntent } from "../core/allocate/event.ts"
import type { ObjectKey, Service } from "../core/model.ts"
import { serviceReference } from "../object-reference.ts"
import type { EventRecorder } from "../ports/kube/events.ts"

export type ServiceEvents = {
  /** Records what a look at the service gave, unless the last look gave the same. */
  readonly tell: (service: Service, events: readonly EventIntent[]) => void
  /** Keeps what is to be told once a write succeeds: the next look finds the address taken and has nothing to say about it. */
  readonly owe: (service: Service, events: readonly EventIntent[]) => void
  /** What is owed, if the look itself gave nothing; owed no longer. */
  readonly settle: (service: Service, events: readonly EventIntent[]) => readonly EventIntent[]
  readonly forget: (service: ObjectKey) => void
}

/** One event for each transition. Bounded by the services: one text and one list of events each. */
export const createServiceEvents = (recorder: EventRecorder): ServiceEvents => {
  const told = new Map<ObjectKey, string>()
  const owed = new Map<ObjectKey, readonly EventIntent[]>()
  return {
    tell: (service, events) => {
      const key = keyOf(service)
      const text = events.map(event => `${event.reason} ${event.message}`).join("\n")
      if (text === "") told.delete(key)
      if (text === "" || told.get(key) === text) return
      told.set(key, text)
      for (const { type, reason, message } of events)
        recorder.record({ about: serviceReference(service), type, reason, message })
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
