import type { Cluster } from "../e2e/cluster.ts"
import type { Say } from "./bench.ts"

/** Address of the service with this number, in the pool that `manyServices` makes. */
export const addressOfService = (number: number): string => `10.77.${Math.floor(number / 250)}.${(number % 250) + 1}`

const service = (namespace: string, number: number) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name: `s${number}`,
    namespace,
    annotations: { "metallb.io/loadBalancerIPs": addressOfService(number) },
  },
  spec: {
    type: "LoadBalancer",
    allocateLoadBalancerNodePorts: false,
    selector: { app: "echo" },
    ports: [{ port: 80, targetPort: 8080 }],
  },
})

/** Makes services s0, s1, … (1 to 10,000) with addresses of 10.77.0.0/16, and waits until each has its own (at most 3 minutes). */
export const manyServices = async (cluster: Cluster, count: number, say: Say): Promise<void> => {
  const { lab, namespace } = cluster
  await cluster.pool(namespace, ["10.77.0.0-10.77.63.255"])
  for (let at = 0; at < count; at += 100) {
    const some = Array.from({ length: Math.min(100, count - at) }, (_, n) => service(namespace, at + n))
    await lab.apply(some)
  }
  await lab.waitFor(`${count} services have addresses`, async () => (await placed(cluster)) === count, {
    timeoutMs: 180_000,
    everyMs: 1000,
  })
  say(`${count} services have addresses`)
}

const placed = async ({ lab, namespace }: Cluster): Promise<number> => {
  const list = (await lab.get("-n", namespace, "services")) as {
    items: { metadata: { name: string }; status: { loadBalancer: { ingress?: unknown } } }[]
  }
  return list.items.filter(s => /^s\d+$/.test(s.metadata.name) && s.status.loadBalancer.ingress !== undefined).length
}
