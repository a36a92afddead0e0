import { listAt } from "../../../plugin/cluster/json.ts"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { controllerReady, install, speakersReady } from "./agents.ts"
import { FakeWorld } from "./fake-world.ts"

/** Agents, node-a (203.0.113.1) and the pool public of three addresses, announced. */
export const installed = (): FakeWorld => {
  const world = new FakeWorld()
  const { api } = world
  api.put(kinds.deployment, { metadata: { namespace: install, name: "controller" }, spec: { replicas: 1 } })
  api.put(kinds.daemonSet, {
    metadata: { namespace: install, name: "speaker", labels: { app: "metallb", component: "speaker" } },
  })
  controllerReady(api)
  speakersReady(api, 3)
  api.put(kinds.node, {
    metadata: { name: "node-a" },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      addresses: [{ type: "InternalIP", address: "203.0.113.1" }],
    },
  })
  api.put(kinds.pool, {
    metadata: { namespace: install, name: "public" },
    spec: { addresses: ["203.0.113.16-203.0.113.18"], autoAssign: false },
  })
  api.put(kinds.l2Advertisement, {
    metadata: { namespace: install, name: "public", labels: { "app.kubernetes.io/managed-by": "kubectl-metallb" } },
    spec: { ipAddressPools: ["public"] },
  })
  return world
}

/** A LoadBalancer service in namespace default. */
export const putService = (world: FakeWorld, name: string, address?: string): void =>
  world.api.put(kinds.service, {
    metadata: { namespace: "default", name },
    spec: { type: "LoadBalancer", clusterIPs: ["10.96.0.10"], ipFamilies: ["IPv4"], ports: [{ port: 80 }] },
    status: address === undefined ? {} : { loadBalancer: { ingress: [{ ip: address }] } },
  })

export const addressesOf = (world: FakeWorld, pool: string) =>
  listAt(world.api.stored(kinds.pool, install, pool), "spec", "addresses")
