import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { nearest } from "../cli/nearest.ts"
import { at, type Json, type JsonObject, listAt, mapAt, numberAt, textAt } from "./json.ts"
import { type Kind, kinds } from "./kinds.ts"
import { labelsOf } from "./objects.ts"

/** What a service is made from: as `kubectl expose` takes it from a workload. */
export type Exposable = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly selector: Readonly<Record<string, string>>
  readonly ports: readonly PortOrder[]
}

export type PortOrder = { readonly port: number; readonly target: number | string; readonly protocol: string }

const types: readonly { readonly names: readonly string[]; readonly kind: Kind }[] = [
  { names: ["deployment", "deployments", "deploy"], kind: kinds.deployment },
  { names: ["statefulset", "statefulsets", "sts"], kind: kinds.statefulSet },
  { names: ["replicaset", "replicasets", "rs"], kind: kinds.replicaSet },
  { names: ["pod", "pods", "po"], kind: kinds.pod },
  { names: ["replicationcontroller", "replicationcontrollers", "rc"], kind: kinds.replicationController },
  { names: ["service", "services", "svc"], kind: kinds.service },
]

/** The kind behind a word such as "deploy" or "deployments.apps"; throws a Failure (exit 2) with the nearest word. */
export const exposableKind = (word: string): Kind => {
  const wanted = word.toLowerCase().replace(/\.(apps|v1.*)$/, "")
  const found = types.find(({ names }) => names.includes(wanted))
  if (found !== undefined) return found.kind
  const near = nearest(
    wanted,
    types.flatMap(({ names }) => names),
  )
  throw new Failure(exitCodes.usage, {
    message: `cannot expose a ${word}`,
    fix: near ?? `one of ${types.map(({ names }) => names[0]).join(", ")}`,
    usageOf: "kubectl metallb expose",
  })
}

/** Reads selector and ports of a workload. Throws a Failure where it has no selector that a service could use. */
export const readExposable = (object: JsonObject, kind: Kind): Exposable => ({
  name: textAt(object, "metadata", "name"),
  labels: labelsOf(object),
  selector: selectorOf(object, kind),
  ports: portsOf(object, kind),
})

const selectorOf = (object: JsonObject, kind: Kind): Readonly<Record<string, string>> => {
  if (listAt(object, "spec", "selector", "matchExpressions").length > 0)
    throw new Failure(exitCodes.no, {
      message: `${kind.kind} ${textAt(object, "metadata", "name")} selects its pods by matchExpressions, which a service cannot`,
      where: "spec.selector.matchExpressions",
      fix: "write the service by hand with a selector of labels",
    })
  const source =
    kind === kinds.pod
      ? mapAt(object, "metadata", "labels")
      : kind === kinds.service || kind === kinds.replicationController
        ? mapAt(object, "spec", "selector")
        : mapAt(object, "spec", "selector", "matchLabels")
  const selector = Object.fromEntries(
    Object.entries(source).flatMap(([key, value]) => (typeof value === "string" ? [[key, value] as const] : [])),
  )
  if (Object.keys(selector).length > 0) return selector
  throw new Failure(exitCodes.no, {
    message: `${kind.kind} ${textAt(object, "metadata", "name")} has no labels to select its pods by`,
    where: kind === kinds.pod ? "metadata.labels" : "spec.selector",
    fix: "give the pods a label, such as app=NAME",
  })
}

const portsOf = (object: JsonObject, kind: Kind): readonly PortOrder[] => {
  if (kind === kinds.service)
    return listAt(object, "spec", "ports").map(one => ({
      port: numberAt(one, "port"),
      target: targetOf(at(one, "targetPort"), numberAt(one, "port")),
      protocol: textAt(one, "protocol") || "TCP",
    }))
  const spec = kind === kinds.pod ? at(object, "spec") : at(object, "spec", "template", "spec")
  return listAt(spec, "containers")
    .flatMap(container => listAt(container, "ports"))
    .map(one => ({
      port: numberAt(one, "containerPort"),
      target: numberAt(one, "containerPort"),
      protocol: textAt(one, "protocol") || "TCP",
    }))
}

const targetOf = (target: Json, port: number): number | string =>
  typeof target === "number" || typeof target === "string" ? target : port

/** Reads "80", "80:8080", "53:dns/udp". */
export const readPortOrder = (text: string): PortOrder => {
  const read = /^(\d+)(?::([a-z0-9-]+))?(?:\/(tcp|udp|sctp))?$/i.exec(text)
  const port = Number(read?.[1])
  const target = read?.[2] === undefined ? port : /^\d+$/.test(read[2]) ? Number(read[2]) : read[2]
  const isPort = (number: number) => number >= 1 && number <= 65535
  if (read !== null && isPort(port) && (typeof target === "string" || isPort(target)))
    return { port, target, protocol: (read[3] ?? "tcp").toUpperCase() }
  throw new Failure(exitCodes.usage, {
    message: `--port does not know "${text}"`,
    where: `--port ${text}`,
    fix: "PORT[:TARGET][/udp] with numbers from 1 to 65535, such as 80:8080",
    usageOf: "kubectl metallb expose",
  })
}

export type ServiceWishes = {
  readonly namespace: string
  readonly name: string
  readonly ports: readonly PortOrder[]
  readonly annotations: Readonly<Record<string, string>>
  readonly local: boolean
}

/** The Service as `kubectl expose --type=LoadBalancer` would make it: several ports are named port-1, port-2. */
export const serviceFor = ({ labels, selector }: Exposable, wishes: ServiceWishes): JsonObject => ({
  apiVersion: kinds.service.apiVersion,
  kind: kinds.service.kind,
  metadata: {
    name: wishes.name,
    namespace: wishes.namespace,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(wishes.annotations).length === 0 ? {} : { annotations: wishes.annotations }),
  },
  spec: {
    type: "LoadBalancer",
    selector,
    ports: wishes.ports.map(({ port, target, protocol }, place) => ({
      ...(wishes.ports.length > 1 ? { name: `port-${place + 1}` } : {}),
      port,
      targetPort: target,
      protocol,
    })),
    ...(wishes.local ? { externalTrafficPolicy: "Local" } : {}),
  },
})
