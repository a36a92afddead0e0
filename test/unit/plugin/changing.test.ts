import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { at, listAt, textAt } from "../../../plugin/cluster/json.ts"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { agentPod, controllerReady, install, speakersReady } from "./agents.ts"
import { FakeWorld } from "./fake-world.ts"
import { routing } from "./live.ts"

/** Agents, node-a (203.0.113.1) and the pool public of three addresses, announced. */
const installed = (): FakeWorld => {
  const world = new FakeWorld()
  const { api } = world
  api.put(kinds.deployment, { metadata: { namespace: install, name: "controller" }, spec: { replicas: 1 } })
  api.put(kinds.daemonSet, {
    metadata: { namespace: install, name: "speaker", labels: { app: "metallb", component: "speaker" } },
  })
  controllerReady(api)
  speakersReady(api, 3)
  api.put(kinds.node, {
    metadata: { name: "node-a" },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      addresses: [{ type: "InternalIP", address: "203.0.113.1" }],
    },
  })
  api.put(kinds.pool, {
    metadata: { namespace: install, name: "public" },
    spec: { addresses: ["203.0.113.16-203.0.113.18"], autoAssign: false },
  })
  api.put(kinds.l2Advertisement, {
    metadata: { namespace: install, name: "public", labels: { "app.kubernetes.io/managed-by": "kubectl-metallb" } },
    spec: { ipAddressPools: ["public"] },
  })
  return world
}

/** A LoadBalancer service in namespace default. */
const putService = (world: FakeWorld, name: string, address?: string): void =>
  world.api.put(kinds.service, {
    metadata: { namespace: "default", name },
    spec: { type: "LoadBalancer", clusterIPs: ["10.96.0.10"], ipFamilies: ["IPv4"], ports: [{ port: 80 }] },
    status: address === undefined ? {} : { loadBalancer: { ingress: [{ ip: address }] } },
  })

const addressesOf = (world: FakeWorld, pool: string) =>
  listAt(world.api.stored(kinds.pool, install, pool), "spec", "addresses")

describe("pools add", () => {
  it("makes a pool with its advertisement, so that no address reaches nobody", async () => {
    const world = installed()
    assert.equal(await world.run("pools add lab --range 198.51.100.1-198.51.100.3"), 0, world.err)
    assert.equal(
      world.out,
      "ipaddresspool/lab created   198.51.100.1-198.51.100.3, 3 addresses\nl2advertisement/lab created\n",
    )
    const advertisement = world.api.stored(kinds.l2Advertisement, install, "lab")
    assert.deepEqual(listAt(advertisement, "spec", "ipAddressPools"), ["lab"])
  })

  it("makes an advertisement for routers where it is asked to, unless one is there; pools rm takes it along", async () => {
    const world = installed()
    assert.equal(await world.run("pools add lab --range 198.51.100.1-198.51.100.3 --advertise bgp"), 0, world.err)
    assert.equal(
      world.out,
      "ipaddresspool/lab created   198.51.100.1-198.51.100.3, 3 addresses\nbgpadvertisement/lab created\n",
    )
    assert.deepEqual(listAt(world.api.stored(kinds.bgpAdvertisement, install, "lab"), "spec", "ipAddressPools"), [
      "lab",
    ])
    assert.equal(world.api.stored(kinds.l2Advertisement, install, "lab"), undefined)
    assert.equal(await world.run("pools add lab --advertise bgp"), 0, world.err)
    assert.match(world.err + world.out, /lab is as it should be, nothing to do/)
    assert.equal(await world.run("pools rm lab"), 0, world.err)
    assert.match(world.out, /^bgpadvertisement\/lab deleted$/m)
    routing(world.api)
    assert.equal(await world.run("pools add lab --range 198.51.100.1-198.51.100.3 --advertise bgp"), 0, world.err)
    assert.equal(world.api.stored(kinds.bgpAdvertisement, install, "lab"), undefined, "all pools are told already")
  })

  it("extends a pool and leaves its other fields alone", async () => {
    const world = installed()
    assert.equal(await world.run("pools add public --range 203.0.113.32/28"), 0, world.err)
    assert.deepEqual(addressesOf(world, "public"), ["203.0.113.16-203.0.113.18", "203.0.113.32/28"])
    assert.equal(at(world.api.stored(kinds.pool, install, "public"), "spec", "autoAssign"), false)
    assert.equal(world.api.writes.length, 1, "the advertisement is there already")
  })

  it("announces a pool that nothing announces, without touching it", async () => {
    const world = installed()
    world.api.put(kinds.pool, {
      metadata: { namespace: install, name: "lab" },
      spec: { addresses: ["198.51.100.0/30"] },
    })
    assert.equal(await world.run("pools add lab"), 0, world.err)
    assert.equal(world.out, "l2advertisement/lab created\n")
    assert.equal(await world.run("pools add lab"), 0)
    assert.match(world.out, /nothing to do/)
  })

  it("makes no second advertisement where one announces every pool", async () => {
    const world = installed()
    world.api.put(kinds.l2Advertisement, { metadata: { namespace: install, name: "all" } })
    assert.equal(await world.run("pools add lab --range 198.51.100.1/32"), 0)
    assert.equal(world.api.stored(kinds.l2Advertisement, install, "lab"), undefined)
  })

  it("refuses an overlap, names it and says what is left, also where the other pool is the younger one", async () => {
    const world = installed()
    assert.equal(await world.run("pools add lab --range 203.0.113.17-203.0.113.40"), 1)
    assert.equal(
      world.err,
      [
        'error: range overlaps pool "public" on 203.0.113.17-203.0.113.18 [ML213]',
        "  where  --range 203.0.113.17-203.0.113.40",
        "  fix    --range 203.0.113.19-203.0.113.40",
        "  more   kubectl metallb explain ML213",
        "",
      ].join("\n"),
    )
    world.api.put(kinds.pool, {
      metadata: { namespace: install, name: "young", creationTimestamp: "2026-02-01T00:00:00Z" },
      spec: { addresses: ["203.0.113.50-203.0.113.60"] },
    })
    assert.equal(await world.run("pools add public --range 203.0.113.55-203.0.113.56"), 1)
    assert.match(world.err, /overlaps pool "young" on 203\.0\.113\.55-203\.0\.113\.56/)
    assert.deepEqual(world.api.writes, [])
  })

  it("refuses a range with the address of a node unless --yes", async () => {
    const world = installed()
    assert.equal(await world.run("pools add lab --range 203.0.113.0/29"), 6)
    assert.match(world.err, /203\.0\.113\.0\/29 contains 203\.0\.113\.1 of node node-a \[ML613\]/)
    assert.equal(await world.run("pools add lab --range 203.0.113.0/29 --yes"), 0)
  })

  it("refuses what is no range or no name, with 2", async () => {
    const world = installed()
    assert.equal(await world.run("pools add lab --range 203.0.113.9-203.0.113.1"), 2)
    assert.match(world.err, /where {2}--range 203\.0\.113\.9-203\.0\.113\.1/)
    assert.equal(await world.run("pools add My_Pool --range 203.0.113.0/29"), 2)
    assert.match(world.err, /"My_Pool" cannot be the name of a pool/)
    assert.equal(await world.run("pools add lab"), 2)
    assert.match(world.err, /there is no pool "lab" yet, so it needs --range/)
  })

  it("cannot judge what it cannot read, and ends with 4", async () => {
    const world = installed()
    world.api.refuse(/GET .*ipaddresspools/)
    assert.equal(await world.run("pools add lab --range 198.51.100.0/30"), 4)
    assert.deepEqual(world.api.writes, [])
  })

  it("--dry-run sends nothing, --dry-run=server stores nothing", async () => {
    const world = installed()
    assert.equal(await world.run("pools add lab --range 198.51.100.0/30 --dry-run"), 0)
    assert.deepEqual(world.api.writes, [])
    assert.equal(await world.run("pools add lab --range 198.51.100.0/30 --dry-run=server"), 0)
    assert.match(world.out, /^ipaddresspool\/lab created \(server dry run\)/)
    assert.equal(world.api.stored(kinds.pool, install, "lab"), undefined)
  })
})

describe("pools rm", () => {
  it("refuses while services hold addresses, unless --force", async () => {
    const world = installed()
    putService(world, "web", "203.0.113.17")
    assert.equal(await world.run("pools rm public"), 6)
    assert.match(world.err, /error: 1 addresses of pool public are held by default\/web \[ML614\]/)
    assert.deepEqual(world.api.writes, [])
    assert.equal(await world.run("pools rm public --force"), 0)
    assert.match(world.err, /^warning: /)
    assert.equal(world.api.stored(kinds.pool, install, "public"), undefined)
  })

  it("removes the advertisement that it made with the pool, and no other", async () => {
    const world = installed()
    world.api.put(kinds.l2Advertisement, { metadata: { namespace: install, name: "all" } })
    assert.equal(await world.run("pools rm public"), 0, world.err)
    assert.equal(world.out, "ipaddresspool/public deleted\nl2advertisement/public deleted\n")
    assert.notEqual(world.api.stored(kinds.l2Advertisement, install, "all"), undefined)
  })

  it("takes out one range however it is written, and the pool with its last one", async () => {
    const world = installed()
    await world.run("pools add public --range 203.0.113.32/28")
    assert.equal(await world.run("pools rm public --range 203.0.113.32-203.0.113.47"), 0, world.err)
    assert.deepEqual(addressesOf(world, "public"), ["203.0.113.16-203.0.113.18"])
    assert.equal(await world.run("pools rm public --range 198.51.100.0/30"), 1)
    assert.match(world.err, /fix {4}one of 203\.0\.113\.16-203\.0\.113\.18/)
    assert.equal(await world.run("pools rm public --range 203.0.113.16-203.0.113.18"), 0)
    assert.equal(world.api.stored(kinds.pool, install, "public"), undefined)
  })

  it("leaves the ConfigMap to its owner", async () => {
    const world = installed()
    world.api.put(kinds.configMap, {
      metadata: { namespace: install, name: "config" },
      data: { config: "address-pools:\n- name: old\n  protocol: layer2\n  addresses:\n  - 198.51.100.0/30\n" },
    })
    assert.equal(await world.run("pools rm old"), 1)
    assert.match(world.err, /fix {4}kubectl edit configmap config -n metallb-system/)
  })
})

describe("pools unquarantine", () => {
  const mac = "02:bb:00:00:00:01"
  const entry = (address: string) => ({ address, mac, since: "2026-01-31T12:00:00Z", until: "2026-01-31T12:10:00Z" })
  const quarantined = (): FakeWorld => {
    const world = installed()
    world.api.put(kinds.pool, {
      metadata: { namespace: install, name: "public" },
      spec: { addresses: ["203.0.113.16-203.0.113.18", "2001:db8::/120"] },
      status: { availableIPv4: 1, quarantined: [entry("203.0.113.16"), entry("2001:db8::1")] },
    })
    return world
  }
  const left = (world: FakeWorld) =>
    listAt(world.api.stored(kinds.pool, install, "public"), "status", "quarantined").map(one => textAt(one, "address"))

  it("takes one address out of the status, however it is written, and leaves the others", async () => {
    const world = quarantined()
    assert.equal(await world.run("pools unquarantine public 2001:DB8:0::1"), 0, world.err)
    assert.equal(world.out, "ipaddresspool/public 2001:db8::1 may be given again\n")
    assert.deepEqual(left(world), ["203.0.113.16"])
    assert.equal(await world.run("pools unquarantine public 203.0.113.16"), 0, world.err)
    assert.deepEqual(left(world), [])
    assert.equal(at(world.api.stored(kinds.pool, install, "public"), "status", "availableIPv4"), 1)
  })

  it("changes nothing in a dry run", async () => {
    const world = quarantined()
    assert.equal(await world.run("pools unquarantine public 203.0.113.16 --dry-run"), 0, world.err)
    assert.match(world.out, /may be given again \(dry run\)/)
    assert.deepEqual(left(world), ["203.0.113.16", "2001:db8::1"])
  })

  it("says where the other machine still answers", async () => {
    const world = quarantined()
    world.api.put(kinds.l2Status, {
      metadata: { namespace: install, name: "conflict-1", labels: { "metallb.io/address-conflict": "" } },
      status: { conflict: { address: "203.0.113.16", mac, interface: "eth0", node: "node-a" } },
    })
    assert.equal(await world.run("pools unquarantine public 203.0.113.16"), 0, world.err)
    assert.match(world.err, new RegExp(`^warning: ${mac} answers for it at this moment, says node node-a$`, "m"))
  })

  it("an address that is not quarantined, no address, and a pool that does not exist are told apart", async () => {
    const world = quarantined()
    assert.equal(await world.run("pools unquarantine public 203.0.113.17"), 1)
    assert.match(world.err, /203\.0\.113\.17 is not quarantined in pool public/)
    assert.equal(await world.run("pools unquarantine public printer"), 2)
    assert.match(world.err, /"printer" is not an address/)
    assert.equal(await world.run("pools unquarantine pubic 203.0.113.16"), 1)
    assert.match(world.err, /there is no pool "pubic"/)
  })
})

describe("pools drain and undrain", () => {
  const drainOf = (world: FakeWorld) => at(world.api.stored(kinds.pool, install, "public") ?? {}, "spec", "drain")

  it("sets and takes the field, and says how much is still held", async () => {
    const world = installed()
    putService(world, "web", "203.0.113.17")
    assert.equal(await world.run("pools drain public"), 0, world.err)
    assert.equal(world.out, "ipaddresspool/public draining   1 of its addresses still held\n")
    assert.equal(drainOf(world), true)
    assert.equal(await world.run("pools"), 0, world.err)
    assert.match(world.out, /public +IPv4 +3 +1 +2 +draining/)
    assert.equal(await world.run("pools undrain public"), 0, world.err)
    assert.equal(world.out, "ipaddresspool/public in use\n")
    assert.equal(drainOf(world), undefined)
  })

  it("writes nothing where nothing changes, on trial, or where there is no such pool", async () => {
    const world = installed()
    assert.equal(await world.run("pools undrain public"), 0, world.err)
    assert.equal(world.out, "ipaddresspool/public unchanged: it is in use already\n")
    assert.equal(await world.run("pools drain public --dry-run"), 0, world.err)
    assert.equal(await world.run("pools drain pubic"), 1)
    assert.match(world.err, /there is no pool "pubic"/)
    assert.deepEqual(world.api.writes, [])
  })
})

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

describe("uninstall", () => {
  it("names the services that lose their address and asks; without an answer nothing goes", async () => {
    const world = installed()
    putService(world, "web", "203.0.113.17")
    assert.equal(await world.run("uninstall"), 6)
    assert.match(
      world.out,
      /1 service loses its address:\n {2}SERVICE {6}ADDRESS\n {2}default\/web {2}203\.0\.113\.17\n/,
    )
    assert.match(world.err, /\[ML615\]\n {2}fix {4}pass --yes/)
    assert.deepEqual(world.api.writes, [])
    world.tty = true
    world.answers = ["n"]
    assert.equal(await world.run("uninstall"), 6)
    assert.deepEqual(world.api.writes, [])
  })

  it("removes the agents, waits for their pods and keeps pools, definitions and addresses", async () => {
    const world = installed()
    putService(world, "web", "203.0.113.17")
    world.after(2000, () => {
      for (const node of ["node-a", "node-b", "node-c"])
        void world.api.send({ method: "DELETE", path: `/api/v1/namespaces/${install}/pods/speaker-${node}` })
      void world.api.send({ method: "DELETE", path: `/api/v1/namespaces/${install}/pods/controller-node-a` })
    })
    assert.equal(await world.run("uninstall --yes"), 0, world.err)
    assert.equal(world.api.stored(kinds.daemonSet, install, "speaker"), undefined)
    assert.notEqual(world.api.stored(kinds.pool, install, "public"), undefined)
    assert.equal(
      textAt(world.api.stored(kinds.service, "default", "web"), "status", "loadBalancer", "ingress", 0, "ip"),
      "203.0.113.17",
    )
    assert.match(world.out, /A new installation gives every service the address it had\.\n$/)
    assert.match(world.err, /still ending: controller-node-a, speaker-node-a, speaker-node-b, …/)
  })

  it("--purge also clears the addresses, since no pool would ever", async () => {
    const world = installed()
    putService(world, "web", "203.0.113.17")
    assert.equal(await world.run("uninstall --purge --yes --wait=false"), 0, world.err)
    assert.equal(at(world.api.stored(kinds.service, "default", "web"), "status", "loadBalancer"), undefined)
    assert.match(world.api.writes.join("\n"), /DELETE \/api\/v1\/namespaces\/metallb-system\n/)
  })

  it("gives up with 5 on pods that do not end", async () => {
    const world = installed()
    world.api.put(kinds.pod, agentPod("speaker", "node-x"))
    assert.equal(await world.run("uninstall --yes --timeout 5s"), 5)
    assert.match(world.err, /gave up waiting: still ending: /)
  })
})
