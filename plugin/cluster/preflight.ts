import type { Facts } from "../../agent/core/outcome.ts"
import type { ReasonCode } from "../../agent/core/reasons.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import { type Api, Refusal, succeed } from "./api.ts"
import { at, type Json, type JsonObject, mapAt, textAt } from "./json.ts"
import { type Kind, kinds } from "./kinds.ts"
import { containersOf, get, labelsOf, list, shortName } from "./objects.ts"
import { readDocuments } from "./yaml.ts"

/** What one check before the installation found. "refused" ends the command. */
export type Finding = {
  readonly verdict: "ok" | "warning" | "unknown" | "refused"
  readonly code?: ReasonCode
  readonly text: string
  readonly fix?: string
}

export type Preflight = {
  readonly findings: readonly Finding[]
  /** MetalLB's own workloads and webhook, if it runs here. */
  readonly metallb: readonly Found[]
}

export type Found = { readonly kind: Kind; readonly object: JsonObject }

/** The oldest server whose CRD validation knows isIP and isCIDR. */
const oldest = { major: 1, minor: 31 }

/** Looks at the cluster before anything is changed. Reads that fail become "unknown", never "ok". */
export const preflight = async (api: Api): Promise<Preflight> => {
  const [server, neighbours, proxy, nodes, permissions] = await Promise.all([
    checkServer(api),
    findNeighbours(api),
    checkProxy(api),
    checkNodes(api),
    checkPermissions(api),
  ])
  return {
    findings: [server, ...neighbours.findings, proxy, ...nodes, ...permissions],
    metallb: neighbours.metallb,
  }
}

const finding = (verdict: Finding["verdict"], code: ReasonCode, facts: Facts): Finding => ({
  verdict,
  code,
  text: phraseOf(code, facts),
  fix: fixOf(code, facts),
})

/** The answer of a read, or the finding that it failed. Only refusals count: without a server the command ends. */
const attempt = async <T>(what: string, read: () => Promise<T>): Promise<T | Finding> => {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Refusal) return finding("unknown", "ML630", { what, why: error.reason.toLowerCase() })
    throw error
  }
}

const isFinding = <T>(value: T | Finding): value is Finding =>
  typeof value === "object" && value !== null && "verdict" in value && "text" in value

const checkServer = async (api: Api): Promise<Finding> => {
  const version = await attempt("the version of the server", () => succeed(api, { method: "GET", path: "/version" }))
  if (isFinding(version)) return version
  const major = Number.parseInt(textAt(version, "major"), 10)
  const minor = Number.parseInt(textAt(version, "minor"), 10)
  if (Number.isNaN(major) || Number.isNaN(minor))
    return finding("unknown", "ML630", { what: "the version of the server", why: "it names none" })
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor))
    return { verdict: "ok", text: `Kubernetes ${major}.${minor}` }
  return {
    ...finding("refused", "ML601", { version: `${major}.${minor}` }),
    text: `Kubernetes ${major}.${minor} is too old: ${oldest.major}.${oldest.minor} or later is needed`,
  }
}

/** Images of programs that serve LoadBalancer services too. */
const products: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)kube-vip\/kube-vip[:@]/, "kube-vip"],
  [/(^|\/)(rancher\/)?(mirrored-)?klipper-lb[:@]/, "k3s ServiceLB"],
  [/(^|\/)purelb\/(lbnodeagent|allocator)[:@]/, "PureLB"],
  [/(^|\/)openelb(-speaker)?[:@]/, "OpenELB"],
]

const ownMetallb = /(^|\/)metallb\/(controller|speaker)[:@]/

type Neighbours = { readonly findings: readonly Finding[]; readonly metallb: readonly Found[] }

const findNeighbours = async (api: Api): Promise<Neighbours> => {
  const [daemonSets, deployments, webhook] = await Promise.all([
    attempt("daemonsets", () => list(api, kinds.daemonSet)),
    attempt("deployments", () => list(api, kinds.deployment)),
    attempt("validatingwebhookconfigurations", () =>
      get(api, kinds.validatingWebhook, "", "metallb-webhook-configuration"),
    ),
  ])
  const failed = [daemonSets, deployments, webhook].filter(isFinding)
  const workloads: readonly Found[] = [
    ...(isFinding(daemonSets) ? [] : daemonSets.map(object => ({ kind: kinds.daemonSet, object }))),
    ...(isFinding(deployments) ? [] : deployments.map(object => ({ kind: kinds.deployment, object }))),
  ]
  const hook = webhook === undefined || isFinding(webhook) ? [] : [{ kind: kinds.validatingWebhook, object: webhook }]
  const metallb = [...workloads.filter(({ object }) => runs(object, ownMetallb)), ...hook]
  const others = products.flatMap(([image, product]) => {
    const first = workloads.find(({ object }) => runs(object, image))
    return first === undefined ? [] : [finding("warning", "ML602", { product, object: placeOf(first.object) })]
  })
  const objects = metallb.map(({ object }) => placeOf(object))
  return {
    metallb,
    findings: [
      ...failed,
      ...others,
      ...(metallb.length > 0 ? [finding("warning", "ML605", { objects })] : []),
      ...(failed.length === 0 && others.length === 0 && metallb.length === 0
        ? [{ verdict: "ok" as const, text: "no other LoadBalancer implementation found" }]
        : []),
    ],
  }
}

const runs = (workload: Json, image: RegExp): boolean =>
  containersOf(workload).some(container => image.test(textAt(container, "image")))

const placeOf = (object: Json): string => {
  const namespace = textAt(object, "metadata", "namespace")
  return namespace === "" ? shortName(object) : `${shortName(object)} in ${namespace}`
}

/** kube-proxy's own configuration, where kubeadm and others keep it. */
const checkProxy = async (api: Api): Promise<Finding> => {
  const what = "ConfigMap kube-system/kube-proxy"
  const map = await attempt(what, () => get(api, kinds.configMap, "kube-system", "kube-proxy"))
  if (isFinding(map)) return map
  if (map === undefined) return finding("unknown", "ML630", { what: "kube-proxy's mode", why: `there is no ${what}` })
  const text = textAt(map, "data", "config.conf")
  let config: Json
  try {
    config = readDocuments(text)[0]
  } catch (error) {
    return finding("unknown", "ML630", { what, why: error instanceof Error ? error.message : String(error) })
  }
  const mode = textAt(config, "mode") || "iptables"
  if (mode === "ipvs" && at(config, "ipvs", "strictARP") !== true) return finding("warning", "ML603", {})
  return { verdict: "ok", text: `kube-proxy in ${mode} mode` }
}

const excludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers"

const checkNodes = async (api: Api): Promise<readonly Finding[]> => {
  const nodes = await attempt("nodes", () => list(api, kinds.node))
  if (isFinding(nodes)) return [nodes]
  const excluded = nodes
    .filter(node => Object.hasOwn(labelsOf(node), excludeLabel))
    .map(node => textAt(node, "metadata", "name"))
    .sort()
  return excluded.length === 0 ? [] : [finding("warning", "ML611", { nodes: excluded })]
}

/** What the installation needs to do; one of each sort stands for the others. */
const needed: readonly { readonly verb: string; readonly group: string; readonly resource: string }[] = [
  { verb: "create", group: "", resource: "namespaces" },
  { verb: "patch", group: "apiextensions.k8s.io", resource: "customresourcedefinitions" },
  { verb: "patch", group: "rbac.authorization.k8s.io", resource: "clusterroles" },
  { verb: "patch", group: "apps", resource: "deployments" },
  { verb: "patch", group: "apps", resource: "daemonsets" },
]

const checkPermissions = async (api: Api): Promise<readonly Finding[]> => {
  const answers = await Promise.all(
    needed.map(async ({ verb, group, resource }) => {
      const review = await attempt("your permissions", () =>
        succeed(api, {
          method: "POST",
          path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
          body: {
            apiVersion: "authorization.k8s.io/v1",
            kind: "SelfSubjectAccessReview",
            spec: { resourceAttributes: { verb, group, resource } },
          },
        }),
      )
      if (isFinding(review)) return review
      return at(mapAt(review, "status"), "allowed") === true
        ? undefined
        : finding("refused", "ML604", { verb, resource: group === "" ? resource : `${resource}.${group}` })
    }),
  )
  const missing = answers.filter(answer => answer !== undefined)
  return missing.length === 0 ? [{ verdict: "ok", text: "permissions to install" }] : unique(missing)
}

const unique = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter((one, place) => findings.findIndex(({ text }) => text === one.text) === place)
