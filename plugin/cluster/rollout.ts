import type { Facts } from "../../agent/core/outcome.ts"
import type { ReasonCode } from "../../agent/core/reasons.ts"
import type { Api } from "./api.ts"
import { at, type Json, listAt, numberAt, textAt } from "./json.ts"
import { type Kind, kinds } from "./kinds.ts"
import { containersOf, get, isObserved, labelsOf, list } from "./objects.ts"

export type Component = "controller" | "speaker"

/** How far one of the two workloads is. */
export type Rollout = {
  readonly component: Component
  readonly exists: boolean
  readonly wanted: number
  readonly ready: number
  /** All wanted pods are of the newest generation and ready. */
  readonly complete: boolean
  /** "speaker 2 of 3 ready, node-c pulling image"; for people who wait. */
  readonly missing: string
  /** Set where waiting longer cannot help. */
  readonly hopeless: { readonly code: ReasonCode; readonly facts: Facts } | undefined
  /** Tags of the images that the pods run, sorted, each once. */
  readonly versions: readonly string[]
  readonly nodesByVersion: ReadonlyMap<string, readonly string[]>
  /** Nodes on which the component is MetalLB's, sorted. */
  readonly foreign: readonly string[]
}

const kindOf: Readonly<Record<Component, Kind>> = { controller: kinds.deployment, speaker: kinds.daemonSet }

/** Looks at both workloads and their pods. */
export const readRollouts = async (api: Api, namespace: string): Promise<readonly Rollout[]> => {
  const [controller, speaker, pods] = await Promise.all([
    get(api, kinds.deployment, namespace, "controller"),
    get(api, kinds.daemonSet, namespace, "speaker"),
    list(api, kinds.pod, { namespace, labels: "app=metallb" }),
  ])
  const rollouts = [judge("controller", controller, pods), judge("speaker", speaker, pods)]
  return Promise.all(rollouts.map(rollout => withCreationFault(api, namespace, rollout)))
}

const judge = (component: Component, workload: Json, allPods: readonly Json[]): Rollout => {
  const pods = allPods.filter(pod => labelsOf(pod)["component"] === component)
  const { wanted, current, ready } = countsOf(component, workload)
  const exists = workload !== undefined
  const complete = exists && isObserved(workload) && wanted > 0 && current === wanted && ready === wanted
  const image = textAt(containersOf(workload)[0], "image")
  const newest = pods.filter(
    pod =>
      at(pod, "metadata", "deletionTimestamp") === undefined && textAt(pod, "spec", "containers", 0, "image") === image,
  )
  const waits = newest.flatMap(pod => (isReady(pod) ? [] : [waitOf(pod)])).sort()
  const nodesByVersion = new Map<string, string[]>()
  for (const pod of pods) {
    const version = tagOf(textAt(pod, "spec", "containers", 0, "image"))
    nodesByVersion.set(version, [...(nodesByVersion.get(version) ?? []), textAt(pod, "spec", "nodeName")].sort())
  }
  return {
    component,
    exists,
    wanted,
    ready,
    complete,
    missing: `${component} ${ready} of ${exists && isObserved(workload) ? wanted : "?"} ready${waits.length === 0 ? "" : `, ${summary(waits)}`}`,
    hopeless: complete ? undefined : hopelessOf(component, workload, newest),
    versions: [...nodesByVersion.keys()].sort(),
    nodesByVersion,
    foreign: pods
      .filter(pod => !isOurs(pod))
      .map(pod => textAt(pod, "spec", "nodeName"))
      .sort(),
  }
}

/** Both programs of ours are one, which is told what it is; MetalLB's are two that are not. */
export const isOurs = (pod: Json): boolean =>
  listAt(pod, "spec", "containers").some(container =>
    listAt(container, "args").some(arg => /^--?mode(=|$)/.test(String(arg))),
  )

const countsOf = (component: Component, workload: Json) =>
  component === "controller"
    ? {
        wanted: Number(at(workload, "spec", "replicas") ?? 0),
        current: numberAt(workload, "status", "updatedReplicas"),
        ready: numberAt(workload, "status", "readyReplicas"),
      }
    : {
        wanted: numberAt(workload, "status", "desiredNumberScheduled"),
        current: numberAt(workload, "status", "updatedNumberScheduled"),
        ready: numberAt(workload, "status", "numberReady"),
      }

const isReady = (pod: Json): boolean =>
  listAt(pod, "status", "conditions").some(
    condition => textAt(condition, "type") === "Ready" && textAt(condition, "status") === "True",
  )

/** "node-c pulling image": what a pod that is not ready waits for. */
const waitOf = (pod: Json): string => {
  const node = textAt(pod, "spec", "nodeName")
  if (node === "") return "a pod waits for a node"
  const state = at(pod, "status", "containerStatuses", 0, "state")
  const waiting = textAt(state, "waiting", "reason")
  if (waiting === "" && at(state, "running") !== undefined) return `${node} starting`
  if (waiting === "ContainerCreating" || waiting === "") return `${node} creating the container`
  return `${node} ${waiting}`
}

/** At most two of the waits; the rest is counted. */
const summary = (waits: readonly string[]): string =>
  waits.slice(0, 2).join(", ") + (waits.length > 2 ? `, and ${waits.length - 2} more` : "")

const refusedPulls = ["ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"]

const hopelessOf = (component: Component, workload: Json, pods: readonly Json[]): Rollout["hopeless"] => {
  const failure = listAt(workload, "status", "conditions").find(
    condition => textAt(condition, "type") === "ReplicaFailure" && textAt(condition, "status") === "True",
  )
  if (failure !== undefined) return impossible(component, textAt(failure, "message"))
  for (const pod of pods) {
    const name = textAt(pod, "metadata", "name")
    const reason = textAt(pod, "status", "containerStatuses", 0, "state", "waiting", "reason")
    const install = textAt(pod, "metadata", "namespace")
    if (refusedPulls.includes(reason))
      return { code: "ML606", facts: { pod: name, image: textAt(pod, "spec", "containers", 0, "image"), install } }
    if (reason === "CrashLoopBackOff") return { code: "ML607", facts: { pod: name, install } }
  }
  return undefined
}

const impossible = (component: Component, why: string): Rollout["hopeless"] => ({
  code: "ML612",
  facts: { component, why, object: `${component === "controller" ? "deployment" : "daemonset"} ${component}` },
})

/** A DaemonSet tells only by an event that its pods are refused (quota, pod security). */
const withCreationFault = async (api: Api, namespace: string, rollout: Rollout): Promise<Rollout> => {
  if (rollout.component !== "speaker" || rollout.complete || rollout.hopeless !== undefined) return rollout
  if (rollout.versions.length > 0 || rollout.wanted === 0) return rollout
  const events = await list(api, kinds.event, {
    namespace,
    fields: "involvedObject.kind=DaemonSet,involvedObject.name=speaker,reason=FailedCreate",
  })
  const message = textAt(events.at(-1), "message")
  return message === "" ? rollout : { ...rollout, hopeless: impossible("speaker", message) }
}

/** The tag of an image, or the image where it has none. */
export const tagOf = (image: string): string => /:([^:/@]+)(@.*)?$/.exec(image)?.[1] ?? image

/** The kind and name of a component's workload: "deployment/controller". */
export const workloadName = (component: Component): string => `${kindOf[component].kind.toLowerCase()}/${component}`
