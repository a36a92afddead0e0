import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { at, listAt, textAt } from "../../../plugin/cluster/json.ts"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { install } from "./agents.ts"
import type { FakeWorld } from "./fake-world.ts"
import { installed, putService } from "./installed.ts"
import { routing } from "./live.ts"

describe("expose", () => {
  const withWorkload = (): FakeWorld => {
    const world = installed()
    world.api.put(kinds.deployment, {
      metadata: { namespace: "default", name: "web", labels: { app: "web" } },
      spec: {
        selector: { matchLabels: { app: "web" } },
        template: {
          spec: { containers: [{ ports: [{ containerPort: 8080 }, { containerPort: 53, protocol: "UDP" }] }] },
        },
      },
    })
    return world
  }
  const assign = (world: FakeWorld) =>
    world.api.change(kinds.service, "default", "web", {
      metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "public" } },
      status: { loadBalancer: { ingress: [{ ip: "203.0.113.17" }] } },
    })
  const announce = (world: FakeWorld) =>
    world.api.put(kinds.l2Status, {
      metadata: {
        namespace: install,
        name: "l2-1",
        labels: { "metallb.io/service-name": "web", "metallb.io/service-namespace": "default" },
      },
      status: { node: "node-b", serviceName: "web", serviceNamespace: "default", interfaces: [{ name: "eth0" }] },
    })

  it("makes the service that kubectl expose makes, and times address, announcement and answer", async () => {
    const world = withWorkload()
    world.network = { isLocal: () => true, reach: async () => (world.now % 1000 < 500 ? "answered" : "refused") }
    world.after(400, () => assign(world))
    world.after(900, () => announce(world))
    assert.equal(await world.run("expose deployment/web --port 80:8080"), 0, world.err)
    assert.equal(
      world.out,
      [
        "service/web created",
        "address 203.0.113.17 from public          0.4s",
        "announced by node-b on eth0 (L2)          0.9s",
        "answering on 203.0.113.17:80              1.1s",
        "",
        "http://203.0.113.17/",
        "",
      ].join("\n"),
    )
    const { spec, metadata } = world.api.stored(kinds.service, "default", "web") ?? {}
    assert.deepEqual(spec, {
      type: "LoadBalancer",
      selector: { app: "web" },
      ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }],
    })
    assert.equal(at(metadata, "labels", "app"), "web")
  })

  it("takes the ports of the containers where none are given, and the wishes as annotations", async () => {
    const world = withWorkload()
    assert.equal(
      await world.run("expose deploy web --pool public --ip 203.0.113.18 --share k --local --name w --dry-run -o yaml"),
      0,
    )
    const { readDocuments } = await import("../../../plugin/cluster/yaml.ts")
    const [service] = readDocuments(world.out)
    assert.deepEqual(listAt(service, "spec", "ports"), [
      { name: "port-1", port: 8080, targetPort: 8080, protocol: "TCP" },
      { name: "port-2", port: 53, targetPort: 53, protocol: "UDP" },
    ])
    assert.deepEqual(at(service, "metadata", "annotations"), {
      "metallb.io/address-pool": "public",
      "metallb.io/loadBalancerIPs": "203.0.113.18",
      "metallb.io/allow-shared-ip": "k",
    })
    assert.equal(textAt(service, "spec", "externalTrafficPolicy"), "Local")
    assert.deepEqual(world.api.writes, [])
  })

  it("says that an address elsewhere was not tested, never that it works", async () => {
    const world = withWorkload()
    world.network = { isLocal: () => false, reach: async () => assert.fail("nothing is sent to a foreign network") }
    world.after(100, () => assign(world))
    world.after(200, () => announce(world))
    assert.equal(await world.run("expose deployment/web --port 80"), 0, world.err)
    assert.match(world.out, /\nnot tested from here: 203\.0\.113\.17 is on no network of this machine/)
    assert.doesNotMatch(world.out, /answering/)
  })

  it("an address that refuses connections for five seconds is a no", async () => {
    const world = withWorkload()
    world.network = { isLocal: () => true, reach: async () => "refused" }
    world.after(100, () => assign(world))
    world.after(200, () => announce(world))
    assert.equal(await world.run("expose deployment/web --port 80"), 1)
    assert.match(
      world.err,
      /203\.0\.113\.17:80 refuses connections \[ML617\]\n {2}fix {4}kubectl get endpointslices -n default/,
    )
  })

  it("without the speaker's own word the node is computed, and said to be", async () => {
    const world = withWorkload()
    world.api.put(kinds.endpointSlice, {
      metadata: { namespace: "default", name: "web-1", labels: { "kubernetes.io/service-name": "web" } },
      endpoints: [{ addresses: ["10.1.1.1"], conditions: { ready: true }, nodeName: "node-a" }],
    })
    world.after(100, () => assign(world))
    assert.equal(await world.run("expose deployment/web --port 80"), 0, world.err)
    assert.match(world.out, /announced by node-a \(L2, computed here: its speaker has not said so\) {2}3\.\ds/)
  })

  it("says which routers are told where nobody answers on the link, by the speaker's word or computed", async () => {
    const world = withWorkload()
    void world.api.send({
      method: "DELETE",
      path: `/apis/metallb.io/v1beta1/namespaces/${install}/l2advertisements/public`,
    })
    routing(world.api)
    world.api.put(kinds.endpointSlice, {
      metadata: { namespace: "default", name: "web-1", labels: { "kubernetes.io/service-name": "web" } },
      endpoints: [{ addresses: ["10.1.1.1"], conditions: { ready: true }, nodeName: "node-a" }],
    })
    world.after(100, () => assign(world))
    assert.equal(await world.run("expose deployment/web --port 80"), 0, world.err)
    assert.match(world.out, /announced by node-a to tor \(BGP, computed here: its speaker has not said so\) {2}3\.\ds/)
    world.api.put(kinds.bgpStatus, {
      metadata: {
        namespace: install,
        name: "bgp-1",
        labels: { "metallb.io/service-name": "two", "metallb.io/service-namespace": "default" },
      },
      status: { node: "node-a", serviceName: "two", serviceNamespace: "default", peers: ["far", "tor"] },
    })
    world.after(100, () =>
      world.api.change(kinds.service, "default", "two", {
        status: { loadBalancer: { ingress: [{ ip: "203.0.113.18" }] } },
      }),
    )
    assert.equal(await world.run("expose deployment/web --name two --port 80"), 0, world.err)
    assert.match(world.out, /announced by node-a to far, tor \(BGP\)/)
  })

  it("stops early where no pool can give an address, with the reason and what to type", async () => {
    const world = withWorkload()
    const clusterIps = { clusterIPs: ["10.96.0.10"], ipFamilies: ["IPv4"] }
    world.after(50, () => world.api.change(kinds.service, "default", "web", { spec: clusterIps }))
    assert.equal(await world.run("expose deployment/web --port 80"), 1, "autoAssign is off on the only pool")
    assert.match(world.err, /error: default\/web gets no address: .*autoAssign is off.*\[ML118\]/)
    assert.match(world.err, /kubectl metallb why-ip web -n default/)
    assert.ok(world.now - Date.UTC(2026, 0, 1, 14, 2, 11) < 3000, "not after the whole minute")
  })

  it("prints the name alone with -o name, and the service with its announcement with -o json", async () => {
    for (const [format, check] of [
      ["name", (out: string) => assert.equal(out, "service/web\n")],
      [
        "json",
        (out: string) => {
          const document = JSON.parse(out)
          assert.equal(document.kind, "Service")
          assert.deepEqual(document.announcement, { node: "node-b", interfaces: ["eth0"], computed: false })
          assert.equal(document.reached, "not-tested")
        },
      ],
    ] as const) {
      const world = withWorkload()
      world.after(100, () => assign(world))
      world.after(200, () => announce(world))
      assert.equal(await world.run(`expose deployment/web --port 80 -o ${format}`), 0, world.err)
      check(world.out)
    }
  })

  it("refuses what has no selector for a service, what is not there and what it does not know", async () => {
    const world = withWorkload()
    world.api.put(kinds.deployment, {
      metadata: { namespace: "default", name: "odd" },
      spec: { selector: { matchExpressions: [{ key: "a", operator: "Exists" }] } },
    })
    assert.equal(await world.run("expose deployment/odd --port 80"), 1)
    assert.match(world.err, /Deployment odd selects its pods by matchExpressions/)
    assert.equal(await world.run("expose deployment/nope --port 80"), 1)
    assert.match(world.err, /^Error from server \(NotFound\): deployments "nope" not found\n/)
    assert.equal(await world.run("expose deploymnt/web --port 80"), 2)
    assert.match(world.err, /cannot expose a deploymnt\n {2}fix {4}deployment/)
    assert.equal(await world.run("expose web --port 80"), 2)
    assert.match(world.err, /fix {4}kubectl metallb expose deployment\/web/)
    for (const port of ["0", "80:70000", "80/icmp", "http"])
      assert.equal(await world.run(`expose deployment/web --port ${port}`), 2, port)
  })

  it("a service of that name is AlreadyExists, as kubectl says it", async () => {
    const world = withWorkload()
    putService(world, "web")
    assert.equal(await world.run("expose deployment/web --port 80"), 1)
    assert.equal(world.err, 'Error from server (AlreadyExists): services "web" already exists\n')
  })

  it("ends with 5 when nobody announces it in time", async () => {
    const world = withWorkload()
    world.after(100, () => assign(world))
    assert.equal(await world.run("expose deployment/web --port 80 --timeout 10s"), 5)
    assert.match(world.err, /error: gave up waiting: no ready endpoint anywhere \[ML616\]/)
  })
})
