import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { JsonObject } from "../../../plugin/cluster/json.ts"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { agentPod, install } from "./agents.ts"
import type { FakeWorld } from "./fake-world.ts"
import { announcing, liveCluster, putService } from "./live.ts"

const vip = "203.0.113.17"
const link = "203.0.113.0/24"

/** The order for the address is node-a, node-b, node-c. */
const world = (): FakeWorld => {
  const made = liveCluster()
  putService(made.api, { name: "web", ip: vip })
  return made
}

type Word = {
  readonly state?: string
  readonly mixed?: boolean
  readonly live?: readonly string[]
  readonly barred?: readonly JsonObject[]
}

/** Which speakers were asked about the company, in order. */
const says = (made: FakeWorld, words: Readonly<Record<string, Word>>): string[] => {
  const asked: string[] = []
  for (const [
    node,
    { state = "settled", mixed = false, live = ["node-a", "node-b", "node-c"], barred = [] },
  ] of Object.entries(words))
    made.api.commands.set(`speaker-${node}`, ([, , question = ""]) => {
      if (question.startsWith("--query=company")) asked.push(node)
      const members = live.map(name => ({ name, ours: true, state: "alive" }))
      const seats = [{ vip, link, mine: "no", reason: "ML370", facts: {}, ranking: live, barred }]
      const answer = question.startsWith("--query=company") ? { state, mixed, members, peers: [], seats } : []
      return { out: JSON.stringify({ answer }), err: "", failure: undefined }
    })
  return asked
}

const notReady = (made: FakeWorld, name: string) =>
  made.api.change(kinds.node, "", name, { status: { conditions: [{ type: "Ready", status: "Unknown" }] } })

const foreignOn = (made: FakeWorld, node: string) => {
  const containers = [{ name: "speaker", image: "quay.io/metallb/speaker:v0.15.2", args: ["--port=7472"] }]
  made.api.put(kinds.pod, agentPod("speaker", node, { spec: { nodeName: node, containers } }))
}

const started = (made: FakeWorld, container: JsonObject) =>
  made.api.change(kinds.daemonSet, install, "speaker", {
    spec: { template: { spec: { containers: [{ name: "speaker", ...container }] } } },
  })

describe("why-ip among speakers that know each other", () => {
  it("names the owner that they settle on, though Kubernetes calls its node not ready", async () => {
    const made = world()
    notReady(made, "node-a")
    says(made, { "node-b": {} })
    assert.equal(await made.run("why-ip shop/web"), 0, made.err)
    assert.match(made.out, /announced by node-a /)
    assert.doesNotMatch(made.out, /ML304/)
  })

  it("turns down a node whose speaker they do not hear, though Kubernetes calls it ready", async () => {
    const made = world()
    says(made, { "node-a": { live: ["node-b", "node-c"] }, "node-b": { live: ["node-b", "node-c"] } })
    assert.equal(await made.run("why-ip shop/web"), 0, made.err)
    assert.match(made.out, /announced by node-b /)
    assert.match(made.out, /node-a +- +rejected +ML323 the other speakers do not hear its speaker/)
  })

  it("asks the owner, and the next one where that leaves the address to others", async () => {
    const made = world()
    const own = { node: "node-a", reason: "ML326", facts: { node: "node-a", interfaces: "eth0" } }
    const other = { node: "node-c", reason: "ML324", facts: { node: "node-c", link } }
    const asked = says(made, { "node-a": { barred: [own, other] }, "node-b": { barred: [other] }, "node-c": {} })
    assert.equal(await made.run("why-ip shop/web"), 0, made.err)
    assert.deepEqual(asked.slice().sort(), ["node-a", "node-b", "node-c"], "each once")
    assert.match(made.out, /announced by node-b /)
    assert.match(made.out, /node-a +- +rejected +ML326 no carrier on eth0/)
    assert.match(made.out, /node-c +- +rejected +ML324 no interface in 203\.0\.113\.0\/24/)
    assert.match(made.out, /If node-b goes away: nobody takes over/)
    assert.equal(await made.run(`why-ip ${vip}`), 0)
    assert.match(made.out, /node-b/)
  })

  it("does not wait for the speaker of a node that the others know to be dead", async () => {
    const made = world()
    const asked = says(made, {
      "node-a": {},
      "node-b": { live: ["node-b", "node-c"] },
      "node-c": { live: ["node-b", "node-c"] },
    })
    assert.equal(await made.run("why-ip shop/web"), 0, made.err)
    assert.match(made.out, /announced by node-b /)
    assert.ok(!asked.includes("node-a"))
  })

  it("beside MetalLB's speakers neither drains nor links count", async () => {
    const made = world()
    made.api.change(kinds.node, "", "node-a", {
      metadata: { annotations: { "metallb.io/drain": "2026-01-01T13:00:00Z" } },
    })
    says(made, { "node-b": {} })
    await made.run("why-ip shop/web")
    assert.match(made.out, /announced by node-b /)
    says(made, { "node-b": { mixed: true } })
    await made.run("why-ip shop/web")
    assert.match(made.out, /announced by node-a /)
    made.api.commands.clear()
    foreignOn(made, "node-c")
    await made.run("why-ip shop/web")
    assert.match(made.out, /announced by node-a /, "seen at the pod")
  })

  it("goes by Kubernetes while they have no secret, and says that it does not know where none may be asked", async () => {
    const made = world()
    notReady(made, "node-a")
    says(made, { "node-b": { state: "alone" } })
    assert.equal(await made.run("why-ip shop/web"), 0, made.err)
    assert.match(made.out, /announced by node-b /)
    made.api.commands.clear()
    assert.equal(await made.run("why-ip shop/web"), 4)
    assert.match(made.out, /unknown {2}ML630 company: node-c: pods "speaker-node-c" is forbidden/)
    assert.match(made.out, /speakers decide among themselves whether a node that is not ready may announce/)
  })

  it("does not need their word where Kubernetes calls all of them ready", async () => {
    assert.equal(await world().run("why-ip shop/web"), 0)
  })

  it("asks nobody where there is no member list: every node counts", async () => {
    const made = world()
    notReady(made, "node-a")
    started(made, { args: ["--mode=speaker"], env: [] })
    const asked = says(made, { "node-b": {} })
    assert.equal(await made.run("why-ip shop/web"), 0, made.err)
    assert.match(made.out, /announced by node-a /)
    assert.deepEqual(asked, [])
    started(made, { args: ["--mode=speaker"], env: [{ name: "METALLB_ML_BIND_ADDR", valueFrom: { fieldRef: {} } }] })
    await made.run("why-ip shop/web")
    assert.notDeepEqual(asked, [])
  })
})

describe("drain beside MetalLB's speakers", () => {
  it("refuses with the reason what they would not do, and does not wait for it", async () => {
    for (const line of ["drain node-a", "drain node-a --dry-run", "drain node-a --force"]) {
      const made = world()
      announcing(made.api, "web", "node-a")
      foreignOn(made, "node-c")
      assert.equal(await made.run(line), 6, made.err)
      assert.match(made.err, /node-a would go on announcing 203\.0\.113\.17: drains are suspended .*\[ML385\]/)
      assert.deepEqual(made.api.writes, [])
    }
  })

  it("goes by what the speakers say where they may be asked", async () => {
    const made = world()
    says(made, { "node-a": { mixed: true } })
    assert.equal(await made.run("drain node-a --dry-run"), 6)
    says(made, { "node-a": {} })
    assert.equal(await made.run("drain node-a --dry-run"), 0, made.err)
  })

  it("drains a node that announces nothing on a link", async () => {
    const made = world()
    foreignOn(made, "node-c")
    assert.equal(await made.run("drain node-b --dry-run"), 0, made.err)
    assert.equal(made.out, "No address moves.\n")
  })
})
