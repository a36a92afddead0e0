import type { Condition } from "./core/config/condition.ts"
import {
  type Component,
  type ConfigurationStateStatus,
  configurationStateOf,
  type Findings,
  stateLabelsOf,
  stateNameOf,
  stateReporterOf,
} from "./core/config/state.ts"
import { decodeCore } from "./core/kube/decoded.ts"
import type { Edges } from "./edges.ts"
import type { Timer } from "./ports/clock.ts"
import { applyPatch, sendPatiently } from "./ports/kube/client.ts"
import { NotLeadingError } from "./ports/kube/leader-client.ts"
import { createReflector, type Source } from "./ports/kube/reflector.ts"
import { paths } from "./ports/kube/resources.ts"
import { createWorkQueue, type WorkResult } from "./ports/kube/work-queue.ts"
import { textOf } from "./ports/log.ts"

/** The own pod as an owner of objects: its name, and its UID where the pod exists. */
export const ownPod = (name: string, uid: string | undefined) => (uid === undefined ? undefined : { name, uid })

/** What a ConfigurationState says, as far as it is ours. */
type Told = {
  readonly owners: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly result: string
  readonly errorSummary: string
  readonly conditions: readonly Condition[]
}

const stateSource = (namespace: string, name: string): Source<Told> => ({
  what: "ConfigurationState",
  path: paths.configurationStates(namespace),
  query: { fieldSelector: `metadata.name=${name}` },
  decode: json =>
    decodeCore("configurationstate", json, ({ labels }, root) => {
      const status = root.child("status")
      return {
        owners: root
          .child("metadata")
          .children("ownerReferences")
          .map(owner => owner.text("uid")),
        labels,
        result: status.text("result"),
        errorSummary: status.text("errorSummary"),
        conditions: status.children("conditions").map(condition => ({
          type: condition.text("type"),
          status: statusOf(condition.text("status")),
          reason: condition.text("reason"),
          message: condition.text("message"),
          lastTransitionTime: condition.text("lastTransitionTime"),
        })),
      }
    }),
})

const statusOf = (text: string): Condition["status"] => (text === "True" || text === "False" ? text : "Unknown")

export type ConfigurationStateOptions = {
  readonly namespace: string
  readonly component: Component
  /** The own pod, with which the object goes; undefined where the program runs by hand. */
  readonly pod: { readonly name: string; readonly uid: string } | undefined
  /** Whether this process writes it now; a standby controller does not. */
  readonly acting: () => boolean
}

export type ConfigurationStateWriter = {
  /** What is wrong with the configuration now. */
  readonly tell: (findings: Findings) => void
  /** Looks again whether the object is as it should be. */
  readonly check: () => void
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly stop: () => void
}

/** For so long a new object may lack a result; then it says Unknown until the configuration was read. */
const unknownAfter = 5_000
/** Speakers of a large cluster hear of a change at one moment and write within this time of it. */
const spread = 1_000
/** How long a write of ours may take to come back by the watch before it is looked for again. */
const echoWithin = 5_000

/**
 * Keeps the ConfigurationState of one component: made when it is missing, by server-side apply, and written only where its
 * content differs, so that a start or a judgement that changes nothing costs no write. Bounded: one object, one request at a
 * time.
 */
export const createConfigurationState = (
  edges: Edges,
  { namespace, component, pod, acting }: ConfigurationStateOptions,
): ConfigurationStateWriter => {
  const { client, clock, random } = edges
  const log = edges.log.from("configuration-state")
  const name = stateNameOf(component)
  const labels = stateLabelsOf(component)
  const { manager, condition: type } = stateReporterOf(component)
  const path = `${paths.configurationStates(namespace)}/${name}`
  let findings: Findings | undefined
  let patience = false
  /** Our last write, until the watch brings it. */
  let written: { readonly text: string; readonly at: number } | undefined

  const states = createReflector(stateSource(namespace, name), edges, () => {
    if (now() === undefined) written = undefined
    check()
  })
  const now = () => states.get(`${namespace}/${name}`)

  const apply = (where: string, content: object) => {
    const body = JSON.stringify({
      apiVersion: "metallb.io/v1beta1",
      kind: "ConfigurationState",
      metadata: { name, namespace },
      ...content,
    })
    const query = { fieldManager: manager, force: "true" }
    const request = { method: "PATCH", path: where, query, contentType: applyPatch, body } as const
    return sendPatiently(client, request, { clock, random })
  }

  const isFramed = (told: Told): boolean =>
    Object.entries(labels).every(([key, value]) => told.labels[key] === value) &&
    (pod === undefined || (told.owners.length === 1 && told.owners[0] === pod.uid))

  const frame = () => {
    const ownerReferences = pod === undefined ? {} : { ownerReferences: [{ apiVersion: "v1", kind: "Pod", ...pod }] }
    return apply(path, { metadata: { name, namespace, labels, ...ownerReferences } })
  }

  const wantedStatus = (told: Told | undefined): ConfigurationStateStatus | undefined => {
    // Until the configuration was read, an earlier verdict stands, and a new object waits a moment for its first.
    if (findings === undefined && ((told?.result ?? "") !== "" || !patience)) return undefined
    return configurationStateOf(findings, component, { before: told?.conditions ?? [], now: clock.wall() })
  }

  const textOfStatus = ({ result, errorSummary, conditions }: Omit<Told, "owners" | "labels">): string =>
    JSON.stringify([
      result,
      errorSummary,
      conditions
        .filter(each => each.type === type)
        .map(({ status, reason, message, lastTransitionTime }) => [status, reason, message, lastTransitionTime]),
    ])

  const work = async (): Promise<WorkResult> => {
    const { synced, installed } = states.state()
    if (!acting() || !synced || !installed) return "done"
    const told = now()
    const status = wantedStatus(told)
    const text = status === undefined ? "" : textOfStatus(status)
    const framed = told !== undefined && isFramed(told)
    const says = told === undefined || status === undefined ? "" : textOfStatus(told)
    if (framed && says === text) return "done"
    const wait = written?.text === text ? written.at + echoWithin - clock.monotonic() : 0
    if (wait > 0) return { again: true, after: wait }
    try {
      if (!framed) await frame()
      if (status !== undefined && says !== text) await apply(`${path}/status`, { status })
      written = { text, at: clock.monotonic() }
      return "done"
    } catch (error) {
      if (error instanceof NotLeadingError) return "done"
      log.warn("ConfigurationState not written", { name, error: textOf(error) })
      return { again: true }
    }
  }
  const onBug = (bug: unknown) => {
    throw bug
  }
  const queue = createWorkQueue({ clock, random, concurrency: 1, work, onBug })
  const timers = new Set<Timer>()
  const later = (ms: number, run: () => void) => {
    const timer = clock.after(ms, () => {
      timers.delete(timer)
      run()
    })
    timers.add(timer)
  }
  let planned = false
  /** Changes of one moment are written once. */
  const check = () => {
    if (planned) return
    planned = true
    later(component.kind === "controller" ? 0 : random() * spread, () => {
      planned = false
      queue.add(name)
    })
  }
  return {
    tell: found => {
      findings = found
      check()
    },
    check,
    run: signal => {
      later(unknownAfter, () => {
        patience = true
        check()
      })
      return states.run(signal)
    },
    stop: () => {
      for (const timer of timers) timer.cancel()
      queue.stop()
    },
  }
}
