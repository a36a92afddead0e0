import assert from "node:assert/strict"
import { test } from "node:test"
import type { PeersAnswer } from "../../../agent/core/bgp/peer-status.ts"
import { encodeMessage } from "../../../agent/core/bgp/wire/message.ts"
import { startSpeaker } from "../../../agent/speaker/speaker.ts"
import { hex } from "../bgp/bytes.ts"
import type { Json } from "../kube-client/fake-store.ts"
import { ethernet, fakeHost } from "./fake-link.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"
import { scriptedRouter } from "./scripted-router.ts"

const kinds = {
  peers: "metallb.io/bgppeers",
  advertisements: "metallb.io/bgpadvertisements",
  statuses: "metallb.io/servicebgpstatuses",
} as const

const put = (cluster: World, collection: string, name: string, spec: Record<string, Json>) =>
  cluster.put(collection, { metadata: { name, namespace: installNamespace, generation: 1 }, spec })

const peer = (cluster: World, name = "tor", spec: Record<string, Json> = {}) =>
  put(cluster, kinds.peers, name, { myASN: 64512, peerASN: 64513, peerAddress: "10.0.0.1", ...spec })

const node = (cluster: World, spec: { annotations?: Record<string, string>; ready?: string } = {}) =>
  cluster.put(collections.nodes, {
    metadata: { name: "node-1", labels: {}, annotations: spec.annotations ?? {} },
    spec: {},
    status: { conditions: [{ type: "Ready", status: spec.ready ?? "True" }], addresses: [] },
  })

const service = (cluster: World, name: string, address: string) => {
  cluster.service(name, { status: { loadBalancer: { ingress: [{ ip: address }] } } })
  cluster.put(collections.slices, {
    metadata: { name: `${name}-1`, namespace: "default", labels: { "kubernetes.io/service-name": name } },
    endpoints: [{ nodeName: "node-1", addresses: ["10.0.0.1"], conditions: { ready: true } }],
  })
}

const start = (cluster: World) => {
  const agent = cluster.agent()
  const router = scriptedRouter(cluster.clock)
  let loads = 0
  const bgpPorts = async () => {
    loads += 1
    return router.ports
  }
  const running = startSpeaker(
    { ...agent.edges, ...fakeHost(ethernet(2, "eth0")).edges, bgpPorts },
    {
      namespace: installNamespace,
      podName: "speaker-1",
      nodeName: "node-1",
      lbClass: "",
      ignoreExcludeLb: false,
      isExcluded: () => false,
      refreshEvery: 0,
      bgpListenPort: 0,
    },
  )
  return { ...agent, router, running, loads: () => loads }
}

const standard = (): World => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.0/24"])
  put(cluster, kinds.advertisements, "all", {})
  node(cluster)
  return cluster
}

/** Loading the part that speaks BGP takes turns of the real loop. */
const settle = async (cluster: World, until: () => boolean) => {
  const end = Date.now() + 5_000
  while (!until()) {
    if (Date.now() > end) throw new Error("what was waited for did not come")
    await cluster.clock.advance(100)
    await new Promise(resolve => setImmediate(resolve))
  }
}

test("nothing of BGP is loaded until there is a peer, and then the router learns what services have", async () => {
  const cluster = standard()
  service(cluster, "web", "192.0.2.10")
  const speaker = start(cluster)
  await cluster.clock.advance(1_000)
  assert.equal(speaker.loads(), 0)
  peer(cluster)
  await settle(cluster, () => speaker.router.told().length > 0)
  assert.deepEqual(speaker.router.told(), ["192.0.2.10/32 192.0.2.201"])
  assert.equal(speaker.metric('metallb_bgp_session_up{peer="10.0.0.1:179"}'), "1")
  assert.equal(speaker.metric('metallb_bgp_announced_prefixes_total{peer="10.0.0.1:179"}'), "1")
  assert.equal(
    speaker.metric('metallb_speaker_announced{ip="192.0.2.10",node="node-1",protocol="bgp",service="default/web"}'),
    "1",
  )
  await speaker.running.stop()
})

test("a service can be announced by both protocols at once, and each is told", async () => {
  const cluster = standard()
  cluster.l2Advertisement("all")
  service(cluster, "web", "192.0.2.10")
  peer(cluster)
  const speaker = start(cluster)
  const event = (protocol: string) =>
    `Service/web nodeAssigned: announcing from node "node-1" with protocol "${protocol}"`
  const protocols = ["layer2", "bgp"]
  await settle(cluster, () => protocols.every(protocol => cluster.events().includes(event(protocol))))
  assert.deepEqual(speaker.router.told(), ["192.0.2.10/32 192.0.2.201"])
  for (const protocol of protocols) {
    const labels = `ip="192.0.2.10",node="node-1",protocol="${protocol}",service="default/web"`
    assert.equal(speaker.metric(`metallb_speaker_announced{${labels}}`), "1", protocol)
  }
  await settle(cluster, () => cluster.api.store.list(kinds.statuses).some(each => each["status"] !== undefined))
  assert.equal(cluster.api.store.list(collections.statuses).length, 1)
  await speaker.running.stop()
})

test("a service that comes costs one UPDATE, and one that goes is withdrawn", async () => {
  const cluster = standard()
  for (let at = 1; at <= 20; at += 1) service(cluster, `s${at}`, `192.0.2.${at}`)
  peer(cluster)
  const speaker = start(cluster)
  await settle(cluster, () => speaker.router.told().length === 20)
  const updates = () => speaker.router.heard.filter(kind => kind === "update").length
  const before = updates()
  assert.equal(before, 1)
  service(cluster, "new", "192.0.2.99")
  await settle(cluster, () => speaker.router.told().length === 21)
  assert.equal(updates(), before + 1)
  cluster.api.store.remove(collections.services, "default/new")
  await settle(cluster, () => speaker.router.told().length === 20)
  assert.equal(updates(), before + 2)
  await speaker.running.stop()
})

test("an address that turns out to be another node's own is told by that node alone", async () => {
  const cluster = standard()
  service(cluster, "web", "192.0.2.10")
  service(cluster, "more", "192.0.2.11")
  peer(cluster)
  const speaker = start(cluster)
  await settle(cluster, () => speaker.router.told().length === 2)
  const other = (addresses: readonly string[]) =>
    cluster.put(collections.nodes, {
      metadata: { name: "node-2", labels: {} },
      spec: {},
      status: { conditions: [], addresses: addresses.map(address => ({ type: "InternalIP", address })) },
    })
  other(["198.51.100.2", "192.0.2.10"])
  await settle(cluster, () => speaker.router.told().length === 1)
  assert.deepEqual(speaker.router.told(), ["192.0.2.11/32 192.0.2.201"])
  other(["198.51.100.2"])
  await settle(cluster, () => speaker.router.told().length === 2)
  await speaker.running.stop()
})

test("what a service is announced to stands in a ServiceBGPStatus, and goes with the peer, which is told", async () => {
  const cluster = standard()
  service(cluster, "web", "192.0.2.10")
  peer(cluster)
  const speaker = start(cluster)
  const statuses = () => cluster.api.store.list(kinds.statuses).map(each => each["status"])
  await settle(cluster, () => statuses().some(status => status !== undefined))
  assert.deepEqual(statuses(), [{ node: "node-1", serviceName: "web", serviceNamespace: "default", peers: ["tor"] }])
  cluster.api.store.remove(kinds.peers, `${installNamespace}/tor`)
  await settle(cluster, () => statuses().length === 0)
  assert.ok(speaker.router.heard.includes("cease, peer de-configured (6/3)"))
  assert.equal(speaker.metric('metallb_bgp_session_up{peer="10.0.0.1:179"}'), undefined)
  await speaker.running.stop()
})

test("a changed peer is a new session; the end of the session is an event and another attempt", async () => {
  const cluster = standard()
  service(cluster, "web", "192.0.2.10")
  peer(cluster)
  const speaker = start(cluster)
  await settle(cluster, () => speaker.router.told().length === 1)
  peer(cluster, "tor", { holdTime: "30s" })
  await settle(cluster, () => speaker.router.dials.length === 2)
  assert.ok(speaker.router.heard.includes("cease, other configuration change (6/6)"))
  await settle(cluster, () => speaker.metric('metallb_bgp_session_up{peer="10.0.0.1:179"}') === "1")
  speaker.router.hangUp()
  await settle(cluster, () => speaker.router.dials.length === 3)
  await settle(cluster, () => cluster.events().some(event => event.includes("BGPSessionDown")))
  assert.ok(cluster.events().some(event => event.startsWith("BGPPeer/tor BGPSessionUp: node-1: ")))
  const downs = cluster.events().filter(event => event.includes("BGPSessionDown"))
  assert.deepEqual(downs, [
    "BGPPeer/tor BGPSessionDown: node-1: new settings",
    "BGPPeer/tor BGPSessionDown: node-1: 10.0.0.1 closed the connection in state Established",
  ])
  await speaker.running.stop()
})

test("what BFD alone depends on, or which nodes have a peer, leaves its session as it is", async () => {
  const cluster = standard()
  service(cluster, "web", "192.0.2.10")
  peer(cluster)
  const speaker = start(cluster)
  await settle(cluster, () => speaker.router.told().length === 1)
  peer(cluster, "tor", { ebgpMultiHop: true })
  peer(cluster, "tor", {
    ebgpMultiHop: true,
    nodeSelectors: [{ matchExpressions: [{ key: "gone", operator: "DoesNotExist" }] }],
  })
  peer(cluster, "tor", { bfdProfile: "none-of-this-name" })
  // Whatever came before it was looked at once this is told.
  service(cluster, "later", "192.0.2.11")
  await settle(cluster, () => speaker.router.told().length === 2)
  assert.equal(speaker.router.dials.length, 1)
  assert.ok(!cluster.events().some(event => event.includes("BGPSessionDown")))
  await speaker.running.stop()
})

test("a session that never comes up is told once for each reason, in the log and as an event", async () => {
  const cluster = standard()
  peer(cluster, "tor", { peerASN: 64999 })
  const speaker = start(cluster)
  await settle(cluster, () => cluster.events().some(event => event.includes("BGPSessionFailed")))
  await cluster.clock.advance(60_000)
  assert.deepEqual(cluster.events(), [
    "BGPPeer/tor BGPSessionFailed: node-1: 10.0.0.1 is AS 64513, expected is 64999 [ML436]",
  ])
  assert.ok(speaker.router.dials.length > 3)
  const answer = speaker.running.questions?.["peers"]?.("") as PeersAnswer
  const [told] = answer.peers
  assert.deepEqual(
    [told?.peer, told?.up, told?.last?.reason, told?.last?.text, told?.established],
    ["tor", null, "ML436", "10.0.0.1 is AS 64513, expected is 64999", 0],
  )
  // Since it was begun, not since the last attempt.
  assert.ok(cluster.clock.wall() - (told?.since ?? 0) > 59_000)
  assert.equal(speaker.lines.filter(line => line.includes("BGP session cannot be established")).length, 1)
  await speaker.running.stop()
})

test("another password in a Secret is a new session, and a label on the Secret is not", async () => {
  const cluster = standard()
  const secret = (password: string, labels: Record<string, string> = {}) =>
    cluster.put("secrets", {
      metadata: { name: "bgp", namespace: installNamespace, labels },
      type: "kubernetes.io/basic-auth",
      data: { password: Buffer.from(password).toString("base64") },
    })
  secret("hunter2")
  service(cluster, "web", "192.0.2.10")
  peer(cluster, "tor", { passwordSecret: { name: "bgp" } })
  const speaker = start(cluster)
  await settle(cluster, () => speaker.router.told().length === 1)
  await cluster.clock.advance(5_000)
  const before = speaker.router.dials.length
  secret("hunter2", { team: "net" })
  await cluster.clock.advance(5_000)
  assert.equal(speaker.router.dials.length, before)
  secret("hunter3", { team: "net" })
  await settle(cluster, () => speaker.router.dials.length === before + 1)
  assert.equal(Buffer.from(speaker.router.dials.at(-1)?.password ?? []).toString(), "hunter3")
  await speaker.running.stop()
})

test("a malformed UPDATE is logged whole with its routes, counted, and told to whoever asks (RFC 7606 section 6)", async () => {
  const cluster = standard()
  service(cluster, "web", "192.0.2.10")
  peer(cluster)
  const speaker = start(cluster)
  await settle(cluster, () => speaker.router.told().length === 1)
  const malformed = encodeMessage("update", hex("0000 0014 40010103 400206 0201 0000fc01 400304 0a000001 10 0a05"))
  speaker.router.say(malformed)
  const lines = () => speaker.lines.filter(line => line.includes("malformed BGP UPDATE"))
  const [line = ""] = lines()
  const { complaints, level, message, outcome, peer: of, routes } = JSON.parse(line) as Record<string, unknown>
  assert.deepEqual(
    [complaints, level, message, outcome, of, routes],
    [
      ["update-origin in attribute 1"],
      "warn",
      Buffer.from(malformed).toString("hex"),
      "routes treated as withdrawn",
      "tor",
      ["10.5.0.0/16"],
    ],
  )
  speaker.router.say(malformed)
  await cluster.clock.advance(10_000)
  speaker.router.say(malformed)
  assert.equal(lines().length, 2)
  assert.equal((JSON.parse(lines()[1] ?? "") as { untold: number }).untold, 1)
  const series = (outcome: string) => `metallb_bgp_malformed_updates_total{outcome="${outcome}",peer="10.0.0.1:179"}`
  assert.equal(speaker.metric(series("withdraw")), "3")
  assert.equal(speaker.metric(series("reset")), "0")
  const answer = speaker.running.questions?.["peers"]?.("") as PeersAnswer
  assert.deepEqual(answer.peers[0]?.messages.malformed, { discard: 0, withdraw: 3, reset: 0 })
  cluster.api.store.remove(kinds.peers, `${installNamespace}/tor`)
  await settle(cluster, () => speaker.metric('metallb_bgp_session_up{peer="10.0.0.1:179"}') === undefined)
  assert.equal(speaker.metric(series("withdraw")), undefined)
  await speaker.running.stop()
})

test("a drained node's routes are least preferred for a while, then gone; its sessions end for good", async () => {
  const cluster = standard()
  service(cluster, "web", "192.0.2.10")
  peer(cluster, "tor", { enableGracefulRestart: true })
  const speaker = start(cluster)
  await settle(cluster, () => speaker.router.told().length === 1)
  node(cluster, { annotations: { "metallb.io/drain": new Date(cluster.clock.wall()).toISOString() } })
  await settle(cluster, () => speaker.router.told()[0] === `192.0.2.10/32 192.0.2.201 ${0xffff0000}`)
  await cluster.clock.advance(16_000)
  assert.deepEqual(speaker.router.told(), [])
  await speaker.running.stop()
  assert.match(speaker.router.heard.at(-1) ?? "", /^cease, administrative shutdown: "node drained"/)
})

test("at its end a speaker asks the API whether its pod is deleted, and does not wait for the watch where it is not", async () => {
  const cluster = standard()
  cluster.put(collections.pods, {
    metadata: { name: "speaker-1", namespace: installNamespace, labels: { app: "metallb", component: "speaker" } },
    spec: { nodeName: "node-1" },
    status: { podIP: "10.0.0.9", conditions: [{ type: "Ready", status: "True" }] },
  })
  service(cluster, "web", "192.0.2.10")
  peer(cluster, "tor", { enableGracefulRestart: true })
  const speaker = start(cluster)
  await settle(cluster, () => speaker.router.told().length === 1)
  const began = cluster.clock.monotonic()
  let ended = false
  const stopped = speaker.running.stop().then(() => {
    ended = true
  })
  const cease = () => speaker.router.heard.find(kind => kind.startsWith("cease"))
  for (let step = 0; step < 50 && cease() === undefined; step++) await cluster.clock.advance(2)
  assert.match(cease() ?? "", /administrative shutdown: "speaker ended, and its pod stays"/)
  assert.ok(cluster.clock.monotonic() - began <= 20, `after ${cluster.clock.monotonic() - began} ms`)
  const asked = cluster.api.requests.filter(({ method, path }) => method === "GET" && path.endsWith("/pods/speaker-1"))
  assert.equal(asked.length, 1)
  for (let step = 0; step < 200 && !ended; step++) await cluster.clock.advance(10)
  await stopped
})
