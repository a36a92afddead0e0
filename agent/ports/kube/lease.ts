import {
  type Election,
  electionAtStart,
  type Identity,
  identityText,
  type LeaseEffect,
  type LeaseEvent,
  type LeaseRecord,
  type LeaseTimings,
  type LeaseWrite,
  mayWrite,
  usualTimings,
} from "../../core/lease/election.ts"
import { step } from "../../core/lease/step.ts"
import type { Leadership, LeadershipEvents } from "../../leadership.ts"
import { type Clock, type Millis, pause, type Timer } from "../clock.ts"
import { type Log, textOf } from "../log.ts"
import type { Metrics } from "../metrics.ts"
import type { Random } from "../random.ts"
import { GarbledAnswerError, isStatus } from "./api-error.ts"
import { type ApiRequest, type KubeClient, mergePatch } from "./client.ts"
import { fieldOf, identityOf, textField } from "./objects.ts"
import { paths } from "./resources.ts"

export type LeaseEdges = {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
}

export type LeaseOptions = {
  readonly namespace: string
  /** Name of the Lease. */
  readonly name: string
  readonly identity: Identity
  readonly timings?: LeaseTimings
}

/** A second renewal must fit before the deadline when the first one gets no answer. */
const requestLimit = 4_000
const releaseLimit = 900

const recordOf = (raw: unknown): LeaseRecord => {
  const { resourceVersion } = identityOf(raw)
  if (resourceVersion === "") throw new GarbledAnswerError("the answer is no Lease")
  const spec = fieldOf(raw, "spec")
  const whole = (name: string) => {
    const value = fieldOf(spec, name)
    return typeof value === "number" && Number.isSafeInteger(value) ? value : 0
  }
  return {
    holder: textField(spec, "holderIdentity"),
    duration: whole("leaseDurationSeconds") * 1000,
    renewedAt: textField(spec, "renewTime"),
    transitions: whole("leaseTransitions"),
    version: resourceVersion,
  }
}

/** RFC 3339 with six digits, which is what the API's MicroTime reads. */
const microTime = (wall: Millis): string => new Date(wall).toISOString().replace("Z", "000Z")

/** Takes part in the election for one Lease: at most one request at a time and one timer. https://kubernetes.io/docs/concepts/architecture/leases/ */
export const leaseLeadership = (edges: LeaseEdges, options: LeaseOptions): Leadership => {
  const { client, clock, random } = edges
  const { namespace, name, identity, timings = usualTimings } = options
  const log = edges.log.from("kube/lease")
  const gauge = edges.metrics.gauge(
    "metallb_controller_leader",
    "1 while this controller may write, 0 while it stands by.",
  )
  gauge.set(0)
  const path = paths.leases(namespace)
  const control = new AbortController()
  let state: Election = electionAtStart(identity, timings)
  let listener: LeadershipEvents | undefined
  let timer: Timer | undefined
  let lastError: string | undefined
  let looked = false
  const lookers: (() => void)[] = []
  let onReleased: (() => void) | undefined

  const answered = () => {
    for (const resolve of lookers.splice(0)) resolve()
    looked = true
  }

  const bodyOf = ({ base, holder, transitions, acquired }: LeaseWrite) => {
    const now = microTime(clock.wall())
    const seconds = holder === "" ? 1 : timings.duration / 1000
    const spec = {
      holderIdentity: holder === "" ? null : holder,
      leaseDurationSeconds: seconds,
      renewTime: now,
      leaseTransitions: transitions,
      ...(acquired ? { acquireTime: now } : {}),
    }
    return base === undefined
      ? { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name, namespace }, spec }
      : { metadata: { resourceVersion: base }, spec }
  }

  const requestOf = (effect: LeaseEffect & { readonly kind: "read" | "write" }): ApiRequest => {
    const common = { timeout: requestLimit, signal: control.signal }
    if (effect.kind === "read") return { method: "GET", path: `${path}/${name}`, ...common }
    const body = JSON.stringify(bodyOf(effect))
    if (effect.base === undefined) return { method: "POST", path, body, ...common }
    return { method: "PATCH", path: `${path}/${name}`, contentType: mergePatch, body, ...common }
  }

  const eventOf = async (effect: LeaseEffect & { readonly kind: "read" | "write" }): Promise<LeaseEvent> => {
    const sentAt = clock.monotonic()
    try {
      const record = recordOf(await client.send(requestOf(effect)))
      lastError = undefined
      return effect.kind === "read" ? { kind: "read", record } : { kind: "written", record, sentAt }
    } catch (error) {
      if (control.signal.aborted) return { kind: "failed" }
      if (isStatus(error, 409)) return { kind: "refused" }
      // A namespace that is missing answers 404 to a create too; that is a failure like others.
      if (isStatus(error, 404) && (effect.kind === "read" || effect.base !== undefined))
        return { kind: "read", record: undefined }
      const text = textOf(error)
      if (text !== lastError) log.warn("the Lease cannot be read or written", { lease: name, error: text })
      lastError = text
      return { kind: "failed" }
    }
  }

  const perform = (effect: LeaseEffect) => {
    switch (effect.kind) {
      case "read":
      case "write":
        void eventOf(effect).then(take)
        return
      case "lead":
        log.info("leading", { lease: name, identity: identityText(identity) })
        gauge.set(1)
        return listener?.lead(effect.after)
      case "suspend":
        log.warn("the Lease could not be renewed in time; nothing is written until it is", { lease: name })
        gauge.set(0)
        return listener?.suspend()
      case "resume":
        log.info("leading again", { lease: name })
        gauge.set(1)
        return listener?.resume()
      case "follow":
        log.warn("another controller took the Lease", { lease: name, holder: effect.holder })
        gauge.set(0)
        return listener?.follow()
      case "released":
        gauge.set(0)
        onReleased?.()
    }
  }

  const take = (event: LeaseEvent) => {
    if (control.signal.aborted) return
    const before = state
    const { next, effects, wakeAt } = step(state, event, clock.monotonic(), random())
    state = next
    timer?.cancel()
    const wait = wakeAt === undefined ? undefined : Math.max(0, wakeAt - clock.monotonic())
    timer = wait === undefined ? undefined : clock.after(wait, () => take({ kind: "tick" }))
    for (const effect of effects) perform(effect)
    const holder = next.seen?.record.holder
    if (next.role.kind === "standby" && !next.busy) {
      if (holder !== undefined && holder !== before.seen?.record.holder)
        log.info("standing by", { lease: name, holder: holder === "" ? "nobody" : holder })
      answered()
    } else if (next.role.kind !== "standby") answered()
  }

  return {
    start: events => {
      listener = events
      take({ kind: "tick" })
    },
    remaining: () => {
      const now = clock.monotonic()
      return state.role.kind === "leading" && mayWrite(state, now) ? state.role.until - now : 0
    },
    firstLook: () => (looked ? Promise.resolve() : new Promise(resolve => lookers.push(resolve))),
    missing: () => {
      if (state.seen !== undefined) return []
      return [`Lease ${namespace}/${name} not read yet${lastError === undefined ? "" : `: ${lastError}`}`]
    },
    release: async () => {
      const held = state.role.kind !== "standby"
      const released = new Promise<void>(resolve => (onReleased = resolve))
      take({ kind: "release" })
      const late = pause(clock, releaseLimit, control.signal)
      await Promise.race([released, late])
      if (held) log.info("gave the Lease back", { lease: name, certain: state.role.kind === "released" })
      timer?.cancel()
      control.abort()
      answered()
    },
  }
}
