import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { startProbe } from "../client/client.ts"
import { Cluster, installNamespace } from "./cluster.ts"
import { BirdRouter, nodeAsn, routerAsn } from "./router.ts"

let cluster: Cluster
let router: BirdRouter
/** On no network of the lab: only a route leads there. */
const vip = "10.97.7.1"
const vip6 = "fd00:97::1"
const peer = "e2e-router"

const object = (kind: string, version: string, name: string, spec: object) => ({
  apiVersion: `metallb.io/${version}`,
  kind,
  metadata: { name, namespace: installNamespace },
  spec,
})

const gateways = (): readonly string[] => cluster.lab.plan.nodes.map(({ ipv4 }) => ipv4).sort()
const gateways6 = (): readonly string[] => cluster.lab.plan.nodes.map(({ ipv6 }) => ipv6).sort()

const expectGateways = (prefix: string, expected: readonly string[], timeoutMs = 20_000) =>
  cluster.lab.waitFor(
    `${prefix} leads to ${expected.join(", ") || "nowhere"}`,
    async () => {
      const now = await router.gateways(prefix)
      if (now.join() === expected.join()) return true
      throw new Error(`it leads to ${now.join(", ") || "nowhere"}\n${await router.ask("show", "protocols")}`)
    },
    { timeoutMs, everyMs: 20 },
  )

before(async () => {
  cluster = await Cluster.ready("e2e-bgp")
  await cluster.classic(undefined)
  router = await BirdRouter.start(cluster.lab)
  await cluster.lab.apply([
    object("IPAddressPool", "v1beta1", "e2e-bgp", { addresses: ["10.97.7.0/28", "fd00:97::/120"] }),
    object("BGPAdvertisement", "v1beta1", "e2e-bgp", { ipAddressPools: ["e2e-bgp"] }),
    object("BFDProfile", "v1beta1", "e2e-bgp", { receiveInterval: 200, transmitInterval: 200 }),
    object("BGPPeer", "v1beta2", peer, {
      myASN: nodeAsn,
      peerASN: routerAsn,
      peerAddress: cluster.lab.plan.router.ipv4,
      bfdProfile: "e2e-bgp",
      enableGracefulRestart: true,
      dualStackAddressFamily: true,
    }),
  ])
  await cluster.expose({
    name: "web",
    annotations: { "metallb.io/loadBalancerIPs": `${vip},${vip6}` },
    spec: { ipFamilyPolicy: "RequireDualStack" },
  })
  await cluster.expectAddresses("web", [vip, vip6])
})
after(async () => {
  await cluster.remove()
  await cluster.lab.mustKubectl([
    "-n",
    installNamespace,
    "delete",
    "bgppeer,bgpadvertisement,bfdprofile,ipaddresspool",
    peer,
    "e2e-bgp",
    "--ignore-not-found",
  ])
  await router.stop()
})

test("the router learns the address from every node, spreads over them, and the client behind it gets answers", async () => {
  await expectGateways(vip, gateways())
  await expectGateways(vip6, gateways6())
  await cluster.expectAnswers(vip, 12)
  await cluster.expectAnswers(vip6, 3)
})

test("what becomes of sessions stands in events of the peer", async () => {
  const events = await cluster.events(peer, installNamespace)
  assert.ok(events.some(({ reason, message }) => reason === "BGPSessionUp" && message.includes("established")))
})

test("kubectl metallb peers asks every speaker, and shows what was agreed on", async () => {
  const list = await cluster.plugin(["peers"])
  assert.equal(list.code, 0, list.stdout + list.stderr)
  for (const node of cluster.lab.nodes)
    assert.match(
      list.stdout,
      new RegExp(`${peer} +${node} +${cluster.lab.plan.router.ipv4} +${routerAsn} +Established`),
    )
  const one = await cluster.plugin(["peers", "show", peer])
  assert.equal(one.code, 0, one.stderr)
  assert.match(one.stdout, /agreed +.*graceful restart/)
  assert.match(one.stdout, /prefixes +IPv4 1 of 1/)
  assert.match(one.stdout, /prefixes +IPv6 1 of 1/)
  assert.match(one.stdout, /BFD +Up/)
})

test("a ServiceBGPStatus for each node names the peer", async () => {
  await cluster.lab.waitFor("one for each node", async () => {
    const list = (await cluster.lab.get("-n", installNamespace, "servicebgpstatuses")) as {
      items: { status?: { node: string; serviceName: string; peers: string[] } }[]
    }
    const said = list.items.map(({ status }) => `${status?.node} ${status?.serviceName} ${status?.peers.join()}`).sort()
    const wanted = cluster.lab.nodes.map(node => `${node} web ${peer}`).sort()
    if (said.join() === wanted.join()) return true
    throw new Error(said.join(", "))
  })
})

test("a speaker that is replaced costs no more than what is on its way: the other nodes carry on", async () => {
  const probe = await startProbe(cluster.lab, vip, 80, 50, 1_000)
  const [node] = cluster.lab.plan.nodes
  const pod = await cluster.agentPod("speaker", node?.name)
  await cluster.lab.mustKubectl(["-n", installNamespace, "delete", "pod", pod])
  await cluster.lab.waitFor(
    "another pod of the speaker is ready",
    () =>
      cluster.lab.mustKubectl([
        "-n",
        installNamespace,
        "rollout",
        "status",
        "daemonset/speaker",
        "--timeout=30s",
        "--watch=true",
      ]),
    { timeoutMs: 60_000 },
  )
  await cluster.lab.waitFor("the session is up again", () => router.isUp(node?.name ?? ""), { timeoutMs: 30_000 })
  await expectGateways(vip, gateways())
  const report = await probe.stop()
  // BIRD gives up the routes with BFD, so that connections through this node move in their midst.
  assert.ok(report.lost <= 1, JSON.stringify(report.errors))
})

test("BFD takes the way over a dead node off the router within seconds", async () => {
  const [, , , last] = cluster.lab.plan.nodes
  assert.ok(last !== undefined)
  const off = await cluster.lab.powerOff(last.name)
  await expectGateways(
    vip,
    gateways().filter(address => address !== last.ipv4),
  )
  // Without BFD it would take the hold time of 90 s.
  assert.ok(performance.now() - off < 5_000)
  await cluster.lab.boot(last.name)
  await expectGateways(vip, gateways(), 120_000)
})

test("a service that goes takes its routes along, and a peer that goes its sessions", async () => {
  await cluster.kubectl(["delete", "service", "web"])
  await expectGateways(vip, [])
  await expectGateways(vip6, [])
  await cluster.lab.mustKubectl(["-n", installNamespace, "delete", "bgppeer", peer])
  await cluster.lab.waitFor(
    "no session is up",
    async () => {
      const up = await Promise.all(cluster.lab.nodes.map(node => router.isUp(node)))
      return up.every(each => !each)
    },
    { timeoutMs: 15_000 },
  )
})
