import { type Cluster, installNamespace } from "./cluster.ts"

/** A pool that nobody announces: its addresses are written and reach no link. */
export const quietPool = async (
  cluster: Cluster,
  name: string,
  addresses: readonly string[],
  more: object = {},
): Promise<void> => {
  const metadata = { name, namespace: installNamespace }
  const spec = { addresses, ...more }
  await cluster.lab.apply({ apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata, spec })
}

/** Waits until one of the events AllocationFailed of a service matches; what it waits for may change under way. */
export const expectRefusal = (
  cluster: Cluster,
  service: string,
  pattern: RegExp,
  namespace = cluster.namespace,
): Promise<boolean> =>
  cluster.lab.waitFor(
    `${service} is refused with ${pattern}`,
    async () => {
      const failures = (await cluster.events(service, namespace)).filter(event => event.reason === "AllocationFailed")
      if (failures.some(({ message }) => pattern.test(message))) return true
      throw new Error(failures.map(({ message }) => message).join("; ") || "no event")
    },
    { timeoutMs: 15_000 },
  )

/** Waits until the status of a pool counts so many IPv4 addresses held and free. */
export const expectCounters = (cluster: Cluster, pool: string, assigned: number, available: number): Promise<boolean> =>
  cluster.lab.waitFor(
    `${pool} counts ${assigned} held and ${available} free`,
    async () => {
      const { status } = (await cluster.lab.get("-n", installNamespace, "ipaddresspool", pool)) as {
        status?: { assignedIPv4?: number; availableIPv4?: number }
      }
      if (status?.assignedIPv4 === assigned && status.availableIPv4 === available) return true
      throw new Error(JSON.stringify(status))
    },
    { timeoutMs: 15_000 },
  )
