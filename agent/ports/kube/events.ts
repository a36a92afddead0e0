import { type Clock, type Millis, pause } from "../clock.ts"
import { type Log, textOf } from "../log.ts"
import type { Random } from "../random.ts"
import { isPassing, isStatus } from "./api-error.ts"
import { backoff } from "./backoff.ts"
import { type ApiRequest, type KubeClient, mergePatch, sendPatiently } from "./client.ts"
import { NotLeadingError } from "./leader-client.ts"

/** What an event is about. */
export type ObjectReference = {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export type EventNote = {
  readonly about: ObjectReference
  readonly type: "Normal" | "Warning"
  /** A word: IPAllocated, nodeAssigned. */
  readonly reason: string
  readonly message: string
}

export type EventRecorder = {
  /** Returns at once; the event is sent when its turn comes, or counted as dropped. */
  readonly record: (note: EventNote) => void
  readonly stop: () => void
}

export type RecorderOptions = {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** metallb-controller or metallb-speaker. */
  readonly component: string
  /** Pod or node that reports. */
  readonly instance: string
  readonly onDropped: () => void
  /** Whether something more urgent is to be written; each event makes way for a second at most. */
  readonly busy?: () => boolean
}

/** An event that was sent and may be repeated. */
type Told = {
  readonly name: string
  readonly namespace: string
  count: number
  /** Monotonic instant of the last request for it. */
  sentAt: Millis
}

type Bucket = { tokens: number; filledAt: Millis }

/** Distinct events remembered, so that a repeat raises a count instead of making an object. The oldest is forgotten first. */
const mostTold = 4096
/** Events that wait to be sent; beyond it a new one is dropped and counted. */
const mostQueued = 2048
/** One object makes at most 25 events at once and then one every 30 s. */
const burst = 25
const refillEvery = 30_000
/** A repeat is written at most once a minute; what happened in between is in the count. */
const repeatEvery = 60_000
const mostMessage = 1024
/** Rounds of attempts for one event, with these waits between them: about ten minutes in all. */
const mostRounds = 24
/** An event makes way for so long, and looks so often whether it still has to. */
const mostWay = 1_000
const lookEvery = 50
const rounds = { first: 1_000, most: 30_000 }

/**
 * Kubernetes events (core/v1), never a flood: the same words about the same object become one event with a count, each object
 * has an allowance, the queue is bounded, and two requests are under way at most, so that events never delay an address.
 */
export const createRecorder = (options: RecorderOptions): EventRecorder => {
  const { client, clock, random, component, instance, onDropped, busy = () => false } = options
  const log = options.log.from("kube/events")
  const told = new Map<string, Told>()
  /** By object; bounded with `told`. */
  const buckets = new Map<string, Bucket>()
  const queue: (() => Promise<void>)[] = []
  const control = new AbortController()
  let underWay = 0
  let serial = 0
  let failing = false

  const forgetOldest = <V>(map: Map<string, V>) => {
    const oldest = map.size > mostTold ? map.keys().next() : undefined
    if (oldest !== undefined && oldest.done !== true) map.delete(oldest.value)
  }

  const allowed = (uid: string): boolean => {
    const now = clock.monotonic()
    const bucket = buckets.get(uid) ?? { tokens: burst, filledAt: now }
    const refill = Math.floor((now - bucket.filledAt) / refillEvery)
    bucket.tokens = Math.min(burst, bucket.tokens + refill)
    bucket.filledAt += refill * refillEvery
    buckets.set(uid, bucket)
    forgetOldest(buckets)
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }

  const send = async (request: ApiRequest): Promise<void> => {
    await sendPatiently(client, { ...request, signal: control.signal }, { clock, random })
  }

  /** In a burst an event costs the API server as much as an address, and nobody waits for it; a full queue does not wait either. */
  const makeWay = async (): Promise<void> => {
    for (let waited = 0; waited < mostWay && busy() && queue.length < mostQueued / 2; waited += lookEvery)
      await pause(clock, lookEvery, control.signal)
  }

  /** Sends one event; while the server is away it waits with it, so that an outage loses none. */
  const deliver = async (job: () => Promise<void>): Promise<void> => {
    await makeWay()
    for (let failures = 1; !control.signal.aborted; failures++) {
      try {
        await job()
        failing = false
        return
      } catch (error) {
        if (control.signal.aborted) return
        if (!failing) log.warn("events cannot be written", { error: textOf(error) })
        failing = true
        const mayPass = isPassing(error) || error instanceof NotLeadingError
        if (!mayPass || failures === mostRounds) return onDropped()
        await pause(clock, backoff(rounds, failures, random), control.signal)
      }
    }
  }

  const pump = () => {
    while (underWay < 2) {
      const next = queue.shift()
      if (next === undefined) return
      underWay++
      deliver(next).then(() => {
        underWay--
        pump()
      })
    }
  }

  const enqueue = (job: () => Promise<void>) => {
    if (control.signal.aborted) return
    if (queue.length >= mostQueued) return onDropped()
    queue.push(job)
    pump()
  }

  const create = (key: string, note: EventNote) => {
    const now = new Date(clock.wall()).toISOString().replace(/\.\d+Z$/, "Z")
    const namespace = note.about.namespace === "" ? "default" : note.about.namespace
    const name = `${note.about.name.slice(0, 200)}.${Math.floor(clock.wall()).toString(16)}${(serial++).toString(16)}`
    told.set(key, { name, namespace, count: 1, sentAt: clock.monotonic() })
    forgetOldest(told)
    const body = JSON.stringify({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: note.about,
      type: note.type,
      reason: note.reason,
      message: note.message.slice(0, mostMessage),
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      source: { component, host: instance },
      reportingComponent: component,
      reportingInstance: instance,
    })
    enqueue(async () => {
      try {
        await send({ method: "POST", path: `/api/v1/namespaces/${namespace}/events`, body })
      } catch (error) {
        // 409: the first try arrived after all. 403 and 404: the namespace is going or gone, and the event's object with it.
        if (!isStatus(error, 409) && !isStatus(error, 403) && !isStatus(error, 404)) throw error
        log.debug("event refused", { error: textOf(error) })
      }
    })
  }

  const repeat = (key: string, event: Told) => {
    event.count++
    if (clock.monotonic() - event.sentAt < repeatEvery) return
    event.sentAt = clock.monotonic()
    enqueue(async () => {
      const lastTimestamp = new Date(clock.wall()).toISOString().replace(/\.\d+Z$/, "Z")
      const path = `/api/v1/namespaces/${event.namespace}/events/${event.name}`
      const body = JSON.stringify({ count: event.count, lastTimestamp })
      try {
        await send({ method: "PATCH", path, contentType: mergePatch, body })
      } catch (error) {
        // Events live for an hour; the next repeat makes a new one.
        if (!isStatus(error, 404)) throw error
        told.delete(key)
      }
    })
  }

  return {
    record: note => {
      const { about } = note
      const key = [about.kind, about.namespace, about.name, about.uid, note.type, note.reason, note.message].join("\n")
      const known = told.get(key)
      if (known !== undefined) return repeat(key, known)
      if (!allowed(`${about.kind}/${about.namespace}/${about.name}`)) return onDropped()
      create(key, note)
    },
    stop: () => {
      control.abort()
      queue.length = 0
    },
  }
}
