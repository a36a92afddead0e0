import assert from "node:assert/strict"
import { join } from "node:path"
import { describe, it } from "node:test"
import type { Snapshot } from "../../../agent/core/snapshot.ts"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { matchesFile } from "../../golden/golden.ts"
import { root } from "../../run/places.ts"
import { bgpAd, peer } from "../config/fixtures.ts"
import { install, speakersReady } from "./agents.ts"
import { FakeWorld, noon } from "./fake-world.ts"
import { cluster, node, pool, service } from "./fixtures.ts"
import { liveCluster, putService } from "./live.ts"

const golden = (name: string) => join(root, "test/golden/plugin", name)

/** A world in which the saved cluster can be read. */
const saved = (snapshot: Snapshot): FakeWorld => {
  const world = new FakeWorld()
  world.files.set("cluster.json", JSON.stringify(snapshot))
  return world
}

const full = (): Snapshot =>
  cluster({
    services: [
      service("shop/api", "203.0.113.16"),
      service("shop/db", "203.0.113.17"),
      service("shop/old", "203.0.113.18"),
      service("shop/web", undefined, { createdAt: noon - 252_000 }),
    ],
    pools: [
      pool("lab", ["198.51.100.1-198.51.100.31"], {
        serviceAllocation: { priority: 0, namespaces: ["test"], namespaceSelectors: [], serviceSelectors: [] },
      }),
      pool("public", ["203.0.113.16-203.0.113.18"]),
      pool("v6", ["2001:db8:12::/120"], { autoAssign: false }),
    ],
  })

/** No layer 2: nodes a to c tell two routers, node-c is excluded from load balancers. */
const routed = () =>
  cluster({
    l2Advertisements: [],
    nodes: [
      node("node-a", "203.0.113.1"),
      node("node-b", "203.0.113.2"),
      { ...node("node-c", "203.0.113.3"), labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" } },
    ],
    bgpPeers: [peer("east", { peerAddress: "192.0.2.1" }), peer("six", { peerAddress: "2001:db8::1" })],
    bgpAdvertisements: [bgpAd("all", { communities: ["64512:100"], localPref: 200, med: 5 })],
  })

describe("why-ip", () => {
  it("tells why an address that works is there, why its node, and who takes over", async () => {
    const world = saved(cluster())
    assert.equal(await world.run("why-ip web -n shop --from-snapshot cluster.json"), 0, world.err)
    matchesFile(golden("why-ip-assigned.txt"), world.out)
    assert.equal(world.err, "")
  })

  it("tells why there is none, for every pool, with the ways out", async () => {
    const world = saved(full())
    assert.equal(await world.run("why-ip web -n shop --from-snapshot cluster.json"), 1)
    matchesFile(golden("why-ip-pending.txt"), world.out)
  })

  it("names the reason for every node that may not announce", async () => {
    const nodes = [
      node("node-a", "203.0.113.1"),
      { ...node("node-b", "203.0.113.2"), ready: false as const },
      {
        ...node("node-c", "203.0.113.3"),
        labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" },
      },
    ]
    const world = saved(cluster({ nodes }))
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json"), 0, world.err)
    matchesFile(golden("why-ip-nodes.txt"), world.out)
  })

  it("tells which nodes tell which routers what, and what is left out", async () => {
    const world = saved(routed())
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json"), 0, world.err)
    matchesFile(golden("why-ip-bgp.txt"), world.out)
    assert.equal(await world.run("why-ip shop/web --node node-c --from-snapshot cluster.json"), 1)
    matchesFile(golden("why-ip-bgp-node.txt"), world.out)
    assert.equal(await world.run("why-ip shop/web --node node-a --from-snapshot cluster.json"), 0)
    assert.equal(await world.run("why-ip shop/api --from-snapshot cluster.json -o json"), 0)
    assert.deepEqual(JSON.parse(world.out).bgp.routes[0].communities, ["64512:100"])
  })

  it("tells why no router is told", async () => {
    const world = saved({ ...routed(), bgpPeers: [] })
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json"), 1)
    matchesFile(golden("why-ip-bgp-nobody.txt"), world.out)
    assert.equal(await world.run("status --from-snapshot cluster.json"), 1)
    assert.match(world.out, /203\.0\.113\.17 of shop\/web is told to no router \(no BGPPeer is for node node-a\)/)
  })

  it("answers for one node and for one pool, with the exit code of that answer", async () => {
    const world = saved(full())
    assert.equal(await world.run("why-ip web -n shop --pool lab --from-snapshot cluster.json"), 1)
    matchesFile(golden("why-ip-pool.txt"), world.out)
    const announced = saved(
      cluster({ nodes: [{ ...node("node-a", "203.0.113.1"), ready: false }, node("node-b", "203.0.113.2")] }),
    )
    assert.equal(await announced.run("why-ip shop/web --node node-a --from-snapshot cluster.json"), 1)
    matchesFile(golden("why-ip-node.txt"), announced.out)
    assert.equal(await announced.run("why-ip shop/web --node node-b --from-snapshot cluster.json"), 0)
    assert.equal(await announced.run("why-ip shop/web --node node-x --from-snapshot cluster.json"), 1)
    assert.match(announced.err, /node "node-x" plays no part/)
  })

  it("an address says who holds it, that it is free, or that it is in no pool", async () => {
    const world = saved(cluster())
    assert.equal(await world.run("why-ip 203.0.113.17 --from-snapshot cluster.json"), 0, world.err)
    matchesFile(golden("why-ip-address.txt"), world.out)
    assert.equal(await world.run("why-ip 203.0.113.18 --from-snapshot cluster.json"), 1)
    assert.match(world.out, /^203\.0\.113\.18 {2}pool public {2}free/)
    assert.equal(await world.run("why-ip 198.51.100.1 --from-snapshot cluster.json"), 1)
    assert.match(world.out, /^198\.51\.100\.1 {2}outside/)
  })

  it("what could not be read stays unknown, on the screen and in the exit code", async () => {
    const world = saved(
      cluster({ nodes: [], unread: [{ what: "nodes", why: 'Forbidden: nodes is forbidden: User "eve"' }] }),
    )
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json"), 4)
    assert.match(world.out, /unknown {2}ML630 nodes: Forbidden: nodes is forbidden/)
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json -o json"), 4, "the same in every format")
  })

  it("a service that is not there is NotFound as kubectl says it, with the nearest one", async () => {
    const world = saved(cluster())
    assert.equal(await world.run("why-ip web --from-snapshot cluster.json"), 1)
    assert.equal(
      world.err,
      [
        'Error from server (NotFound): services "web" not found',
        "  where  namespace default",
        "  fix    kubectl metallb why-ip shop/web",
        "",
      ].join("\n"),
    )
  })

  it("the document carries apiVersion, kind and the report; counts are numbers", async () => {
    const world = saved(cluster())
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json -ojson"), 0)
    const document = JSON.parse(world.out)
    assert.equal(document.apiVersion, "cli.metallb.io/v1")
    assert.equal(document.kind, "WhyReport")
    assert.deepEqual(document.addresses, ["203.0.113.17"])
    assert.equal(typeof document.pools[0].free[0].size, "number")
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json -o name"), 0)
    assert.equal(world.out, "service/shop/web\n")
  })

  it("a live cluster whose speaker says something else shows both", async () => {
    const world = live()
    world.api.put(kinds.l2Status, {
      metadata: {
        namespace: install,
        name: "l2-x",
        labels: { "metallb.io/service-name": "web", "metallb.io/service-namespace": "shop" },
      },
      status: { node: "node-z", serviceName: "web", serviceNamespace: "shop" },
    })
    assert.equal(await world.run("why-ip web -n shop"), 0, world.err)
    assert.match(world.err, /^warning: node-z says that it announces shop\/web, by this reading node-. should\n/)
  })

  it("a file that is no snapshot, or one of a later schema, is refused with 2", async () => {
    const world = new FakeWorld()
    for (const [text, message] of [
      ["{", /the file is no JSON/],
      ["[]", /no snapshot of a cluster/],
      ['{"schema":2}', /has schema 2, this program reads schema 1/],
      ['{"schema":1,"services":[]}', /lacks the list endpointSlices/],
    ] as const) {
      world.files.set("x", text)
      assert.equal(await world.run("pools --from-snapshot x"), 2)
      assert.match(world.err, message)
    }
  })
})

/** A live cluster as the API server shows it: three nodes, agents, pool public, service shop/web with an address. */
const live = (): FakeWorld => {
  const world = liveCluster("203.0.113.16-203.0.113.18")
  putService(world.api, { name: "web", ip: "203.0.113.17" })
  return world
}

describe("addresses that another machine answers for", () => {
  const mac = "02:bb:00:00:00:01"
  const quarantine = (address: string, until = noon + 300_000) => ({ address, mac, since: noon - 300_000, until })
  const small = (...quarantined: readonly ReturnType<typeof quarantine>[]) =>
    pool("public", ["203.0.113.16-203.0.113.18"], { quarantined })
  const report = {
    name: "conflict-1",
    address: "203.0.113.17",
    mac,
    interface: "eth0",
    node: "node-b",
    service: "shop/web",
  }
  const named = service("shop/web", "203.0.113.17", {
    annotations: { "metallb.io/loadBalancerIPs": "203.0.113.17", "metallb.io/ip-allocated-from-pool": "public" },
  })

  it("stand on the pool's page with the MAC and the end of their quarantine", async () => {
    const world = saved(cluster({ services: [], pools: [small(quarantine("203.0.113.16"))] }))
    assert.equal(await world.run("pools show public --addresses --from-snapshot cluster.json"), 0, world.err)
    assert.match(world.out, /public +IPv4 +3 +0 +2 +0 /)
    assert.match(world.out, new RegExp(`^203\\.0\\.113\\.16 +ML170 203.* until .*Z: ${mac} answers for it$`, "m"))
  })

  it("are free again when the time is over", async () => {
    const world = saved(cluster({ services: [], pools: [small(quarantine("203.0.113.16", noon - 1))] }))
    assert.equal(await world.run("pools show public --from-snapshot cluster.json"), 0, world.err)
    assert.match(world.out, /public +IPv4 +3 +0 +3 +0 /)
    assert.doesNotMatch(world.out, /ML170/)
  })

  it("are a warning of status, one line a pool", async () => {
    const pools = [small(quarantine("203.0.113.16"), quarantine("203.0.113.17"))]
    const world = saved(cluster({ services: [], pools }))
    await world.run("status --from-snapshot cluster.json")
    assert.match(world.out, /warning +ML170 +203\.0\.113\.16 is quarantined until .*, and 1 more of pool public/)
  })

  it("are explained by why-ip, with the command that ends it", async () => {
    const world = saved(cluster({ services: [], pools: [small(quarantine("203.0.113.16"))] }))
    assert.equal(await world.run("why-ip 203.0.113.16 --from-snapshot cluster.json"), 1)
    assert.match(world.out, new RegExp(`203\\.0\\.113\\.16 is quarantined until .*: ${mac} answers for it`))
    assert.match(world.out, /kubectl metallb pools unquarantine public 203\.0\.113\.16/)
  })

  it("leave a service without an address where no other is free, and why-ip says so", async () => {
    const waits = service("shop/web", undefined)
    const pools = [pool("public", ["203.0.113.16/32"], { quarantined: [quarantine("203.0.113.16")] })]
    const world = saved(cluster({ services: [waits], pools }))
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json"), 1)
    assert.match(world.out, /public +0 +rejected +ML172 full: 0 of 1 held, 1 withheld/)
  })

  it("are announced by nobody while a service keeps them that asked for them", async () => {
    const world = saved(cluster({ services: [named], conflicts: [report], pools: [small(quarantine("203.0.113.17"))] }))
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json"), 1)
    assert.match(world.out, new RegExp(`announced by nobody: ML345 ${mac} answers for 203\\.0\\.113\\.17 on eth0`))
    assert.match(world.out, /take 203\.0\.113\.17 away from it/)
    assert.equal(await world.run("status --from-snapshot cluster.json"), 1)
    assert.match(world.out, /problem +ML345 +203\.0\.113\.17 of shop\/web is announced by nobody/)
  })

  it("are about to be exchanged where the service did not ask for them", async () => {
    const given = { ...named, annotations: { "metallb.io/ip-allocated-from-pool": "public" } }
    const world = saved(cluster({ services: [given], conflicts: [report] }))
    assert.equal(await world.run("why-ip shop/web --from-snapshot cluster.json"), 1)
    assert.match(world.out, /203\.0\.113\.17 +about to get 203\.0\.113\.16 from public in its place/)
    assert.match(world.out, new RegExp(`find ${mac} in the switch's address table`))
  })

  it("are read from the reports of the speakers, which say nothing of who announces", async () => {
    const world = live()
    world.api.put(kinds.l2Status, {
      metadata: { namespace: install, name: "conflict-1", labels: { "metallb.io/address-conflict": "" } },
      status: {
        conflict: {
          address: "203.0.113.17",
          mac,
          interface: "eth0",
          node: "node-b",
          serviceName: "web",
          serviceNamespace: "shop",
        },
      },
    })
    const { metadata, ...web } = world.api.stored(kinds.service, "shop", "web") ?? assert.fail()
    const annotations = { "metallb.io/ip-allocated-from-pool": "public" }
    world.api.put(kinds.service, { ...web, metadata: { ...(metadata as object), annotations } })
    assert.equal(await world.run("why-ip web -n shop"), 1, world.err)
    assert.match(world.out, new RegExp(`find ${mac} in the switch's address table`))
    assert.doesNotMatch(world.err, /says that it announces/)
  })
})

describe("pools", () => {
  it("lists size, use and free addresses by family", async () => {
    const world = saved(full())
    assert.equal(await world.run("pools --from-snapshot cluster.json"), 0, world.err)
    matchesFile(golden("pools.txt"), world.out)
    assert.equal(await world.run("pools list -o wide --from-snapshot cluster.json"), 0)
    matchesFile(golden("pools-wide.txt"), world.out)
    assert.equal(await world.run("pools -o name --from-snapshot cluster.json"), 0)
    assert.equal(world.out, "ipaddresspool/lab\nipaddresspool/public\nipaddresspool/v6\n")
    assert.equal(await world.run("pools -o yaml --from-snapshot cluster.json"), 0)
    matchesFile(golden("pools.yaml"), world.out)
  })

  it("shows one pool with the holders of its addresses", async () => {
    const world = saved(full())
    assert.equal(await world.run("pools show public --from-snapshot cluster.json"), 0, world.err)
    matchesFile(golden("pools-show.txt"), world.out)
    assert.equal(await world.run("pools show pulbic --from-snapshot cluster.json"), 1)
    assert.match(world.err, /error: there is no pool "pulbic"\n {2}fix {4}kubectl metallb pools show public/)
  })

  it("shows that a pool drains and in which order it gives addresses, where that is not the usual one", async () => {
    const order = { allocationOrder: "least-recently-used", coolingTime: "10m" }
    const world = saved(cluster({ pools: [pool("public", ["203.0.113.16/30"], { drain: true, ...order })] }))
    assert.equal(await world.run("pools show public --from-snapshot cluster.json"), 0, world.err)
    assert.match(world.out, /public +IPv4 +4 +2 +2 +0 +draining/)
    assert.match(world.out, /^Draining {2}gives no new address; 2 still held$/m)
    assert.match(world.out, /^Order {5}least recently used, not before 10m after it was given back$/m)
    assert.equal(await world.run("pools show public -o json --from-snapshot cluster.json"), 0, world.err)
    const { drain, allocationOrder, coolingTime } = JSON.parse(world.out)
    assert.deepEqual({ drain, allocationOrder, coolingTime }, { drain: true, ...order })
  })

  it("shows which addresses are given on request alone, and why", async () => {
    const nodes = [node("n1", "203.0.113.18")]
    const world = saved(cluster({ pools: [pool("public", ["203.0.113.16/30"])], nodes }))
    assert.equal(await world.run("pools show public --from-snapshot cluster.json"), 0, world.err)
    assert.match(world.out, /public +IPv4 +4 +2 +1 +0 /)
    assert.match(world.out, /^WITHHELD +WHY\n203\.0\.113\.18 +ML135 203\.0\.113\.18 is an address of node n1$/m)
    assert.equal(await world.run("pools show public -o json --from-snapshot cluster.json"), 0, world.err)
    assert.deepEqual(JSON.parse(world.out).withheld, [
      { address: "203.0.113.18", reason: "ML135", facts: { address: "203.0.113.18", node: "n1" } },
    ])
  })

  it("shows which addresses are kept for a service that is away, and until when", async () => {
    const reservation = (name: string, kept: string, awaySince: number) => ({
      ...node(name, ""),
      service: `shop/${name}`,
      ttl: "24h",
      kept: [kept],
      awaySince,
    })
    const readAt = Date.parse("2026-01-31T12:00:00Z")
    const reservations = [
      reservation("gone", "203.0.113.18", readAt - 3_600_000),
      reservation("web", "203.0.113.17", 0),
    ]
    const world = saved(cluster({ pools: [pool("public", ["203.0.113.16/30"])], reservations, readAt }))
    assert.equal(await world.run("pools show public --from-snapshot cluster.json"), 0, world.err)
    assert.match(world.out, /public +IPv4 +4 +2 +1 +0 /)
    const line = "203.0.113.18  ML150 203.0.113.18 is reserved for shop/gone until 2026-02-01T11:00:00Z"
    assert.ok(world.out.includes(`WITHHELD      WHY\n${line}`), world.out)
    assert.match(world.out, /^203\.0\.113\.17 +\S+ \(reserved\)$/m)
    assert.equal(await world.run("why-ip 203.0.113.18 --from-snapshot cluster.json"), 1)
    assert.match(world.out, /203\.0\.113\.18 is reserved for shop\/gone until 2026-02-01T11:00:00Z/)
    assert.match(world.out, /kubectl delete addressreservation gone -n metallb-system/)
  })

  it("lists sixteen addresses, and all of them when asked to", async () => {
    const services = Array.from({ length: 20 }, (_, n) => service(`shop/s${n}`, `203.0.113.${16 + n}`))
    const world = saved(cluster({ pools: [pool("public", ["203.0.113.16-203.0.113.40"])], services }))
    assert.equal(await world.run("pools show public --from-snapshot cluster.json"), 0, world.err)
    assert.equal(world.out.match(/shop\/s/g)?.length, 16)
    assert.match(world.out, /^4 more: kubectl metallb pools show public --addresses$/m)
    assert.equal(await world.run("pools show public --addresses --from-snapshot cluster.json"), 0, world.err)
    assert.equal(world.out.match(/shop\/s/g)?.length, 20)
    assert.doesNotMatch(world.out, /more:/)
  })

  it("a faulty pool is an error with place and fix beside the list, and the exit code 1", async () => {
    const world = saved(cluster({ pools: [pool("broken", ["203.0.113.1-x"]), pool("public", ["203.0.113.16/30"])] }))
    assert.equal(await world.run("pools --from-snapshot cluster.json"), 1)
    assert.match(world.out, /^NAME[^\n]*\npublic /)
    assert.match(world.err, /error: .* \[ML210\]\n {2}where {2}ipaddresspool\/broken spec\.addresses\[0\]\n {2}fix/)
  })

  it("no pools at all is said with what to type", async () => {
    const world = saved(cluster({ pools: [], services: [] }))
    assert.equal(await world.run("pools --from-snapshot cluster.json"), 0)
    assert.equal(world.out, "No pools.\nNext: kubectl metallb pools add public --range FIRST-LAST\n")
  })

  it("a read that failed is unknown and ends with 4", async () => {
    const world = saved(cluster({ services: [], unread: [{ what: "services", why: "Forbidden: no" }] }))
    assert.equal(await world.run("pools --from-snapshot cluster.json"), 4)
    assert.match(world.err, /unknown: cannot read services \(Forbidden: no\) \[ML630\]/)
  })
})

describe("status", () => {
  it("is one screen without problems", async () => {
    const world = live()
    assert.equal(await world.run("status"), 0, world.out + world.err)
    matchesFile(golden("status.txt"), world.out)
  })

  it("shows problems first, each with its code and what to type", async () => {
    const world = live()
    speakersReady(world.api, 2)
    for (const name of ["a", "b", "c"])
      world.api.put(kinds.service, {
        metadata: { namespace: "shop", name },
        spec: { type: "LoadBalancer", clusterIPs: ["10.96.0.11"], ipFamilies: ["IPv4"], ports: [{ port: 80 }] },
        status:
          name === "c" ? {} : { loadBalancer: { ingress: [{ ip: name === "a" ? "203.0.113.16" : "203.0.113.18" }] } },
      })
    assert.equal(await world.run("status"), 1)
    matchesFile(golden("status-problems.txt"), world.out)
  })

  it("counts nothing as announced where no speaker is installed", async () => {
    const world = live()
    for (const name of ["node-a", "node-b", "node-c"])
      await world.api.send({ method: "DELETE", path: `/api/v1/namespaces/${install}/pods/speaker-${name}` })
    await world.api.send({ method: "DELETE", path: `/apis/apps/v1/namespaces/${install}/daemonsets/speaker` })
    await world.api.send({ method: "DELETE", path: `/apis/apps/v1/namespaces/${install}/deployments/controller` })
    assert.equal(await world.run("status"), 1)
    assert.match(world.out, /problem {2}ML608 {2}no agents in namespace metallb-system\n +fix +kubectl metallb install/)
    assert.match(world.out, /announced 0 /)
  })

  it("what may not be read is unknown, and ends with 4 where nothing worse is known", async () => {
    const world = live()
    world.api.refuse(/GET \/api\/v1\/services/)
    assert.equal(await world.run("status"), 4)
    assert.match(world.out, /unknown {2}ML630 {2}cannot read services \(Forbidden: /)
    assert.match(world.out, /SERVICES {2}<unknown>/)
  })

  it("names the nodes that still run MetalLB's speaker, and what is suspended meanwhile", async () => {
    const world = live()
    world.api.change(kinds.pod, install, "speaker-node-c", {
      spec: { nodeName: "node-c", containers: [{ image: "quay.io/metallb/speaker:v0.15.2", args: ["--port=7472"] }] },
    })
    await world.run("status")
    assert.match(
      world.out,
      /ML385 +mixed: compatibility order: MetalLB's speaker runs on node-c; suspended: drains, bal/,
    )
  })

  it("is a document with -o json, with the same exit code", async () => {
    const world = live()
    assert.equal(await world.run("status -o json"), 0)
    const document = JSON.parse(world.out)
    assert.equal(document.kind, "Status")
    assert.deepEqual(document.services, { total: 1, announced: 1, pending: 0, silent: 0 })
    assert.equal(document.components[1].ready, 3)
  })
})

describe("version", () => {
  it("names the nodes while two versions run", async () => {
    const world = live()
    assert.equal(await world.run("version"), 0, world.err)
    matchesFile(golden("version.txt"), world.out)
    world.api.change(kinds.pod, install, "speaker-node-c", {
      spec: { nodeName: "node-c", containers: [{ image: "ghcr.io/kubectl-metallb/agent:v0.0.9" }] },
    })
    assert.equal(await world.run("version"), 1)
    assert.match(
      world.out,
      /speaker {5}v0\.0\.9 on node-c; v0\.1\.0 on node-a, node-b {3}speaker runs v0\.0\.9, v0\.1\.0 \[ML618\]/,
    )
  })

  it("--client asks nobody", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("version --client"), 0)
    assert.equal(world.out, "plugin  v0.1.0\n")
    assert.equal(world.wishes.length, 0)
  })
})

describe("explain", () => {
  it("says what a code means, whatever its case, and lists all of them", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("explain ml302"), 0)
    matchesFile(golden("explain.txt"), world.out)
    assert.equal(await world.run("explain --list"), 0)
    assert.match(world.out, /^CODE {3}TITLE\nML001 {2}Service is not of type LoadBalancer\n/)
    assert.equal(await world.run("explain ML99"), 2)
    assert.match(world.err, /there is no code "ML99"/)
    assert.equal(await world.run("explain"), 2)
    assert.equal(world.wishes.length, 0)
  })
})
