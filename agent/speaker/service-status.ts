import type { Announcer } from "../core/announce/present-owners.ts"
import type { Crypto } from "../core/crypto.ts"
import { decodeCore } from "../core/kube/decoded.ts"
import type { Fields } from "../core/kube/fields.ts"
import type { ObjectKey } from "../core/model.ts"
import type { Edges } from "../edges.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { mergePatch, sendPatiently } from "../ports/kube/client.ts"
import { createReflector, type ReflectorState, type Source } from "../ports/kube/reflector.ts"
import { createWorkQueue, type WorkResult } from "../ports/kube/work-queue.ts"
import { textOf } from "../ports/log.ts"

/** A kind of object that tells people and the plugin who announces a service, one for each service and node. */
export type StatusKind = {
  readonly kind: "ServiceL2Status" | "ServiceBGPStatus"
  readonly path: (namespace: string) => string
  /** What names of objects begin with. */
  readonly prefix: string
  /** One node alone announces a service in this way: what others left behind is the announcer's to remove. */
  readonly exclusive: boolean
  /** By what the node announces: interfaces or peers, by name. */
  readonly read: (status: Fields) => readonly string[]
  readonly write: (names: readonly string[]) => object
  /** Who writes, in the log. */
  readonly caller: string
}

type ServiceStatus = {
  readonly name: string
  readonly node: string
  readonly service: ObjectKey
  readonly names: readonly string[]
  /** It was created but its status was not written yet. */
  readonly blank: boolean
}

const nodeLabel = "metallb.io/node"
const serviceLabel = "metallb.io/service-name"
const namespaceLabel = "metallb.io/service-namespace"
/** A label holds at most 63 characters, the name of a node 253. */
const longestLabel = 63

/** Where every node has an object for every service, a node follows its own alone. */
const statusSource = (
  { kind, path, read, exclusive }: StatusKind,
  namespace: string,
  ownNode: string,
): Source<ServiceStatus> => ({
  what: kind === "ServiceL2Status" ? "ServiceL2Statuses" : "ServiceBGPStatuses",
  path: path(namespace),
  ...(exclusive || ownNode.length > longestLabel ? {} : { query: { labelSelector: `${nodeLabel}=${ownNode}` } }),
  decode: json =>
    decodeCore(kind.toLowerCase(), json, ({ name, labels }, root) => {
      const status = root.child("status")
      const service = status.text("serviceName") || (labels[serviceLabel] ?? "")
      return {
        name,
        node: status.text("node") || (labels[nodeLabel] ?? ""),
        service: `${status.text("serviceNamespace") || (labels[namespaceLabel] ?? "")}/${service}`,
        names: read(status),
        blank: status.text("node") === "",
      }
    }),
})

/** Names of interfaces or peers, sorted, for each service that this node announces. */
export type Wanted = ReadonlyMap<ObjectKey, readonly string[]>

export type ServiceStatusWriter = {
  readonly want: (wanted: Wanted) => void
  /** Whether the cluster already says that this node announces the service; undefined while that was not read. */
  readonly says: (service: ObjectKey) => boolean | undefined
  /** Whether the cluster says that another node announces it. */
  readonly saysOther: (service: ObjectKey) => boolean
  /** Who says of which service that it announces it, in no order. BOUNDED by what the API holds. */
  readonly announcers: () => readonly Announcer[]
  /** Whether it was read what the cluster says. */
  readonly known: () => boolean
  readonly state: () => ReflectorState
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly stop: () => void
}

export type ServiceStatusOptions = {
  readonly namespace: string
  readonly node: string
  /** The own pod, whose end takes the objects along; undefined when run by hand. */
  readonly owner: () => { readonly name: string; readonly uid: string } | undefined
  /** `says` knows more than before. */
  readonly onKnown: () => void
  /** Somebody says something else than before. */
  readonly onTold?: () => void
}

/** For so long after the start it may be unknown who announced before; then it counts as nobody. */
const knownWithin = 10_000
/** How long a write of ours may take to come back by the watch before it is looked for again. */
const echoWithin = 5_000

/** One object a service and node, always under the same name, so that no repetition makes two. */
const nameOf = (prefix: string, service: ObjectKey, node: string, crypto: Crypto): string =>
  `${prefix}${Buffer.from(crypto.sha256(`${service}#${node}`))
    .toString("hex")
    .slice(0, 16)}`

/**
 * Keeps the objects of one kind for the services that this node announces: two requests a service, and one more for each
 * object of a node that announced before, where one node alone does. Only the announcer writes. Bounded: what is wanted and what the API holds, 4 requests
 * at a time.
 */
export const createServiceStatus = (
  edges: Edges,
  kind: StatusKind,
  { namespace, node, owner, onKnown, onTold }: ServiceStatusOptions,
): ServiceStatusWriter => {
  const { client, clock, random, crypto } = edges
  const log = edges.log.from(kind.caller)
  const failed = edges.metrics.counter(
    "metallb_k8s_client_update_errors_total",
    "Status updates that could not be written.",
  )
  /** undefined until this node was judged for the first time: until then nothing of what is there is stale. */
  let wanted: Wanted | undefined
  /** Names of the objects of each service, and the service of each object. */
  const byService = new Map<ObjectKey, Set<string>>()
  const serviceOf = new Map<string, ObjectKey>()
  /** What was written and did not come back yet. */
  const written = new Map<ObjectKey, { readonly text: string; readonly at: number }>()

  /** When each object was last made. BOUNDED: those of the last five seconds. */
  const made = new Map<ObjectKey, number>()

  let known = false
  const knows = () => {
    if (known) return
    known = true
    onKnown()
  }
  const patience = clock.after(knownWithin, knows)

  const statuses = createReflector(statusSource(kind, namespace, node), edges, keys => {
    if (statuses.state().synced) knows()
    if (keys.size > 0) onTold?.()
    for (const key of keys) {
      const status = statuses.get(key)
      const before = serviceOf.get(key)
      if (before !== undefined) byService.get(before)?.delete(key)
      if (before !== undefined && byService.get(before)?.size === 0) byService.delete(before)
      serviceOf.delete(key)
      if (status !== undefined) {
        serviceOf.set(key, status.service)
        byService.set(status.service, (byService.get(status.service) ?? new Set()).add(key))
      } else if (before !== undefined) written.delete(before)
      for (const service of [before, status?.service])
        if (service !== undefined && (wanted?.has(service) === true || status?.node === node)) queue.add(service)
    }
  })

  const of = (service: ObjectKey) => [...(byService.get(service) ?? [])].flatMap(key => statuses.get(key) ?? [])
  const send = (request: Parameters<typeof sendPatiently>[1]) => sendPatiently(client, request, { clock, random })

  const remove = async (name: string) => {
    try {
      await send({ method: "DELETE", path: `${kind.path(namespace)}/${name}` })
    } catch (error) {
      if (!isStatus(error, 404)) throw error
    }
  }

  const create = async (name: string, service: ObjectKey) => {
    const [serviceNamespace = "", serviceName = ""] = service.split("/")
    const pod = owner()
    const labels = {
      [serviceLabel]: serviceName,
      [namespaceLabel]: serviceNamespace,
      ...(node.length > longestLabel ? {} : { [nodeLabel]: node }),
    }
    const ownerReferences = pod === undefined ? [] : [{ apiVersion: "v1", kind: "Pod", ...pod }]
    const metadata = { name, namespace, labels, ownerReferences }
    const body = JSON.stringify({ apiVersion: "metallb.io/v1beta1", kind: kind.kind, metadata, spec: {} })
    try {
      await send({ method: "POST", path: kind.path(namespace), body })
    } catch (error) {
      if (!isStatus(error, 409)) throw error
    }
  }

  const fill = async (name: string, service: ObjectKey, names: readonly string[]) => {
    const [serviceNamespace = "", serviceName = ""] = service.split("/")
    const status = { node, serviceName, serviceNamespace, ...kind.write(names) }
    const path = `${kind.path(namespace)}/${name}/status`
    await send({ method: "PATCH", path, contentType: mergePatch, body: JSON.stringify({ status }) })
  }

  /** Undefined where the object says what it should; else how to mend it. */
  const mend = async (service: ObjectKey, names: readonly string[]): Promise<WorkResult> => {
    const name = nameOf(kind.prefix, service, node, crypto)
    const text = names.join(" ")
    const known = of(service).find(status => status.name === name)
    if (known !== undefined && !known.blank && known.names.join(" ") === text) {
      written.delete(service)
      return "done"
    }
    const before = written.get(service)
    const wait = before?.text === text ? before.at + echoWithin - clock.monotonic() : 0
    if (wait > 0) return { again: true, after: wait }
    if (known === undefined) {
      // Two owners that do not hear each other would take turns at removing the other's object, as fast as the API answers.
      const now = clock.monotonic()
      for (const [key, at] of made) if (at + echoWithin <= now) made.delete(key)
      const last = made.get(service)
      if (last !== undefined) return { again: true, after: last + echoWithin - now }
      await create(name, service)
      made.set(service, now)
    }
    await fill(name, service, names)
    written.set(service, { text, at: clock.monotonic() })
    return "done"
  }

  const work = async (service: string): Promise<WorkResult> => {
    if (wanted === undefined || !statuses.state().synced) return { again: true }
    if (!statuses.state().installed) return "done"
    const names = wanted.get(service)
    const own = nameOf(kind.prefix, service, node, crypto)
    try {
      for (const status of of(service)) {
        const others = status.node !== node && !kind.exclusive
        const stale = names === undefined ? status.node === node : status.name !== own && !others
        if (stale) await remove(status.name)
      }
      if (names !== undefined) return await mend(service, names)
      written.delete(service)
      return "done"
    } catch (error) {
      failed.add()
      log.warn(`${kind.kind} not written`, { service, error: textOf(error) })
      return { again: true }
    }
  }

  const onBug = (bug: unknown) => {
    throw bug
  }
  const queue = createWorkQueue({ clock, random, concurrency: 4, work, onBug })
  return {
    want: now => {
      const before = wanted ?? new Map<ObjectKey, readonly string[]>()
      wanted = now
      for (const [service, names] of now) if (before.get(service)?.join(" ") !== names.join(" ")) queue.add(service)
      for (const service of before.keys()) if (!now.has(service)) queue.add(service)
    },
    says: service => (known ? of(service).some(status => status.node === node) : undefined),
    saysOther: service => of(service).some(status => status.node !== node && status.node !== ""),
    announcers: () => [...statuses.values()].filter(status => !status.blank),
    known: () => known,
    state: statuses.state,
    run: statuses.run,
    stop: () => {
      patience.cancel()
      queue.stop()
    },
  }
}
