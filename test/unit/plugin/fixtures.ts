import type { Meta, Node, PoolResource, Service, SpeakerPod } from "../../../agent/core/model.ts"
import type { Snapshot } from "../../../agent/core/snapshot.ts"
import { noon } from "./fake-world.ts"

const meta = (namespace: string, name: string, createdAt = noon - 3_600_000): Meta => ({
  namespace,
  name,
  uid: `uid-${namespace}-${name}`,
  resourceVersion: "81233",
  createdAt,
  labels: {},
  annotations: {},
})

export const node = (name: string, address: string): Node => ({
  ...meta("", name),
  ready: true,
  networkUnavailable: false,
  unschedulable: false,
  addresses: [address],
})

export const speaker = (nodeName: string): SpeakerPod => ({
  ...meta("metallb-system", `speaker-${nodeName}`),
  nodeName,
  ready: true,
  ip: "",
})

export const service = (key: string, address: string | undefined, change: Partial<Service> = {}): Service => {
  const [namespace = "", name = ""] = key.split("/")
  return {
    ...meta(namespace, name),
    type: "LoadBalancer",
    loadBalancerClass: undefined,
    clusterIPs: ["10.96.0.10"],
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
    loadBalancerIP: "",
    externalTrafficPolicy: "Cluster",
    selector: { app: name },
    ports: [{ name: "", protocol: "TCP", port: 80 }],
    ingress: address === undefined ? [] : [{ ip: address }],
    deleting: false,
    ...change,
  }
}

export const pool = (name: string, addresses: readonly string[], change: Partial<PoolResource> = {}): PoolResource => ({
  ...meta("metallb-system", name, noon - 92 * 86_400_000),
  generation: 1,
  addresses,
  autoAssign: true,
  avoidBuggyIPs: false,
  serviceAllocation: undefined,
  ...change,
})

/** Endpoints of a service on nodes, all ready. */
const slice = (key: string, nodes: readonly string[]) => {
  const [namespace = "", name = ""] = key.split("/")
  return {
    ...meta(namespace, `${name}-abc`),
    service: key,
    endpoints: nodes.map(nodeName => ({ nodeName, canServe: true, addresses: 1 })),
  }
}

/** Three nodes with speakers, pool public of three addresses that is announced, two services of which one has an address. */
export const cluster = (change: Partial<Snapshot> = {}): Snapshot => {
  const services = change.services ?? [service("shop/api", "203.0.113.16"), service("shop/web", "203.0.113.17")]
  const nodes = ["node-a", "node-b", "node-c"]
  return {
    schema: 1,
    readAt: noon,
    installNamespace: "metallb-system",
    loadBalancerClass: "",
    services,
    endpointSlices: services.map(({ namespace, name }) => slice(`${namespace}/${name}`, nodes)),
    nodes: nodes.map((name, place) => node(name, `203.0.113.${place + 1}`)),
    namespaces: ["default", "shop", "metallb-system"].map(name => meta("", name)),
    pools: [pool("public", ["203.0.113.16-203.0.113.18"])],
    l2Advertisements: [
      {
        ...meta("metallb-system", "public"),
        generation: 1,
        ipAddressPools: ["public"],
        ipAddressPoolSelectors: [],
        nodeSelectors: [],
        serviceSelectors: [],
        interfaces: [],
        preferredNodeSelectors: [],
      },
    ],
    legacyConfig: undefined,
    speakers: nodes.map(speaker),
    unread: [],
    ...change,
  }
}
