import type { KubeClient } from "../../../agent/ports/kube/client.ts"

export const benchNamespace = "bench"
export const installNamespace = "metallb-system"

/** A LoadBalancer service without node ports: those would run out long before addresses do. */
export const serviceOf = (name: string, loadBalancerClass?: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: benchNamespace },
  spec: {
    type: "LoadBalancer",
    allocateLoadBalancerNodePorts: false,
    ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
    ports: [{ port: 80, targetPort: 8080 }],
  },
})

export const names = (prefix: string, from: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}${from + n}`)

/** Does the same for each item, `wide` at a time, and gives the results in the order of the items. */
export const inParallel = async <T, R>(items: readonly T[], wide: number, work: (item: T) => Promise<R>) => {
  const results = new Array<R>(items.length)
  let next = 0
  const lane = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T)
  }
  await Promise.all(Array.from({ length: wide }, lane))
  return results
}

export const create = (
  client: KubeClient,
  object: { readonly kind: string; readonly metadata: { readonly namespace?: string } },
  collection: string,
) => client.send({ method: "POST", path: collection, body: JSON.stringify(object) })

export const servicesPath = `/api/v1/namespaces/${benchNamespace}/services`

export const createServices = (client: KubeClient, list: readonly string[], loadBalancerClass?: string) =>
  inParallel(list, 32, name => create(client, serviceOf(name, loadBalancerClass), servicesPath))
