import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { root } from "../run/places.ts"
import { Cluster } from "./cluster.ts"

/** Agents as plain processes, beside those that are installed: another namespace for their pools, and a class of their own. */
const namespace = "e2e-by-hand"
const lbClass = "example.com/by-hand"
const address = "192.168.1.71"

let cluster: Cluster
/** BOUNDED by the agents that this file starts. */
const agents = new Map<string, { readonly child: ChildProcess; readonly said: string[] }>()

/** Starts the bundle with nothing but a kubeconfig; `where` is a node, or the machine itself. */
const start = (name: string, where: string | undefined, args: readonly string[]): void => {
  const command = [process.execPath, join(root, "dist/agent.cjs"), `--namespace=${namespace}`, `--lb-class=${lbClass}`]
  const whole = [...command, `--pod-name=${name}`, "--metrics-plain", ...args]
  const [program, words] =
    where === undefined ? ([whole[0] ?? "", whole.slice(1)] as const) : cluster.lab.nodeCommand(where, whole)
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"], env: cluster.lab.env })
  const said: string[] = []
  child.stdout.setEncoding("utf8").on("data", (text: string) => said.push(text))
  agents.set(name, { child, said })
}

const end = async (name: string, signal: NodeJS.Signals): Promise<void> => {
  const agent = agents.get(name)
  if (agent === undefined || agent.child.exitCode !== null || agent.child.signalCode !== null) return
  const ended = once(agent.child, "exit")
  agent.child.kill(signal)
  await ended
  agents.delete(name)
}

const controller = (name: string, port: number) =>
  start(name, undefined, [
    "--mode=controller",
    "--leader-elect=false",
    `--port=${port}`,
    `--health-probe-port=${port + 1}`,
  ])
const speaker = (name: string, node: string) =>
  start(name, node, ["--mode=speaker", `--node-name=${node}`, "--port=9130", "--health-probe-port=9131"])

const exposed = (name: string) => cluster.expose({ name, spec: { loadBalancerClass: lbClass } })

before(async () => {
  cluster = await Cluster.ready(namespace)
  const metadata = { name: "by-hand", namespace }
  await cluster.lab.apply([
    { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata, spec: { addresses: ["192.168.1.71/32"] } },
    {
      apiVersion: "metallb.io/v1beta1",
      kind: "L2Advertisement",
      metadata,
      spec: {
        ipAddressPools: ["by-hand"],
        nodeSelectors: [{ matchLabels: { "kubernetes.io/hostname": "n2" } }],
      },
    },
  ])
})
after(async () => {
  for (const name of [...agents.keys()]) await end(name, "SIGKILL")
  await cluster.remove()
})

test("a controller outside the cluster needs a kubeconfig and nothing else, and is ready as soon as it has read", async () => {
  controller("hand-1", 9140)
  await cluster.lab.waitFor("the controller is ready", async () => (await fetch("http://127.0.0.1:9141/readyz")).ok)
  await exposed("first")
  await cluster.expectAddresses("first", [address])
})

test("speakers run by hand in nodes answer for it, from the node that the advertisement selects", async () => {
  speaker("hand-n2", "n2")
  speaker("hand-n3", "n3")
  await cluster.expectAnswers(address)
  const owner = cluster.lab.plan.nodes.find(node => node.name === "n2")
  assert.deepEqual([...(await cluster.macsOf(address))], [owner?.mac])
})

test("agents that are killed and started again find everything where it was", async () => {
  await end("hand-1", "SIGKILL")
  await end("hand-n2", "SIGKILL")
  controller("hand-2", 9150)
  speaker("hand-n2", "n2")
  await cluster.expectAnswers(address)
  assert.deepEqual(await cluster.addresses("first"), [address])
  await exposed("second")
  await cluster.waitForEvent("second", "AllocationFailed")
  await cluster.kubectl(["delete", "service", "first"])
  await cluster.expectAddresses("second", [address])
})

test("two processes on one host with ports of their own both run, and end cleanly when told to", async () => {
  controller("hand-3", 9160)
  for (const port of [9151, 9161]) {
    await cluster.lab.waitFor(`readyz on port ${port}`, async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok)
  }
  const third = agents.get("hand-3")
  const began = performance.now()
  await end("hand-3", "SIGTERM")
  assert.equal(third?.child.exitCode, 0, String(third?.said.join("")))
  assert.ok(performance.now() - began < 2_000, "it ends within the 2 s that it promises")
})
