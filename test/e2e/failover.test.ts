import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { after, before, beforeEach, test } from "node:test"
import { startProbe } from "../client/client.ts"
import type { ProbeReport } from "../client/report.ts"
import { echoDeployment } from "../demo/manifests.ts"
import { Cluster, installNamespace } from "./cluster.ts"
import { isBack, signalSpeaker, standIn } from "./speaker-process.ts"

let cluster: Cluster
const address = "192.168.1.71"
const dual = { v4: "192.168.1.72", v6: "fd00:192:168:1::770" }

/** An endpoint on every node, and every node answers with its own: what is lost is lost by the address alone. */
const everywhere = () => {
  const { spec, metadata } = echoDeployment("echo", "name") as { spec: Record<string, unknown>; metadata: object }
  const { selector, template } = spec
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { ...metadata, name: "everywhere" },
    spec: { selector, template },
  }
}

const owner = () =>
  cluster.lab.waitFor("one node announces", async () => {
    const node = await cluster.announcer("web")
    return /^n\d+$/.test(node) ? node : undefined
  })

const oneAnswers = () =>
  cluster.lab.waitFor("one node answers", async () => ((await cluster.macsOf(address)).size === 1 ? true : undefined), {
    timeoutMs: 20_000,
  })

/** Asks every 20 ms while something happens, until `until` resolves. */
const during = async (what: () => Promise<unknown>, until: () => Promise<unknown>): Promise<ProbeReport> => {
  const probe = await startProbe(cluster.lab, address, 80, 20, 500)
  try {
    await what()
    await until()
    return await probe.stop()
  } finally {
    probe.kill()
  }
}

const macOf = (name: string) => cluster.lab.plan.nodes.find(node => node.name === name)?.mac

const speakersReady = () =>
  cluster.lab.mustKubectl(["-n", installNamespace, "rollout", "status", "daemonset/speaker", "--timeout=120s"], {
    timeoutMs: 130_000,
  })

before(async () => {
  cluster = await Cluster.ready("e2e-failover")
  await cluster.classic(undefined)
  await cluster.pool("e2e-failover", ["192.168.1.71-192.168.1.79", `${dual.v6}-fd00:192:168:1::77f`])
  await cluster.apply(everywhere())
  await cluster.kubectl(["rollout", "status", "daemonset/everywhere", "--timeout=120s"])
  await cluster.expose({ name: "web", spec: { externalTrafficPolicy: "Local" } })
  await cluster.expectAddresses("web", [address])
  await cluster.expectAnswers(address)
})
beforeEach(async () => {
  await speakersReady()
  await cluster.expectAnswers(address, 10)
})
after(async () => {
  await cluster.remove()
  await cluster.removePool("e2e-failover")
})

test("the secret of the member list is there, and a changed one moves nothing", async t => {
  const read = async () => {
    const secret = (await cluster.lab.get("-n", installNamespace, "secret", "memberlist")) as {
      data: Readonly<Record<string, string>>
    }
    return Buffer.from(secret.data["secretkey"] ?? "", "base64").toString()
  }
  assert.match(await read(), /^[A-Za-z0-9+/]{22}$/)
  const old = await owner()
  const spoken = async () => {
    const words = ["-n", installNamespace, "logs", "-l", "app=metallb,component=speaker", "--tail=-1"]
    const log = await cluster.lab.mustKubectl(words)
    return log.split("\n").filter(line => line.includes("the new key of the membership is in use")).length
  }
  const wanted = (await spoken()) + cluster.lab.nodes.length
  const report = await during(
    () =>
      cluster.lab.apply({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "memberlist", namespace: installNamespace },
        stringData: { secretkey: randomBytes(16).toString("base64").slice(0, 22) },
      }),
    () =>
      cluster.lab.waitFor("every speaker speaks the new key", async () => (await spoken()) === wanted, {
        timeoutMs: 30_000,
      }),
  )
  t.diagnostic(JSON.stringify(report))
  assert.equal(report.lost, 0)
  assert.equal(await owner(), old)
})

test("an owner whose speaker is killed keeps the address, and no request is lost", async t => {
  const old = await owner()
  const report = await during(
    () => signalSpeaker(cluster, old, "KILL"),
    () => isBack(cluster, address, old),
  )
  t.diagnostic(JSON.stringify(report))
  assert.equal(report.lost, 0, JSON.stringify(report))
  assert.equal(await owner(), old)
  const { stdout } = await cluster.lab.kubectl(["metallb", "history", address], { timeoutMs: 60_000 })
  assert.match(stdout, new RegExp(`${old} +${old} by n\\d+ .*\\[ML390\\]`))
})

test("no request is lost while all speakers are restarted one after another, and the address stays where it is", async t => {
  const old = await owner()
  const report = await during(
    async () => {
      await cluster.lab.mustKubectl(["-n", installNamespace, "rollout", "restart", "daemonset/speaker"])
      await speakersReady()
    },
    () => isBack(cluster, address, old),
  )
  t.diagnostic(JSON.stringify(report))
  assert.equal(report.lost, 0, JSON.stringify(report))
  assert.equal(await owner(), old)
})

test("an owner that stands still is answered for at its own MAC, keeps the address, and no request is lost", async t => {
  const old = await owner()
  const report = await during(
    async () => {
      await signalSpeaker(cluster, old, "STOP")
      try {
        await standIn(cluster, address)
        assert.deepEqual([...(await cluster.macsOf(address))], [macOf(old)])
      } finally {
        await signalSpeaker(cluster, old, "CONT")
      }
    },
    () => isBack(cluster, address, old),
  )
  t.diagnostic(JSON.stringify(report))
  assert.equal(report.lost, 0, JSON.stringify(report))
  assert.equal(await owner(), old)
})

test("an owner whose cable is pulled while it is stood in for is replaced within a second", async t => {
  const old = await owner()
  await signalSpeaker(cluster, old, "STOP")
  try {
    await standIn(cluster, address)
    const report = await during(
      () => cluster.lab.cable("out", old),
      () => cluster.expectAnswers(address, 20).finally(() => cluster.lab.cable("in", old)),
    )
    t.diagnostic(JSON.stringify(report))
    assert.ok(report.outageMs < 1_000, JSON.stringify(report))
  } finally {
    await signalSpeaker(cluster, old, "CONT")
  }
  await oneAnswers()
})

test("an owner whose cable is pulled is replaced within a second, and there is one owner when it is back", async t => {
  const old = await owner()
  const report = await during(
    () => cluster.lab.cable("out", old),
    () => cluster.expectAnswers(address, 20).finally(() => cluster.lab.cable("in", old)),
  )
  t.diagnostic(JSON.stringify(report))
  assert.ok(report.outageMs < 1_000, JSON.stringify(report))
  await oneAnswers()
})

test("an owner whose node is powered off is replaced within a second", async t => {
  const old = await owner()
  const report = await during(
    () => cluster.lab.powerOff(old),
    () => cluster.expectAnswers(address, 20),
  )
  t.diagnostic(JSON.stringify(report))
  try {
    assert.ok(report.outageMs < 1_000, JSON.stringify(report))
  } finally {
    await cluster.lab.boot(old)
  }
})

test("both addresses of a dual-stack service are answered by others within a second of the owner's power-off", async t => {
  const both = [dual.v4, dual.v6]
  await allKnowAll()
  await cluster.expose({
    name: "dual",
    spec: { externalTrafficPolicy: "Local", ipFamilyPolicy: "RequireDualStack" },
  })
  await cluster.expectAddresses("dual", both)
  for (const ip of both) await cluster.expectAnswers(ip, 10)
  const old = await ownerOf6()
  const probes = await Promise.all(both.map(ip => startProbe(cluster.lab, ip, 80, 20, 500)))
  try {
    await cluster.lab.powerOff(old)
    for (const ip of both) await cluster.expectAnswers(ip, 20)
    const reports = await Promise.all(probes.map(probe => probe.stop()))
    t.diagnostic(JSON.stringify(reports))
    for (const report of reports) assert.ok(report.outageMs < 1_000, JSON.stringify(report))
    assert.ok((reports[1]?.outageMs ?? 0) > 0, "the node answered for the IPv6 address")
  } finally {
    for (const probe of probes) probe.kill()
    await cluster.lab.boot(old)
  }
})

test("every speaker answers what it sees of the others, and none of them was taken for a stranger", async () => {
  await allKnowAll()
  const reasons = (await cluster.events("web")).map(({ reason }) => reason)
  assert.ok(!reasons.includes("addressConflict"), reasons.join(", "))
})

/** The node whose MAC the client has for the IPv6 address. */
const ownerOf6 = async (): Promise<string> => {
  const { stdout } = await cluster.lab.client(["ip", "-6", "neigh", "show", dual.v6, "dev", "eth0"])
  const mac = /lladdr (\S+)/.exec(stdout)?.[1]
  return cluster.lab.plan.nodes.find(node => node.mac === mac)?.name ?? assert.fail(`nobody has ${dual.v6}: ${stdout}`)
}

/** One of them may have just been powered on. */
const allKnowAll = async (): Promise<void> => {
  const all = [...cluster.lab.nodes].sort().join()
  for (const node of cluster.lab.nodes)
    await cluster.lab.waitFor(`the speaker of ${node} knows all others`, async () => (await seenBy(node)) === all, {
      timeoutMs: 120_000,
    })
}

/** Names of the live members as a node's speaker tells them, or what else it says. */
const seenBy = async (node: string): Promise<string> => {
  const pod = await cluster.agentPod("speaker", node)
  const command = ["/usr/bin/node", "/app/agent.cjs", "--query=company"]
  const { stdout } = await cluster.lab.kubectl(["-n", installNamespace, "exec", pod, "--", ...command])
  const { answer } = JSON.parse(stdout) as {
    answer: { state: string; mixed: boolean; members: { name: string }[] }
  }
  if (answer.state !== "settled" || answer.mixed) throw new Error(JSON.stringify(answer))
  return answer.members
    .map(({ name }) => name)
    .sort()
    .join()
}
