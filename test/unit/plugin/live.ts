import { kinds } from "../../../plugin/cluster/kinds.ts"
import { controllerReady, install, speakersReady } from "./agents.ts"
import type { FakeApi } from "./fake-api.ts"
import { FakeWorld } from "./fake-world.ts"

/** A cluster that can be asked: agents, three nodes, the pool public announced from all of them, no services. */
export const liveCluster = (range = "203.0.113.16-203.0.113.31"): FakeWorld => {
  const world = new FakeWorld()
  const { api } = world
  api.put(kinds.deployment, { metadata: { namespace: install, name: "controller" }, spec: { replicas: 1 } })
  api.put(kinds.daemonSet, {
    metadata: { namespace: install, name: "speaker", labels: { app: "metallb", component: "speaker" } },
  })
  controllerReady(api)
  speakersReady(api, 3)
  for (const [place, name] of ["node-a", "node-b", "node-c"].entries())
    api.put(kinds.node, {
      metadata: { name },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        addresses: [{ type: "InternalIP", address: `203.0.113.${place + 1}` }],
      },
    })
  api.put(kinds.namespace, { metadata: { name: "shop" } })
  api.put(kinds.pool, {
    metadata: { namespace: install, name: "public" },
    spec: { addresses: [range] },
  })
  api.put(kinds.l2Advertisement, { metadata: { namespace: install, name: "public" }, spec: {} })
  return world
}

export type LiveService = {
  readonly name: string
  readonly ip: string
  /** Where its endpoints are. */
  readonly nodes?: readonly string[]
  readonly local?: boolean
}

/** A service in namespace shop that has an address. */
export const putService = (api: FakeApi, { name, ip, nodes = ["node-a"], local = false }: LiveService): void => {
  api.put(kinds.service, {
    metadata: { namespace: "shop", name },
    spec: {
      type: "LoadBalancer",
      clusterIPs: ["10.96.0.10"],
      ipFamilies: ["IPv4"],
      ports: [{ port: 80 }],
      externalTrafficPolicy: local ? "Local" : "Cluster",
    },
    status: { loadBalancer: { ingress: [{ ip }] } },
  })
  api.put(kinds.endpointSlice, {
    metadata: { namespace: "shop", name: `${name}-1`, labels: { "kubernetes.io/service-name": name } },
    endpoints: nodes.map(nodeName => ({ addresses: ["10.1.1.1"], conditions: { ready: true }, nodeName })),
  })
}

/** Every pool is told to the router "tor", by all nodes. */
export const routing = (api: FakeApi): void => {
  api.put(kinds.bgpPeer, {
    metadata: { namespace: install, name: "tor" },
    spec: { myASN: 64512, peerASN: 64513, peerAddress: "192.0.2.1" },
  })
  api.put(kinds.bgpAdvertisement, { metadata: { namespace: install, name: "all" }, spec: {} })
}

/** The speaker of a node says that it tells "tor" of a service. */
export const advertising = (api: FakeApi, name: string, node: string): void =>
  api.put(kinds.bgpStatus, {
    metadata: {
      namespace: install,
      name: `bgp-${name}-${node}`,
      labels: {
        "metallb.io/service-name": name,
        "metallb.io/service-namespace": "shop",
        "metallb.io/node": node,
      },
    },
    status: { node, serviceName: name, serviceNamespace: "shop", peers: ["tor"] },
  })

/** The speaker of a node says that it announces a service. */
export const announcing = (api: FakeApi, name: string, node: string): void =>
  api.put(kinds.l2Status, {
    metadata: {
      namespace: install,
      name: `l2-${name}-${node}`,
      labels: {
        "metallb.io/service-name": name,
        "metallb.io/service-namespace": "shop",
        "metallb.io/node": node,
      },
    },
    status: { node, serviceName: name, serviceNamespace: "shop" },
  })
