import { setTimeout as pass } from "node:timers/promises"
import { fetchFromOutside } from "../client/client.ts"
import { startAsking } from "../client/who-has.ts"
import { Cluster } from "../e2e/cluster.ts"
import { statusWrites } from "./audit.ts"
import type { Bench } from "./bench.ts"
import { burstOfNew } from "./first-use-burst.ts"
import { describe, distribution } from "./stats.ts"
import { takenAt } from "./taken.ts"

/** Milliseconds from the creation of a service: the controller's write, the owner's decision, the first answer by ARP, the first answer by HTTP. */
type Times = {
  readonly address: number
  readonly taken: number
  readonly answer: number
  readonly connection: number
}

const now = () => performance.timeOrigin + performance.now()

type Part = "known" | "turned" | "new"

const titles: Readonly<Record<Part, string>> = {
  known: "an address that had been announced before",
  turned: "the same, for a service that had endpoints before it became a LoadBalancer",
  new: "an address that is new to the cluster",
}

/** The service there is at first, and the one that wants the address. */
const made = async (cluster: Cluster, part: Part, name: string, address: string): Promise<() => Promise<void>> => {
  const { lab, namespace } = cluster
  const path = `/api/v1/namespaces/${namespace}/services`
  const body = (type: string) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, annotations: { "metallb.io/loadBalancerIPs": address } },
    spec: { type, selector: { app: "echo" }, ports: [{ port: 80, targetPort: 8080 }] },
  })
  if (part !== "turned") return () => lab.create(path, body("LoadBalancer"))
  await lab.create(path, body("ClusterIP"))
  const slices = ["-n", namespace, "endpointslices", "-l", `kubernetes.io/service-name=${name}`]
  await lab.waitFor(`${name} has endpoints`, async () => {
    const { items } = (await lab.get(...slices)) as { items: { endpoints?: readonly unknown[] }[] }
    return items.some(({ endpoints = [] }) => endpoints.length > 0)
  })
  // Two periods of kube-proxy, which would still be busy with what was made.
  await pass(2_000)
  return () => lab.patch(`${path}/${name}`, { spec: { type: "LoadBalancer" } })
}

const once = async (cluster: Cluster, part: Part, name: string, address: string): Promise<Times> => {
  const { lab } = cluster
  const want = await made(cluster, part, name, address)
  const asker = await startAsking(lab, [address], 2)
  try {
    const began = now()
    await want()
    await lab.waitFor(`${address} is answered for`, () => asker.owner(address), { everyMs: 1, timeoutMs: 30_000 })
    // Not sooner: a client that asked in vain would wait for its own ARP table.
    await lab.waitFor(`${address} is served`, () => fetchFromOutside(lab, address, 1), {
      everyMs: 5,
      timeoutMs: 30_000,
    })
    const served = now()
    const answers = (await asker.stop()).get(address) ?? { asks: [] }
    const first = answers.asks.find(({ replies }) => replies.length > 0)
    const written = await lab.waitFor("the status is in the audit log", () => statusWrites(cluster).get(name)?.[0])
    return {
      address: written - began,
      taken: (await takenAt(cluster, address, began)) - began,
      answer: (first?.at ?? Number.NaN) + (first?.replies[0]?.ms ?? 0) - began,
      connection: served - began,
    }
  } finally {
    asker.kill()
  }
}

/** From the creation of a service to its address, to the first answer on the wire and to the first connection, one at a time. */
export const service: Bench = {
  name: "service",
  summary:
    "service created -> address -> first ARP answer -> first connection; and --services at once (parts: known, turned, new, burst)",
  parts: ["known", "turned", "new", "burst"],
  run: async ({ runs = 20, only, services = 1000 }, say) => {
    const cluster = await Cluster.ready("bench-service")
    const result: Record<string, unknown> = {}
    try {
      await cluster.classic(undefined)
      await cluster.pool("bench-service", ["192.168.1.201-192.168.1.250"])
      for (const part of ["known", "turned", "new"] as const) {
        if (only.length > 0 && !only.includes(part)) continue
        const times: Times[] = []
        // The first use of the known address does not count.
        const first = part === "new" ? 0 : -1
        for (let run = first; run < runs; run++) {
          const address = `192.168.1.${part === "new" ? 202 + (run % 49) : 201}`
          const name = `${part}-${run - first}`
          const one = await once(cluster, part, name, address)
          if (run >= 0) times.push(one)
          await cluster.kubectl(["delete", "service", name])
          await cluster.lab.waitFor(
            `nobody answers for ${address}`,
            async () => (await cluster.macsOf(address)).size === 0,
            { timeoutMs: 30_000 },
          )
        }
        const columns = {
          address: times.map(one => one.address),
          answer: times.map(one => one.answer),
          "taken after address": times.map(one => one.taken - one.address),
          "answer after address": times.map(one => one.answer - one.address),
          connection: times.map(one => one.connection),
        }
        say(titles[part])
        for (const [name, values] of Object.entries(columns)) {
          say(`  ${name.padEnd(22)} ${describe(distribution(values), "ms")}`)
        }
        result[part] = columns
      }
      if (only.length === 0 || only.includes("burst")) result["burst"] = await burstOfNew(cluster, services, say)
    } finally {
      await cluster.remove()
      await cluster.removePool(cluster.namespace)
      if (cluster.lab.started) await cluster.takeDown()
    }
    return result
  },
}
