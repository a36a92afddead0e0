import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { matchesFile } from "../../golden/golden.ts"
import { install } from "./agents.ts"
import { FakeWorld } from "./fake-world.ts"
import { cluster, node } from "./fixtures.ts"
import { full, golden, live, routed, saved } from "./saved.ts"

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
