import { rememberingHashes } from "../../../agent/core/remembered-hash.ts"
import type { Edges } from "../../../agent/edges.ts"
import { nodeCrypto } from "../../../agent/ports/crypto.ts"
import { createClient } from "../../../agent/ports/kube/client.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { createMetrics } from "../../../agent/ports/metrics.ts"
import { parseYaml } from "../../../agent/ports/yaml.ts"
import { FakeApi } from "../kube-client/fake-api.ts"
import type { Json, Stored } from "../kube-client/fake-store.ts"
import { steadyRandom, type VirtualClock, virtualClock } from "../kube-client/virtual-clock.ts"

export const collections = {
  services: "services",
  nodes: "nodes",
  namespaces: "namespaces",
  pods: "pods",
  configMaps: "configmaps",
  slices: "discovery.k8s.io/endpointslices",
  pools: "metallb.io/ipaddresspools",
  l2: "metallb.io/l2advertisements",
  statuses: "metallb.io/servicel2statuses",
  reservations: "metallb.io/addressreservations",
} as const

export const installNamespace = "metallb-system"

/** A cluster in memory and the edges of an agent that talks to it. */
export const world = () => {
  const clock = virtualClock()
  const api = new FakeApi(clock)
  const put = (collection: string, object: object) => api.store.put(collection, object as never)
  for (const name of ["default", installNamespace]) put(collections.namespaces, { metadata: { name, labels: {} } })
  return {
    clock,
    api,
    put,
    pool: (name: string, addresses: readonly string[], spec: Record<string, Json> = {}) =>
      put(collections.pools, {
        metadata: { name, namespace: installNamespace, generation: 1 },
        spec: { addresses, autoAssign: true, avoidBuggyIPs: false, ...spec },
      }),
    l2Advertisement: (name: string, spec: Record<string, Json> = {}) =>
      put(collections.l2, { metadata: { name, namespace: installNamespace, generation: 1 }, spec }),
    legacy: (text: string) =>
      put(collections.configMaps, {
        metadata: { name: "config", namespace: installNamespace },
        data: { config: text },
      }),
    service: (
      name: string,
      more: { metadata?: Record<string, Json>; spec?: Record<string, Json>; status?: Json } = {},
    ) =>
      put(collections.services, {
        metadata: { name, namespace: "default", ...more.metadata },
        spec: {
          type: "LoadBalancer",
          clusterIP: "10.96.0.1",
          clusterIPs: ["10.96.0.1"],
          ipFamilies: ["IPv4"],
          ipFamilyPolicy: "SingleStack",
          externalTrafficPolicy: "Cluster",
          selector: { app: name },
          ports: [{ port: 80, protocol: "TCP" }],
          ...more.spec,
        },
        status: more.status ?? { loadBalancer: {} },
      }),
    /** The status of a pool without its conditions. */
    countersOf: (name: string) => {
      const status = api.store.get(collections.pools, `${installNamespace}/${name}`)?.["status"]
      const { conditions: _, ...counters } = (status ?? {}) as Readonly<Record<string, Json>>
      return counters
    },
    ingressOf: (name: string) => ingressOf(api.store.get(collections.services, `default/${name}`)),
    recordOf: (name: string) => {
      const annotations = api.store.get(collections.services, `default/${name}`)?.metadata["annotations"]
      return (annotations as Readonly<Record<string, Json>> | undefined)?.["metallb.io/ip-allocated-from-pool"]
    },
    events: () =>
      api.store.list("events").map(event => {
        const about = event["involvedObject"] as { kind: string; name: string }
        return `${about.kind}/${about.name} ${event["reason"]}: ${event["message"]}`
      }),
    agent: () => agentOf(clock, api),
  }
}

export type World = ReturnType<typeof world>

/** One process: its edges, its log lines and its metrics. */
const agentOf = (clock: VirtualClock, api: FakeApi) => {
  const lines: string[] = []
  const log = createLog({ level: "debug", clock, write: line => void lines.push(line) }, "test")
  const metrics = createMetrics()
  const client = createClient({ transport: api.transport, clock, userAgent: "test" })
  const edges: Edges = {
    clock,
    random: steadyRandom(),
    crypto: rememberingHashes(nodeCrypto),
    log,
    metrics,
    client,
    parseYaml: async () => parseYaml,
  }
  const metric = (series: string) => {
    const line = metrics
      .text()
      .split("\n")
      .find(each => each.startsWith(`${series} `))
    return line?.slice(series.length + 1)
  }
  return { edges, lines, metric }
}

const ingressOf = (service: Stored | undefined): readonly string[] => {
  const status = service?.["status"] as { loadBalancer?: { ingress?: readonly { ip?: string }[] } } | undefined
  return status?.loadBalancer?.ingress?.map(({ ip }) => ip ?? "") ?? []
}
