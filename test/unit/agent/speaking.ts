import type { Running } from "../../../agent/edges.ts"
import { startSpeaker } from "../../../agent/speaker/speaker.ts"
import type { Json } from "../kube-client/fake-store.ts"
import { ethernet, fakeHost, neighbour } from "./fake-link.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"

export const node = (cluster: World, name: string, ready = "True", labels: Record<string, string> = {}) =>
  cluster.put(collections.nodes, {
    metadata: { name, labels },
    spec: {},
    status: { conditions: [{ type: "Ready", status: ready }], addresses: [] },
  })

/** Nobody may announce from there any longer. */
export const exclude = (cluster: World, name: string) =>
  node(cluster, name, "True", { "node.kubernetes.io/exclude-from-external-load-balancers": "" })

export const pod = (cluster: World, name: string, nodeName: string, ready = "True") =>
  cluster.put(collections.pods, {
    metadata: { name, namespace: installNamespace, labels: { app: "metallb", component: "speaker" } },
    spec: { nodeName },
    status: { conditions: [{ type: "Ready", status: ready }], podIP: "192.0.2.200" },
  })

export const slice = (cluster: World, service: string, endpoints: Json) =>
  cluster.put(collections.slices, {
    metadata: { name: `${service}-1`, namespace: "default", labels: { "kubernetes.io/service-name": service } },
    endpoints,
  })

export const serving = (nodeName: string): Json => ({ nodeName, addresses: ["10.0.0.1"], conditions: { ready: true } })

/** A service that the controller has given an address. */
export const assigned = (cluster: World, name: string, address: string, spec: Record<string, Json> = {}) => {
  cluster.service(name, {
    metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "public" } },
    spec,
    status: { loadBalancer: { ingress: [{ ip: address }] } },
  })
  slice(cluster, name, [serving("node-1")])
}

export const start = (cluster: World, nodeName: string, host = fakeHost(ethernet(2, "eth0")), refreshEvery = 0) => {
  const agent = cluster.agent()
  host.setClock(cluster.clock)
  const edges = { ...agent.edges, ...host.edges }
  const running = startSpeaker(edges, {
    namespace: installNamespace,
    podName: `speaker-${nodeName}`,
    nodeName,
    lbClass: "",
    speakerLabels: "app=metallb,component=speaker",
    ignoreExcludeLb: false,
    isExcluded: name => name.startsWith("veth"),
    refreshEvery,
    bgpListenPort: 0,
  })
  return { ...agent, host, running }
}

/** The addresses that a speaker says it announces. */
export const owned = ({ running }: { readonly running: Running }): readonly string[] => {
  const answer = running.questions?.["owners"]?.("") as readonly { readonly address: string }[] | undefined
  return (answer ?? []).map(({ address }) => address)
}

/** Three nodes, one pool, advertised; for 192.0.2.10 the hash order is node-1, node-2, node-3, for .11 it is 2, 3, 1. */
export const standard = (pods = true) => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  cluster.l2Advertisement("all")
  for (const name of ["node-1", "node-2", "node-3"]) {
    node(cluster, name)
    if (pods) pod(cluster, `speaker-${name}`, name)
  }
  return cluster
}

export const mac = "02:00:00:00:00:02"

export const reply = (ip: string) => `eth0 reply ${ip} is at ${mac} to ${neighbour}`

export const burst = (ip: string) =>
  ["request", "reply"].map(form => `eth0 ${form} ${ip} is at ${mac} to ff:ff:ff:ff:ff:ff`)
