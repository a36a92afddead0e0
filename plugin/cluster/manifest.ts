import type { Placement } from "../../agent/core/announce/context.ts"
import type { EmbeddedFile } from "./embedded.ts"
import { documentsOf } from "./embedded-documents.ts"
import { at, isList, isObject, type Json, type JsonObject, listAt, mapAt, textAt } from "./json.ts"
import { type Kind, kindOf } from "./kinds.ts"
import { containersOf } from "./objects.ts"

/** One object of the installation and where the server keeps its kind. */
export type Manifest = { readonly kind: Kind; readonly object: JsonObject }

export type ManifestWishes = {
  /** Where the agents are to live. */
  readonly namespace: string
  /** In the place of the image that the manifests name. */
  readonly image: string | undefined
  /** Speakers take connections of BGP peers on port 179 too. */
  readonly bgpPassive?: boolean
  /** How speakers put the nodes for an address in order. */
  readonly placement?: Placement
}

/** Kinds in the order in which they are applied: what others need comes first. */
const order = [
  "Namespace",
  "CustomResourceDefinition",
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "Deployment",
  "DaemonSet",
]

/** The embedded manifests as objects, ready to be applied one after the other. */
export const readManifests = (files: readonly EmbeddedFile[], wishes: ManifestWishes): readonly Manifest[] =>
  files
    .filter(({ path }) => path === "namespace.yaml" || path.startsWith("crds/") || path.startsWith("agent/"))
    .flatMap(file => documentsOf(file).map(object => manifestOf(file.path, object)))
    .map(({ kind, object }) => ({ kind, object: placed(object, wishes) }))
    .sort(
      (a, b) => order.indexOf(a.kind.kind) - order.indexOf(b.kind.kind) || compare(nameOf(a.object), nameOf(b.object)),
    )

/** The images that the installation makes the nodes pull; each once. */
export const imagesOf = (manifests: readonly Manifest[]): readonly string[] => [
  ...new Set(manifests.flatMap(({ object }) => containersOf(object).map(container => textAt(container, "image")))),
]

const manifestOf = (path: string, object: Json): Manifest => {
  const kind = kindOf(textAt(object, "apiVersion"), textAt(object, "kind"))
  if (kind === undefined || !isObject(object)) throw new Error(`manifests/${path} has an object of an unknown kind`)
  if (!order.includes(kind.kind)) throw new Error(`manifests/${path} has a ${kind.kind}, which install does not apply`)
  return { kind, object }
}

/** The same object in the wished namespace and with the wished image. */
const placed = (object: JsonObject, { namespace, image, bgpPassive, placement }: ManifestWishes): JsonObject => {
  const metadata = mapAt(object, "metadata")
  const isNamespace = at(object, "kind") === "Namespace"
  const moved: JsonObject = {
    ...object,
    metadata: {
      ...metadata,
      ...(isNamespace ? { name: namespace } : {}),
      ...(metadata["namespace"] === undefined ? {} : { namespace }),
    },
    ...(isList(object["subjects"])
      ? { subjects: object["subjects"].map(subject => ({ ...mapAt(subject), namespace })) }
      : {}),
  }
  const imaged =
    image === undefined || containersOf(object).length === 0
      ? moved
      : withContainers(moved, container => ({ ...container, image }))
  if (at(object, "kind") !== "DaemonSet") return imaged
  const heard = bgpPassive === true ? withContainers(imaged, listening) : imaged
  return placement === "balanced" ? withContainers(heard, balancing) : heard
}

const balancing = (container: JsonObject): JsonObject => ({
  ...container,
  args: [...listAt(container, "args"), "--placement=balanced"],
})

/** Ports below 1024 take a capability, which is asked for with the port alone. */
const listening = (container: JsonObject): JsonObject => {
  const security = mapAt(container, "securityContext")
  const capabilities = mapAt(security, "capabilities")
  const add = [...listAt(capabilities, "add"), "NET_BIND_SERVICE"]
  return {
    ...container,
    args: [...listAt(container, "args"), "--bgp-listen-port=179"],
    securityContext: { ...security, capabilities: { ...capabilities, add } },
  }
}

const withContainers = (workload: JsonObject, change: (container: JsonObject) => JsonObject): JsonObject => {
  const spec = mapAt(workload, "spec")
  const template = mapAt(spec, "template")
  const podSpec = mapAt(template, "spec")
  return {
    ...workload,
    spec: {
      ...spec,
      template: {
        ...template,
        spec: {
          ...podSpec,
          containers: containersOf(workload).map(container => change(mapAt(container))),
        },
      },
    },
  }
}

const nameOf = (object: Json): string => textAt(object, "metadata", "name")

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
