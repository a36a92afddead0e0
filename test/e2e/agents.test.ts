import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { startProbe } from "../client/client.ts"
import { Cluster, installNamespace } from "./cluster.ts"

let cluster: Cluster
const address = "192.168.1.61"

before(async () => {
  cluster = await Cluster.ready("e2e-agents")
  await cluster.classic(undefined)
  await cluster.pool("e2e-agents", ["192.168.1.61-192.168.1.69"])
  await cluster.expose({ name: "kept" })
  await cluster.expectAddresses("kept", [address])
  await cluster.expectAnswers(address)
})
after(async () => {
  await cluster.remove()
  await cluster.removePool("e2e-agents")
})

test("exactly one node answers for the address, and it is the node that the status names", async () => {
  const node = await cluster.lab.waitFor("a node announces", () => cluster.announcer("kept"), { timeoutMs: 10_000 })
  const host = cluster.lab.plan.nodes.find(n => n.name === node)
  assert.deepEqual([...(await cluster.macsOf(address))], [host?.mac])
})

test("a controller that is killed comes back and nothing moves", async () => {
  await cluster.expose({ name: "other" })
  await cluster.expectAddresses("other", ["192.168.1.62"])
  await cluster.crash(await cluster.agentPod("controller"))
  await cluster.expose({ name: "later" })
  await cluster.expectAddresses("later", ["192.168.1.63"], 30_000)
  assert.deepEqual(await cluster.addresses("kept"), [address])
  assert.deepEqual(await cluster.addresses("other"), ["192.168.1.62"])
})

test("a controller that is deleted while services are deleted and made finds the truth again", async () => {
  await cluster.lab.mustKubectl([
    "-n",
    installNamespace,
    "delete",
    "pod",
    await cluster.agentPod("controller"),
    "--wait=false",
  ])
  await cluster.kubectl(["delete", "service", "other", "later"])
  await cluster.expose({ name: "fresh" })
  await cluster.expectAddresses("fresh", ["192.168.1.62"], 30_000)
  assert.deepEqual(await cluster.addresses("kept"), [address])
})

test("a speaker that is killed answers again, with the same address on one node", async () => {
  const node = await cluster.announcer("kept")
  await cluster.crash(await cluster.agentPod("speaker", node))
  await cluster.expectAnswers(address)
  await cluster.lab.waitFor("one node answers", async () => (await cluster.macsOf(address)).size === 1, {
    timeoutMs: 15_000,
  })
})

test("traffic goes on while the API server is away, and new services are served after it is back, without a restart", async () => {
  const pods = await Promise.all([
    cluster.agentPod("controller"),
    ...cluster.lab.nodes.map(n => cluster.agentPod("speaker", n)),
  ])
  const before = await Promise.all(pods.map(pod => cluster.restarts(pod)))
  const probe = await startProbe(cluster.lab, address, 80, 100, 1000)
  try {
    await cluster.lab.stopApiServer()
    // Ten answers while there is no API at all, then it comes back.
    await cluster.expectAnswers(address, 10)
    await cluster.lab.startApiServer()
    await cluster.expose({ name: "after-restart" })
    await cluster.expectAddresses("after-restart", ["192.168.1.63"], 45_000)
    await cluster.expectAnswers("192.168.1.63")
    const report = await probe.stop()
    assert.equal(report.lost, 0, JSON.stringify(report))
  } finally {
    probe.kill()
  }
  assert.deepEqual(await Promise.all(pods.map(pod => cluster.restarts(pod))), before, "no agent was restarted")
})

test("a change of type away from LoadBalancer gives the address back", async () => {
  await cluster.kubectl(["patch", "service", "after-restart", "-p", '{"spec":{"type":"ClusterIP"}}'])
  await cluster.expose({ name: "next" })
  await cluster.expectAddresses("next", ["192.168.1.63"])
})

test("agents run as the manifests promise: not root, read-only, and only the speaker with NET_RAW", async () => {
  for (const component of ["controller", "speaker"] as const) {
    const node = component === "speaker" ? cluster.lab.nodes[0] : undefined
    const pod = await cluster.agentPod(component, node)
    const where = (
      await cluster.lab.mustKubectl(["-n", installNamespace, "get", "pod", pod, "-o", "jsonpath={.spec.nodeName}"])
    ).trim()
    const { stdout } = await cluster.lab.exec(where, [
      "bash",
      "-c",
      // The brackets keep this shell's own command line from being found.
      `grep -l -- '[-]-mode=${component}' /proc/[0-9]*/cmdline 2>/dev/null | while read f; do cat "\${f%cmdline}status"; done`,
    ])
    assert.match(stdout, /^Uid:\t65532\t65532\t65532\t65532$/m)
    assert.match(stdout, /^NoNewPrivs:\t1$/m)
    assert.match(stdout, /^Seccomp:\t2$/m)
    const effective = BigInt(`0x${stdout.match(/^CapEff:\t([0-9a-f]+)$/m)?.[1] ?? "ff"}`)
    assert.equal(effective, component === "speaker" ? 1n << 13n : 0n, `capabilities of the ${component}`)
  }
})
