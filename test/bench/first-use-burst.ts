import { setTimeout as pass } from "node:timers/promises"
import { startAsking } from "../client/who-has.ts"
import type { Cluster } from "../e2e/cluster.ts"
import { narrowLan, widenLan } from "../e2e/wide-lan.ts"
import { ArpTap, densest } from "./arp-tap.ts"
import { statusWrites } from "./audit.ts"
import type { Say } from "./bench.ts"
import { distribution } from "./stats.ts"

const pool = "bench-burst"
const inPool = (address: string): boolean => /^10\.77\.[0-5]\./.test(address)
/** Room for 1,140 services, without the .199 of each /24: whoever asks for the others has it as an address of its own. */
const ranges = Array.from({ length: 6 }, (_, n) => `10.77.${n}.1-10.77.${n}.190`)

/**
 * `count` services (1 to 1,000) wait; then a pool comes whose addresses nobody has announced yet, so that each is asked for by three
 * probes before its first announcement. From its status to its announcement, seen by the client; how densely each node probes; and whether in
 * the end every address is answered for.
 */
export const burstOfNew = async (cluster: Cluster, count: number, say: Say) => {
  const { lab, namespace } = cluster
  await widenLan(lab)
  const names = Array.from({ length: count }, (_, n) => `burst${n}`)
  for (let at = 0; at < count; at += 100)
    await lab.apply(names.slice(at, at + 100).map(name => service(namespace, name)))
  await lab.waitFor(`${count} services say that they wait`, async () => (await told(cluster)) === count, {
    timeoutMs: 120_000,
    everyMs: 1000,
  })
  const tap = await ArpTap.start(lab)
  try {
    const began = Date.now()
    await cluster.pool(pool, ranges)
    const first = () =>
      new Map(
        [...tap.seen()]
          .reverse()
          .flatMap(one => (one.kind === "announcement" && inPool(one.address) ? [[one.address, one.at]] : [])),
      )
    await lab.waitFor(`${count} addresses are announced`, () => first().size >= count, {
      timeoutMs: 120_000,
      everyMs: 250,
    })
    const announced = first()
    const written = statusWrites(cluster)
    const addresses = await addressesOf(cluster)
    const waits = names.map(name => {
      const status = written.get(name)?.at(-1) ?? Number.NaN
      return (announced.get(addresses.get(name) ?? "") ?? Number.NaN) - status
    })
    const lastStatus = Math.max(...names.map(name => written.get(name)?.at(-1) ?? Number.NaN)) - began
    const lastAnnounced = Math.max(...announced.values()) - began
    const probes = tap.seen().filter(({ kind }) => kind === "probe")
    const given = new Set(addresses.values())
    const nodes = lab.plan.nodes.map(({ name, mac }) => {
      const own = probes.filter(one => one.mac === mac)
      const instants = own.map(({ at }) => at)
      return {
        name,
        probes: own.filter(({ address }) => given.has(address)).length,
        // Of nodes, and of free addresses nearby, once somebody answered or asked as well.
        inquiries: own.filter(({ address }) => !given.has(address)).length,
        mostIn10ms: densest(instants, 10),
        mostInASecond: densest(instants, 1000),
      }
    })
    const unanswered = await silent(cluster, [...addresses.values()])
    say(`${count} addresses that are new to the cluster, at once`)
    say(`  pool to last status    ${lastStatus.toFixed(0)} ms`)
    say(`  pool to last announced ${lastAnnounced.toFixed(0)} ms`)
    const { median, p95, max } = distribution(waits)
    say(`  status to announced    median ${median.toFixed(0)}  p95 ${p95.toFixed(0)}  max ${max.toFixed(0)} ms`)
    for (const { name, probes, inquiries, mostIn10ms, mostInASecond } of nodes)
      say(
        `  ${name} sent ${probes} probes and ${inquiries} more questions, at most ${mostIn10ms} in 10 ms and ${mostInASecond} in a second`,
      )
    say(`  not answered for in the end: ${unanswered.length}`)
    return { count, lastStatus, lastAnnounced, waits, nodes, unanswered }
  } finally {
    tap.stop()
    await cluster.removePool(pool)
    await narrowLan(lab)
  }
}

const service = (namespace: string, name: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace, annotations: { "metallb.io/address-pool": pool } },
  spec: {
    type: "LoadBalancer",
    allocateLoadBalancerNodePorts: false,
    selector: { app: "echo" },
    ports: [{ port: 80, targetPort: 8080 }],
  },
})

type Listed = {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly status: {
      readonly conditions?: readonly unknown[]
      readonly loadBalancer: { readonly ingress?: readonly { ip: string }[] }
    }
  }[]
}

const list = async ({ lab, namespace }: Cluster): Promise<Listed["items"]> =>
  ((await lab.get("-n", namespace, "services")) as Listed).items.filter(({ metadata }) =>
    metadata.name.startsWith("burst"),
  )

/** How many say by a condition that they wait. */
const told = async (cluster: Cluster): Promise<number> =>
  (await list(cluster)).filter(({ status }) => (status.conditions ?? []).length > 0).length

const addressesOf = async (cluster: Cluster): Promise<ReadonlyMap<string, string>> =>
  new Map(
    (await list(cluster)).map(({ metadata, status }) => [metadata.name, status.loadBalancer.ingress?.[0]?.ip ?? ""]),
  )

/** Those that nobody answers for, asked for 4 seconds. */
/** Those that nobody answers for within 15 s. */
const silent = async ({ lab }: Cluster, addresses: readonly string[]): Promise<readonly string[]> => {
  const asker = await startAsking(lab, addresses, 1000)
  const missing = () => addresses.filter(address => asker.owner(address) === undefined)
  try {
    const deadline = Date.now() + 15_000
    while (missing().length > 0 && Date.now() < deadline) await pass(250)
    return missing()
  } finally {
    asker.kill()
  }
}
