import assert from "node:assert/strict"
import { test } from "node:test"
import { startController } from "../../../agent/controller/controller.ts"
import { alwaysLeading } from "../../../agent/leadership.ts"
import type { EchoSockets } from "../../../agent/ports/echo.ts"
import { startSpeaker } from "../../../agent/speaker/speaker.ts"
import type { Json } from "../kube-client/fake-store.ts"
import { dualStack, ethernet, fakeHost } from "./fake-link.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"

const foreign = "02:bb:00:00:00:01"
const own = "02:00:00:00:00:02"

/** Three nodes, one pool, advertised; for 192.0.2.10 the order is node-1, node-2, node-3. */
const standard = (spec: Record<string, Json> = {}) => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.10-192.0.2.40", "2001:db8::10-2001:db8::40"], spec)
  cluster.l2Advertisement("all")
  for (const [place, name] of ["node-1", "node-2", "node-3"].entries()) {
    ready(cluster, name, `192.0.2.${place + 1}`)
    cluster.put(collections.pods, {
      metadata: {
        name: `speaker-${name}`,
        namespace: installNamespace,
        labels: { app: "metallb", component: "speaker" },
      },
      spec: { nodeName: name },
      status: { conditions: [{ type: "Ready", status: "True" }], podIP: "192.0.2.200" },
    })
  }
  return cluster
}

const ready = (cluster: World, name: string, address: string, status = "True") =>
  cluster.put(collections.nodes, {
    metadata: { name, labels: {} },
    spec: {},
    status: { conditions: [{ type: "Ready", status }], addresses: [{ type: "InternalIP", address }] },
  })

const endpoints = (cluster: World, service: string) =>
  cluster.put(collections.slices, {
    metadata: { name: `${service}-1`, namespace: "default", labels: { "kubernetes.io/service-name": service } },
    endpoints: [{ nodeName: "node-1", addresses: ["10.0.0.1"], conditions: { ready: true } }],
  })

/** A service that the controller has given an address. */
const assigned = (cluster: World, name: string, ...addresses: readonly string[]) => {
  cluster.service(name, {
    metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "public" } },
    status: { loadBalancer: { ingress: addresses.map(ip => ({ ip })) } },
  })
  endpoints(cluster, name)
}

const speak = (
  cluster: World,
  nodeName = "node-1",
  host = fakeHost(ethernet(2, "eth0")),
  remote: { readonly echoSockets?: EchoSockets } = {},
) => {
  const agent = cluster.agent()
  const running = startSpeaker(
    { ...agent.edges, ...host.edges, ...remote },
    {
      namespace: installNamespace,
      podName: `speaker-${nodeName}`,
      nodeName,
      lbClass: "",
      ignoreExcludeLb: false,
      isExcluded: () => false,
      refreshEvery: 0,
      bgpListenPort: 0,
    },
  )
  return { ...agent, host, running }
}

type Host = ReturnType<typeof fakeHost>

/** Lets time pass on a link where `has` says which MAC has an address, and gives what was sent there. */
const live = async (cluster: World, host: Host, ms: number, has: (ip: string) => string | undefined) => {
  const all: string[] = []
  for (let passed = 0; passed < ms; passed += 10) {
    await cluster.clock.advance(10)
    for (const frame of host.taken()) {
      all.push(frame)
      const ip = /probe (\S+) /.exec(frame)?.[1]
      const mac = ip === undefined ? undefined : has(ip)
      if (ip !== undefined && mac !== undefined) host.claim(2, ip, mac)
    }
  }
  return all
}

const nobody = () => undefined
const probe = (ip: string) => `eth0 probe ${ip} from ${own}`
const asked = (frames: readonly string[], ip: string) => frames.filter(frame => frame === probe(ip)).length
const announced = (frames: readonly string[], ip: string) => frames.some(frame => frame.includes(`reply ${ip} is at`))
const reports = (cluster: World) =>
  cluster.api.store
    .list(collections.statuses)
    .filter(({ metadata }) => "metallb.io/address-conflict" in ((metadata["labels"] ?? {}) as object))
    .map(({ status }) => status)

test("a new address is asked for three times in 200 ms and announced when nobody has answered", async () => {
  const cluster = standard()
  const { host, metric } = speak(cluster)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  assert.deepEqual(
    await live(cluster, host, 190, nobody),
    [1, 2, 3].map(() => probe("192.0.2.10")),
  )
  assert.deepEqual(cluster.events(), [])
  assert.equal(announced(await live(cluster, host, 30, nobody), "192.0.2.10"), true)
  assert.equal(metric('metallb_layer2_address_checks_total{verdict="free"}'), "1")
  await cluster.clock.advance(1_000)
  assert.deepEqual(cluster.events(), ['Service/web nodeAssigned: announcing from node "node-1" with protocol "layer2"'])
})

test("an address that another machine has is not announced: a report, an event with its MAC, and asked again until it is gone", async () => {
  const cluster = standard()
  const { host } = speak(cluster)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  const first = await live(cluster, host, 3_000, ip => (ip === "192.0.2.10" ? foreign : undefined))
  assert.equal(announced(first, "192.0.2.10"), false)
  assert.equal(host.ask(2, "192.0.2.10"), false, "nothing is heard for it, let alone answered")
  const conflict = { address: "192.0.2.10", mac: foreign, interface: "eth0", node: "node-1" }
  assert.deepEqual(reports(cluster), [{ conflict: { ...conflict, serviceName: "web", serviceNamespace: "default" } }])
  assert.deepEqual(cluster.events(), [
    `Service/web announceFailed: ${foreign} answers for 192.0.2.10 on eth0, so it is not announced [ML345]`,
  ])
  const second = await live(cluster, host, 5_000, nobody)
  assert.equal(asked(second, "192.0.2.10"), 3)
  assert.equal(announced(second, "192.0.2.10"), true)
  await cluster.clock.advance(1_000)
  assert.deepEqual(reports(cluster), [])
})

test("a node of the cluster that answers for the address, as with IPVS, is no conflict", async () => {
  const cluster = standard()
  const { host, lines } = speak(cluster)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  const frames = await live(cluster, host, 500, ip => (["192.0.2.10", "192.0.2.2"].includes(ip) ? foreign : undefined))
  assert.equal(announced(frames, "192.0.2.10"), true)
  assert.deepEqual(reports(cluster), [])
  assert.equal(
    lines.some(line => line.includes("ML347")),
    true,
  )
})

test("a proxy that answers for everything switches the check off on its link with a warning, and nothing is quarantined", async () => {
  const cluster = standard()
  const { host, metric } = speak(cluster)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  const frames = await live(cluster, host, 2_000, () => foreign)
  assert.equal(announced(frames, "192.0.2.10"), true)
  assert.deepEqual(reports(cluster), [])
  assert.equal(metric('metallb_layer2_address_checks_total{verdict="proxy"}'), "1")
  const warning = `Node/node-1 conflictCheckOff: ${foreign} answers for more than 3 free addresses on eth0 [ML339]`
  assert.equal(cluster.events().filter(event => event === warning).length, 1)
  assigned(cluster, "next", "192.0.2.10")
  cluster.api.store.remove(collections.services, "default/web")
  assigned(cluster, "other", "192.0.2.15")
  const later = await live(cluster, host, 100, () => foreign)
  assert.equal(
    later.some(frame => frame.includes("probe")),
    false,
  )
})

test("a speaker that starts asks for nothing that services have already, and a fail-over asks for nothing", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const first = speak(cluster)
  const second = speak(cluster, "node-2")
  await live(cluster, first.host, 6_000, () => foreign)
  second.host.taken()
  ready(cluster, "node-1", "192.0.2.1", "False")
  const frames = await live(cluster, second.host, 50, () => foreign)
  assert.equal(
    frames.some(frame => frame.includes("probe")),
    false,
  )
  assert.equal(announced(frames, "192.0.2.10"), true)
})

test("the next owner asks for what the one before it found with another machine, also after a restart of all", async () => {
  const cluster = standard()
  const first = speak(cluster)
  const second = speak(cluster, "node-2")
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  await live(cluster, first.host, 3_000, () => foreign)
  first.host.taken()
  ready(cluster, "node-1", "192.0.2.1", "False")
  const frames = await live(cluster, second.host, 1_500, ip => (ip === "192.0.2.10" ? foreign : undefined))
  assert.equal(announced(frames, "192.0.2.10"), false)
})

test("a pool with conflictCheck none is announced at once", async () => {
  const cluster = standard({ conflictCheck: "none" })
  const { host } = speak(cluster)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  const frames = await live(cluster, host, 20, () => foreign)
  assert.equal(announced(frames, "192.0.2.10"), true)
  assert.equal(asked(frames, "192.0.2.10"), 0)
})

test("an IPv6 address is asked for by neighbour solicitations, its group is joined, and an advertisement of another host is a conflict", async () => {
  const cluster = standard()
  const { host } = speak(cluster, "node-1", fakeHost(dualStack(2, "eth0")))
  ready(cluster, "node-2", "192.0.2.2", "False")
  ready(cluster, "node-3", "192.0.2.3", "False")
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "2001:db8::10")
  const frames = await live(cluster, host, 50, nobody)
  assert.deepEqual(frames, [probe("2001:db8::10")])
  assert.deepEqual(host.memberships(), ["2 ff02::1:ff00:10"])
  host.claim(2, "2001:db8::10", foreign)
  await live(cluster, host, 2_000, nobody)
  assert.deepEqual(
    reports(cluster).map(status => (status as { conflict: { address: string; mac: string } }).conflict.mac),
    [foreign],
  )
  assert.deepEqual(host.memberships(), [])
})

/** Hosts behind a router that answer echo requests: these addresses; what was asked. */
const behindRouter = (...there: readonly string[]) => {
  const asked: string[] = []
  let open = 0
  const echoSockets: EchoSockets = {
    open: (family, received) => {
      open += 1
      return {
        send: (bytes, to) => {
          asked.push(to)
          const reply = Buffer.from([0x45, ...new Array(19).fill(0), ...bytes])
          reply[20] = 0
          if (family === "IPv4" && there.includes(to)) queueMicrotask(() => received(reply, to))
          return undefined
        },
        close: () => {
          open -= 1
        },
      }
    },
  }
  return { echoSockets, asked, open: () => open }
}

const beyond = (index: number, address: string) =>
  fakeHost(ethernet(index, "eth0", { addresses: [{ address, prefixLength: 24 }] }))

test("a pool with conflictCheck icmp: an address of no own subnet is asked for by ping too, and one that answers is a conflict", async () => {
  const cluster = standard({ conflictCheck: "icmp" })
  const remote = behindRouter("192.0.2.10")
  const { host, lines } = speak(cluster, "node-1", beyond(2, "198.51.100.1"), remote)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  const frames = await live(cluster, host, 1_000, nobody)
  assert.equal(announced(frames, "192.0.2.10"), false)
  assert.deepEqual(
    reports(cluster).map(status => (status as { conflict: { mac: string } }).conflict.mac),
    ["echo"],
    lines.join(""),
  )
  assert.deepEqual(cluster.events(), [
    "Service/web announceFailed: 192.0.2.10 answers ICMP echo requests, so it is not announced [ML349]",
  ])
  assert.equal(remote.open(), 0, "no socket stays open")
})

test("what answers no ping is announced after three, and an address of an own subnet is not pinged", async () => {
  const cluster = standard({ conflictCheck: "icmp" })
  const remote = behindRouter()
  const { host } = speak(cluster, "node-1", beyond(2, "198.51.100.1"), remote)
  await cluster.clock.advance(1_000)
  assigned(cluster, "web", "192.0.2.10")
  assert.equal(announced(await live(cluster, host, 1_500, nobody), "192.0.2.10"), true)
  assert.deepEqual(remote.asked, ["192.0.2.10", "192.0.2.10", "192.0.2.10"])
  const near = standard({ conflictCheck: "icmp" })
  const beside = behindRouter("192.0.2.10")
  const other = speak(near, "node-1", beyond(2, "192.0.2.1"), beside)
  await near.clock.advance(1_000)
  assigned(near, "web", "192.0.2.10")
  assert.equal(announced(await live(near, other.host, 300, nobody), "192.0.2.10"), true)
  assert.deepEqual(beside.asked, [])
})

test("with the controller: the service has the next address within seconds and the first one is quarantined", async () => {
  const cluster = standard()
  startController(cluster.agent().edges, {
    namespace: installNamespace,
    podName: "controller-0",
    lbClass: "",
    leadership: alwaysLeading(),
  })
  for (const name of ["node-2", "node-3"]) ready(cluster, name, "192.0.2.2", "False")
  const { host } = speak(cluster)
  await cluster.clock.advance(1_000)
  cluster.service("web")
  endpoints(cluster, "web")
  const frames = await live(cluster, host, 5_000, ip => (ip === "192.0.2.10" ? foreign : undefined))
  assert.deepEqual(cluster.ingressOf("web"), ["192.0.2.11"])
  assert.deepEqual([announced(frames, "192.0.2.10"), announced(frames, "192.0.2.11")], [false, true])
  const pool = cluster.api.store.get(collections.pools, `${installNamespace}/public`)?.["status"]
  const [quarantined] = (pool as { quarantined: readonly { address: string; mac: string }[] }).quarantined
  assert.deepEqual([quarantined?.address, quarantined?.mac], ["192.0.2.10", foreign])
  assert.deepEqual(reports(cluster), [])
})
