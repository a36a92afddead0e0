import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Cluster, installNamespace } from "./cluster.ts"
import { narrowLan, wideAddress, widenLan } from "./wide-lan.ts"

let cluster: Cluster
const pool = "e2e-subnets"
const near = "192.168.1.91"
/** Of the second subnet, whose addresses are lower than those of the first. */
const wide = "10.77.9.1"

before(async () => {
  cluster = await Cluster.ready(pool)
  await cluster.classic(undefined)
  await cluster.pool(
    pool,
    [near, wide].map(address => `${address}/32`),
  )
})
after(async () => {
  await narrowLan(cluster.lab)
  await cluster.remove()
  await cluster.removePool(pool)
})

/** Wait until each speaker sees the second subnet on its interface. */
const seen = async (): Promise<void> => {
  for (const node of cluster.lab.nodes) {
    const pod = await cluster.agentPod("speaker", node)
    const ipv4 = cluster.lab.plan.nodes.find(one => one.name === node)?.ipv4 ?? ""
    await cluster.lab.waitFor(
      `${pod} sees ${wideAddress(ipv4)}`,
      async () => (await ask(pod, "links")).includes(`"${wideAddress(ipv4)}"`),
      { timeoutMs: 15_000 },
    )
  }
}

const ask = (pod: string, question: string): Promise<string> =>
  cluster.lab.mustKubectl([
    ...["-n", installNamespace, "exec", pod, "--"],
    ...["/usr/bin/node", "/app/agent.cjs", `--query=${question}`],
  ])

/** Name, node and version of the statuses of a service. */
const statuses = async (service: string): Promise<readonly string[]> => {
  const selector = `metallb.io/service-name=${service},metallb.io/service-namespace=${pool}`
  const { items } = (await cluster.lab.get("-n", installNamespace, "servicel2statuses", "-l", selector)) as {
    items: { metadata: { name: string; resourceVersion: string }; status: { node: string } }[]
  }
  return items.map(({ metadata, status }) => `${metadata.name} ${status.node} ${metadata.resourceVersion}`)
}

const expose = (name: string, address: string) =>
  cluster.expose({ name, annotations: { "metallb.io/loadBalancerIPs": address } })

/** The one MAC that answers for an address. */
const ownerOf = async (address: string): Promise<string> => {
  const macs = [...(await cluster.macsOf(address))]
  assert.equal(macs.length, 1, `${address} is answered for by ${macs.join(" and ") || "nobody"}`)
  return macs[0] ?? ""
}

test("nodes that get a second, lower subnet on their interface still know each other there: one owner, and nothing is written", async () => {
  await expose("near", near)
  await cluster.expectAnswers(near)
  const owner = await ownerOf(near)
  const before = await statuses("near")
  assert.equal(before.length, 1, before.join(", "))
  await widenLan(cluster.lab)
  await seen()
  for (let look = 0; look < 5; look++) assert.equal(await ownerOf(near), owner, "it stays where it is")
  assert.deepEqual(await statuses("near"), before, "a status is written when something changes, not when interfaces do")
})

test("an address of the second subnet has one owner as well, told once", async () => {
  await expose("wide", wide)
  await cluster.expectAddresses("wide", [wide])
  await cluster.lab.waitFor("somebody answers", async () => (await cluster.macsOf(wide)).size > 0, {
    timeoutMs: 15_000,
  })
  const owner = await ownerOf(wide)
  const before = await statuses("wide")
  assert.equal(before.length, 1, before.join(", "))
  const node = cluster.lab.plan.nodes.find(({ mac }) => mac === owner)
  assert.match(before[0] ?? "", new RegExp(` ${node?.name} `))
  // Two seconds each: longer than the speakers take to look at their interfaces again.
  for (let look = 0; look < 6; look++) assert.equal(await ownerOf(wide), owner)
  assert.deepEqual(await statuses("wide"), before)
})
