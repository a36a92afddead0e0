import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Cluster, installNamespace } from "./cluster.ts"

let cluster: Cluster
const services = Array.from({ length: 12 }, (_, at) => `s${at + 1}`)

/** Who announces each service: one node's name, or what stands there while it moves. */
const owners = async (): Promise<ReadonlyMap<string, string>> => {
  const { items } = (await cluster.lab.get("-n", installNamespace, "servicel2statuses")) as {
    items: { status?: { node?: string; serviceName?: string; serviceNamespace?: string } }[]
  }
  const found = new Map(services.map(name => [name, ""]))
  for (const { status } of items) {
    const { node = "", serviceName = "", serviceNamespace } = status ?? {}
    const before = found.get(serviceName)
    if (serviceNamespace === cluster.namespace && before !== undefined) found.set(serviceName, `${before}${node}`)
  }
  return found
}

/** Waits until every service has one announcer and these nodes have so many each; gives who has what. */
const spread = (loads: Readonly<Record<string, number>>) =>
  cluster.lab.waitFor(
    `each node announces its share: ${JSON.stringify(loads)}`,
    async () => {
      const now = await owners()
      const counts: Record<string, number> = {}
      for (const node of [...now.values()].sort()) counts[node] = (counts[node] ?? 0) + 1
      if (JSON.stringify(counts) !== JSON.stringify(loads)) throw new Error(JSON.stringify(counts))
      return now
    },
    { timeoutMs: 40_000 },
  )

before(async () => {
  cluster = await Cluster.ready("e2e-placement")
  await cluster.classic(undefined)
  await cluster.pool("e2e-placement", ["192.168.1.180-192.168.1.191"])
  await cluster.lab.mustKubectl(["metallb", "install", "--yes", "--placement", "balanced"], { timeoutMs: 180_000 })
})
after(async () => {
  await cluster.lab.kubectl(["metallb", "undrain", "n2", "--yes"])
  await cluster.remove()
  await cluster.removePool("e2e-placement")
  await cluster.lab.mustKubectl(["metallb", "install", "--yes"], { timeoutMs: 180_000 })
})

test("twelve services on four nodes are three on each, a drained node's go to the others evenly, and come back", async () => {
  for (const name of services) await cluster.expose({ name })
  const first = await spread({ n1: 3, n2: 3, n3: 3, n4: 3 })
  const { stdout } = await cluster.plugin(["status"])
  assert.match(stdout, /placement balanced/)

  await cluster.lab.mustKubectl(["metallb", "drain", "n2", "--yes"], { timeoutMs: 60_000 })
  const without = await spread({ n1: 4, n3: 4, n4: 4 })
  const moved = (before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>) =>
    services.filter(name => before.get(name) !== now.get(name))
  assert.ok(moved(first, without).every(name => first.get(name) === "n2"))

  await cluster.lab.mustKubectl(["metallb", "undrain", "n2", "--yes"], { timeoutMs: 60_000 })
  const again = await spread({ n1: 3, n2: 3, n3: 3, n4: 3 })
  assert.ok(moved(without, again).every(name => again.get(name) === "n2"))
})
