import { startAsking } from "../../client/who-has.ts"
import { Cluster, installNamespace } from "../../e2e/cluster.ts"
import type { Lab } from "../../lab/lab.ts"
import { namespacePath } from "../../lab/network.ts"
import { processesIn } from "../../lab/process.ts"
import { everywhere, everywhereLabels } from "../everywhere.ts"
import { processesWith } from "../process-memory.ts"

/** Services take turns, so that owners do. */
export const addresses = ["192.168.1.71", "192.168.1.72", "192.168.1.73", "192.168.1.74"] as const

/** Name of the service with the address of that place in the list. */
export const serviceAt = (at: number): string => `vip${at}`

/** Agents installed, a pod on every node, and four services of traffic policy Local that answer the outside client. */
export const setScene = async (namespace: string): Promise<Cluster> => {
  const cluster = await Cluster.ready(namespace)
  await cluster.classic(undefined)
  await cluster.apply(everywhere)
  await cluster.kubectl(["rollout", "status", "daemonset/everywhere", "--timeout=120s"])
  await cluster.pool(namespace, [`${addresses[0]}-${addresses.at(-1)}`])
  for (const [at, address] of addresses.entries()) {
    const name = serviceAt(at)
    await cluster.expose({ name, spec: { selector: everywhereLabels, externalTrafficPolicy: "Local" } })
    await cluster.expectAddresses(name, [address])
  }
  await settle(cluster)
  return cluster
}

export const clearScene = async (cluster: Cluster): Promise<void> => {
  await cluster.remove()
  await cluster.removePool(cluster.namespace)
  if (cluster.lab.started) await cluster.takeDown()
}

/** Waits until every node has a ready speaker and each address one owner that answers, the same for three seconds (at most 3 minutes). */
export const settle = async (cluster: Cluster): Promise<void> => {
  const { lab } = cluster
  await lab.mustKubectl(["-n", installNamespace, "rollout", "status", "daemonset/speaker", "--timeout=180s"])
  await cluster.kubectl(["rollout", "status", "daemonset/everywhere", "--timeout=180s"])
  let since: number | undefined
  let before = ""
  await lab.waitFor(
    "each address has one owner for three seconds",
    async () => {
      // After a power-off the API server goes on telling what the node's pods last were.
      for (const node of lab.nodes) speakerProcess(lab, node)
      const macs = await Promise.all(addresses.map(async address => [...(await cluster.macsOf(address))].join("+")))
      for (const address of addresses) await cluster.expectAnswers(address, 3, 5000)
      const now = macs.join()
      const steady = now === before && macs.every(mac => mac !== "" && !mac.includes("+"))
      before = now
      if (!steady) since = undefined
      else since ??= performance.now()
      return since !== undefined && performance.now() - since >= 3000
    },
    { timeoutMs: 180_000 },
  )
}

/** Name of the node whose MAC answers for an address. */
export const ownerOf = async (lab: Lab, address: string): Promise<string> => {
  const asker = await startAsking(lab, [address], 20)
  try {
    const mac = await lab.waitFor(`${address} answers`, () => asker.owner(address), { everyMs: 10, timeoutMs: 10_000 })
    return nodeWith(lab, mac)
  } finally {
    asker.kill()
  }
}

/** Name of the node with this MAC; the MAC itself where it is nobody's. */
export const nodeWith = (lab: Lab, mac: string): string => lab.plan.nodes.find(node => node.mac === mac)?.name ?? mac

/** Number of the speaker's process on a node. Throws where there is not exactly one. */
export const speakerProcess = (lab: Lab, name: string): number => {
  const node = lab.plan.nodes.find(one => one.name === name)
  const there = new Set(node === undefined ? [] : processesIn([namespacePath(node.namespace)]))
  const [pid, ...more] = processesWith(["/app/agent.cjs", "--mode=speaker"]).filter(one => there.has(one))
  if (pid === undefined || more.length > 0) throw new Error(`${name} has ${more.length + (pid ? 1 : 0)} speakers`)
  return pid
}
