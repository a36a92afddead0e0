import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Cluster, installNamespace } from "./cluster.ts"

let cluster: Cluster
const address = "192.168.1.91"

before(async () => {
  cluster = await Cluster.ready("e2e-history")
  await cluster.classic(undefined)
  await cluster.pool("e2e-history", ["192.168.1.91-192.168.1.95"])
  await cluster.expose({ name: "web" })
  await cluster.expectAddresses("web", [address])
  await cluster.expectAnswers(address)
})
after(async () => {
  await cluster.remove()
  await cluster.removePool("e2e-history")
})

type Change = { readonly from: string | null; readonly to: string | null; readonly reason: string }

const metallb = (...args: readonly string[]) => cluster.lab.kubectl(["metallb", ...args], { timeoutMs: 60_000 })

const changes = async (): Promise<readonly Change[]> => {
  const { code, stdout, stderr } = await metallb("history", address, "-o", "json")
  assert.equal(code, 0, stderr + stdout)
  return (JSON.parse(stdout) as { changes: readonly Change[] }).changes
}

/** Node that announces, once one does. */
const announcer = () => cluster.lab.waitFor("a node announces", () => cluster.announcer("web"), { timeoutMs: 10_000 })

test("the speakers tell who announces an address, and where it went when its node was excluded", async () => {
  const first = await announcer()
  assert.equal((await changes())[0]?.to, first)
  const label = "node.kubernetes.io/exclude-from-external-load-balancers"
  await cluster.lab.mustKubectl(["label", "node", first, `${label}=true`])
  try {
    const last = await cluster.lab.waitFor(
      "the next owner tells it",
      async () => (await changes()).find(({ from, to }) => from === first && to !== null),
      { timeoutMs: 15_000 },
    )
    assert.notEqual(last.to, first)
    const { stdout } = await metallb("history", address)
    assert.match(stdout, /^WHEN +FROM +TO +SILENT +WHY\n/)
  } finally {
    await cluster.lab.mustKubectl(["label", "node", first, `${label}-`])
  }
})

test("why-ip --node shows what the node's speaker says", async () => {
  const node = await announcer()
  const { stdout, stderr } = await metallb("why-ip", `${cluster.namespace}/web`, "--node", node)
  assert.match(stdout, new RegExp(`its speaker {2}${address}: announces it`), stdout + stderr)
})

test("what a speaker remembers outlives its container", async () => {
  const before = (await changes()).length
  const pod = await cluster.agentPod("speaker", await announcer())
  await cluster.crash(pod)
  await cluster.lab.mustKubectl(["-n", installNamespace, "wait", "pod", pod, "--for=condition=Ready", "--timeout=60s"])
  assert.ok((await changes()).length >= before)
})

test("whoever may not run commands in pods is told so, and that the answer is unknown", async () => {
  const { code, stderr } = await metallb("history", address, "--as", "somebody")
  assert.notEqual(code, 0)
  assert.match(stderr, /forbidden/i)
})
