import assert from "node:assert/strict"
import { test } from "node:test"
import { type Clock, pause } from "../../../agent/ports/clock.ts"
import type { KeptFile } from "../../../agent/ports/kept-file.ts"
import type { KubeClient } from "../../../agent/ports/kube/client.ts"
import { startSpeaker } from "../../../agent/speaker/speaker.ts"
import { fakeLan } from "./fake-lan.ts"
import { collections, installNamespace, world } from "./harness.ts"

const vip = "192.0.2.10"
const names = ["node-1", "node-2", "node-3"]

/** A file that outlives a process. */
const memoryFile = (): KeptFile => {
  let text: string | undefined
  return {
    read: () => (text === undefined ? undefined : (JSON.parse(text) as unknown)),
    write: value => {
      text = JSON.stringify(value)
      return undefined
    },
  }
}

/** Three nodes with a speaker each that knows the others; the order for the address is node-1, node-2, node-3. */
const company = async (
  more: { failbackAfter?: number | undefined; without?: string; secret?: boolean; late?: string } = {},
) => {
  const cluster = world()
  const lan = fakeLan(cluster.clock)
  cluster.pool("public", ["192.0.2.0/24"])
  cluster.l2Advertisement("all")
  const secret = (text: string) =>
    cluster.put("secrets", {
      metadata: { name: "memberlist", namespace: installNamespace },
      data: { secretkey: Buffer.from(text).toString("base64") },
    })
  if (more.secret !== false) secret("a secret of the test")
  const ready = (name: string, status: string) =>
    cluster.put(collections.nodes, {
      metadata: { name },
      spec: {},
      status: { conditions: [{ type: "Ready", status }], addresses: [] },
    })
  for (const name of names) ready(name, "True")
  const service = (local: boolean) => {
    cluster.service("web", {
      metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "public" } },
      spec: { externalTrafficPolicy: local ? "Local" : "Cluster" },
      status: { loadBalancer: { ingress: [{ ip: vip }] } },
    })
  }
  const endpoints = (...nodes: readonly string[]) =>
    cluster.put(collections.slices, {
      metadata: { name: "web-1", namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
      endpoints: nodes.map(nodeName => ({ nodeName, addresses: ["10.0.0.1"], conditions: { ready: true } })),
    })
  const start = (nodeName: string, kept = memoryFile()) => {
    const index = names.indexOf(nodeName) + 1
    const { host, company: edges } = lan.add(nodeName, index)
    cluster.put(collections.pods, {
      metadata: {
        name: `speaker-${nodeName}`,
        namespace: installNamespace,
        labels: { app: "metallb", component: "speaker" },
      },
      spec: { nodeName },
      status: { conditions: [{ type: "Ready", status: "True" }], podIP: `192.0.2.${index}` },
    })
    const agent = cluster.agent()
    const client = nodeName === more.late ? late(cluster.clock, agent.edges.client) : agent.edges.client
    const running = startSpeaker(
      { ...agent.edges, ...host.edges, client, company: edges },
      {
        namespace: installNamespace,
        podName: `speaker-${nodeName}`,
        nodeName,
        lbClass: "",
        ignoreExcludeLb: false,
        speakerLabels: "app=metallb,component=speaker",
        isExcluded: () => false,
        refreshEvery: 0,
        kept,
        bgpListenPort: 0,
        company: {
          bind: { address: `192.0.2.${index}`, port: 7946 },
          secret: { namespace: installNamespace, folder: "", name: "memberlist" },
          settings: "automatic",
          envelope: { compression: true, verifyIncoming: true, verifyOutgoing: true },
          failbackAfter: "failbackAfter" in more ? more.failbackAfter : 10_000,
        },
      },
    )
    return { ...agent, host, running, kept }
  }
  service(false)
  endpoints(...names)
  const speakers = new Map(names.filter(name => name !== more.without).map(name => [name, start(name)]))
  const answers = (host: ReturnType<typeof start>["host"]) => {
    host.taken()
    host.ask(2, vip)
    return host.taken().some(frame => frame.includes(`reply ${vip} `))
  }
  const answering = () => [...speakers].filter(([, { host }]) => answers(host)).map(([name]) => name)
  const owner = () => answering().join()
  await cluster.clock.until("an owner", () => owner() !== "", 20_000)
  await cluster.clock.advance(3_000)
  return { cluster, lan, speakers, start, owner, answering, ready, service, endpoints, secret, clock: cluster.clock }
}

/** A client that hears of everything seven seconds later than others. */
const late = (clock: Clock, client: KubeClient): KubeClient => ({
  ...client,
  stream: async request => {
    const batches = await client.stream(request)
    return (async function* () {
      for await (const batch of batches) {
        await pause(clock, 7_000)
        yield batch
      }
    })()
  },
})

/** Lets time pass, and looks every 20 ms whether this node alone answers. */
const steady = async ({ clock, owner }: Company, node: string, ms: number) => {
  for (let at = 0; at < ms; at += 20) {
    assert.equal(owner(), node, `after ${at} ms`)
    await clock.advance(20)
  }
}

type Company = Awaited<ReturnType<typeof company>>

/** Milliseconds of virtual time until exactly this node answers. */
const until = async ({ clock, owner }: Company, node: string, limit = 5_000): Promise<number> => {
  const began = clock.monotonic()
  await clock.until(`${node} alone answers`, () => owner() === node, limit)
  return clock.monotonic() - began
}

/** A host that is gone hears no questions. */
const without = (all: Company, node: string) => void all.speakers.delete(node)

test("the first in the order owns the address, and readiness of nodes and pods moves nothing", async () => {
  const all = await company()
  assert.equal(all.owner(), "node-1")
  all.ready("node-1", "False")
  await all.clock.advance(60_000)
  assert.equal(all.owner(), "node-1")
})

test("an owner that is powered off is replaced by the second within 0.3 s, though the API still calls it ready", async () => {
  const all = await company()
  all.lan.powerOff("node-1")
  without(all, "node-1")
  assert.ok((await until(all, "node-2")) < 300)
})

test("an owner whose process is killed is replaced within 50 ms", async () => {
  const all = await company()
  all.lan.kill("node-1")
  without(all, "node-1")
  assert.ok((await until(all, "node-2")) < 50)
})

test("an owner that is asked to stop hands over first: there is an owner at every moment", async () => {
  const all = await company()
  let ended = false
  const stopping = all.speakers
    .get("node-1")
    ?.running.stop()
    .then(() => {
      ended = true
    })
  for (let at = 0; at < 300 && !ended; at += 1) {
    assert.notEqual(all.owner(), "")
    await all.clock.advance(1)
  }
  assert.equal(all.owner(), "node-2")
  await all.clock.advance(5_000)
  await stopping
  assert.equal(all.owner(), "node-2")
})

test("a node that may not announce any longer hands over: there is an owner at every moment", async () => {
  const all = await company()
  all.service(true)
  await all.clock.advance(1_000)
  all.endpoints("node-3")
  for (let at = 0; at < 3_000 && all.owner() !== "node-3"; at += 1) {
    assert.notEqual(all.owner(), "")
    await all.clock.advance(1)
  }
  assert.equal(all.owner(), "node-3")
})

test("an API that is away moves nothing, and a dead owner is replaced all the same", async () => {
  const all = await company()
  all.cluster.api.down()
  await all.clock.advance(60_000)
  assert.equal(all.owner(), "node-1")
  all.lan.powerOff("node-1")
  without(all, "node-1")
  assert.ok((await until(all, "node-2")) < 300)
})

test("a stand-still silences the owner once for all that waited, and neither status nor events hear of it", async () => {
  const all = await company()
  await all.clock.advance(2_000)
  const one = all.speakers.get("node-1")
  const statuses = () => JSON.stringify(all.cluster.api.store.list(collections.statuses))
  const before = statuses()
  one?.host.taken()
  one?.host.ask(2, vip, 150)
  assert.deepEqual(one?.host.taken(), [])
  for (let passed = 0; passed < 1_000; passed += 20) {
    await all.clock.advance(20)
    one?.host.ask(2, vip, 170 + passed)
  }
  assert.equal(all.owner(), "node-1")
  await all.clock.advance(5_000)
  assert.equal(one?.metric('metallb_ownership_changes_total{change="given-up",reason="ML368"}'), "1")
  assert.equal(statuses(), before)
  assert.equal(all.cluster.events().length, 1)
})

test("a container that starts again while the API is away announces what the one before it knew", async () => {
  const all = await company()
  all.cluster.api.down()
  const kept = all.speakers.get("node-1")?.kept
  assert.notEqual(kept?.read(), undefined)
  for (const name of names) {
    void all.speakers.get(name)?.running.stop()
    await all.clock.advance(3_000)
    without(all, name)
  }
  const again = all.start("node-1", kept)
  all.speakers.set("node-1", again)
  await until(all, "node-1", 10_000)
  assert.deepEqual(again.running.missing().slice(0, 1), ["services not read yet"])
})

test("a better node that is back waits for as long as the failback says, and takes over without a gap", async () => {
  const all = await company({ without: "node-1" })
  assert.equal(all.owner(), "node-2")
  all.speakers.set("node-1", all.start("node-1"))
  await all.clock.advance(9_000)
  assert.equal(all.owner(), "node-2")
  for (let at = 0; at < 5_000 && all.owner() !== "node-1"; at += 1) {
    assert.notEqual(all.owner(), "")
    await all.clock.advance(1)
  }
  assert.equal(all.owner(), "node-1")
})

test("an owner is left alone for ever where failback is never", async () => {
  const all = await company({ without: "node-1", failbackAfter: undefined })
  all.speakers.set("node-1", all.start("node-1"))
  await all.clock.advance(120_000)
  assert.equal(all.owner(), "node-2")
})

test("beside a speaker of MetalLB that comes first nobody of ours answers, and as soon as it is gone the next one does", async () => {
  const all = await company({ without: "node-1" })
  all.lan.foreign("node-1", true)
  await all.clock.advance(100)
  assert.equal(all.owner(), "")
  const second = all.speakers.get("node-2")
  const answer = second?.running.questions?.["company"]?.("") as { readonly mixed: boolean } | undefined
  assert.equal(answer?.mixed, true)
  all.lan.foreign("node-1", false)
  assert.ok((await until(all, "node-2")) < 100)
})

test("without a secret the API alone decides, as if nobody knew anybody", async () => {
  const all = await company({ secret: false })
  assert.equal(all.owner(), "node-1")
  all.ready("node-1", "False")
  await all.clock.advance(1_000)
  assert.equal(all.owner(), "node-2")
})

test("speakers that were alone join as soon as there is a secret, without a restart and with a pause of 0.3 s at most", async () => {
  const all = await company({ secret: false })
  const states = () =>
    [...all.speakers.values()].map(({ running }) => {
      const answer = running.questions?.["company"]?.("") as { readonly state: string }
      return answer.state
    })
  assert.deepEqual(states(), ["alone", "alone", "alone"])
  all.secret("made late")
  let silent = 0
  for (let at = 0; at < 5_000; at += 1) {
    const owner = all.owner()
    assert.ok(owner === "" || owner === "node-1", owner)
    if (owner === "") silent += 1
    await all.clock.advance(1)
  }
  assert.deepEqual(states(), ["settled", "settled", "settled"])
  assert.ok(silent <= 300, `${silent} ms without an answer`)
  all.lan.powerOff("node-1")
  without(all, "node-1")
  assert.ok((await until(all, "node-2")) < 300)
})

test("a changed secret moves nothing, though one speaker hears of it seven seconds late", async () => {
  const all = await company({ late: "node-2" })
  const unread = () =>
    [...all.speakers.values()].map(({ metric }) => metric('metallb_membership_events_total{name="detector-tag"}'))
  all.secret("another one")
  await steady(all, "node-1", 12_000)
  assert.deepEqual(unread(), [undefined, undefined, undefined])
  assert.equal(all.cluster.events().length, 1)
  all.secret("and another")
  await steady(all, "node-1", 12_000)
  assert.deepEqual(unread(), [undefined, undefined, undefined])
  all.lan.powerOff("node-1")
  without(all, "node-1")
  assert.ok((await until(all, "node-2")) < 300)
})

test("a secret that is deleted stays in use, which is said once", async () => {
  const all = await company()
  all.cluster.api.store.remove("secrets", `${installNamespace}/memberlist`)
  await steady(all, "node-1", 5_000)
  await all.clock.advance(60_000)
  const told = all.speakers.get("node-1")?.lines.filter(line => line.includes("its key stays in use"))
  assert.equal(told?.length, 1)
  all.lan.powerOff("node-1")
  without(all, "node-1")
  assert.ok((await until(all, "node-2")) < 300)
})

test("events, metrics and status follow the owner", async () => {
  const all = await company()
  void all.speakers.get("node-1")?.running.stop()
  await until(all, "node-2")
  await all.clock.advance(5_000)
  assert.deepEqual(all.cluster.events(), [
    'Service/web nodeAssigned: announcing from node "node-1" with protocol "layer2"',
    'Service/web nodeAssigned: announcing from node "node-2" with protocol "layer2"',
  ])
  const statuses = all.cluster.api.store.list(collections.statuses)
  assert.deepEqual(
    statuses.map(({ status }) => (status as { node: string }).node),
    ["node-2"],
  )
  const second = all.speakers.get("node-2")
  assert.equal(second?.metric('metallb_ownership_changes_total{change="taken",reason="ML362"}'), "1")
  assert.equal(second?.metric("metallb_membership_members"), "2")
})

test("the history of an address has the takeover, with what had become of the owner before", async () => {
  const all = await company()
  all.lan.powerOff("node-1")
  without(all, "node-1")
  await until(all, "node-2")
  const history = all.speakers.get("node-2")?.running.questions?.["history"]?.(vip)
  const change: unknown = Array.isArray(history) ? history[0] : undefined
  const told = Array.isArray(change) ? change.slice(1, 7) : change
  assert.deepEqual(told, [vip, "node-2", "started", "node-1", "ML361", "ML352"])
})
