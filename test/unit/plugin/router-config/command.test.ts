import assert from "node:assert/strict"
import { join } from "node:path"
import { describe, it } from "node:test"
import type { JsonObject } from "../../../../plugin/cluster/json.ts"
import { kinds } from "../../../../plugin/cluster/kinds.ts"
import { matchesFile } from "../../../golden/golden.ts"
import { root } from "../../../run/places.ts"
import { FakeWorld } from "../fake-world.ts"
import { cluster } from "../fixtures.ts"

const install = "metallb-system"
const golden = (name: string) => join(root, "test/golden/plugin", name)

const peer = (world: FakeWorld, name: string, spec: JsonObject): void =>
  world.api.put(kinds.bgpPeer, {
    metadata: { namespace: install, name },
    spec: { myASN: 64512, peerASN: 64513, ...spec },
  })

/** Three nodes, two of them in rack a, two pools of which one is announced whole, a BFD profile and one peer. */
const bgpCluster = (spec: JsonObject = {}): FakeWorld => {
  const world = new FakeWorld()
  for (const [name, rack, addresses] of [
    ["node-b", "a", ["10.0.0.12"]],
    ["node-a", "a", ["10.0.0.11", "2001:db8::11"]],
    ["node-c", "c", ["10.0.0.13", "2001:db8::13"]],
  ] as const)
    world.api.put(kinds.node, {
      metadata: { name, labels: { rack } },
      status: { addresses: addresses.map(address => ({ type: "InternalIP", address })) },
    })
  world.api.put(kinds.pool, {
    metadata: { namespace: install, name: "public" },
    spec: { addresses: ["198.51.100.0/28", "2001:db8:12::/120"] },
  })
  world.api.put(kinds.pool, {
    metadata: { namespace: install, name: "whole" },
    spec: { addresses: ["203.0.113.0-203.0.113.130"] },
  })
  world.api.put(kinds.bgpAdvertisement, {
    metadata: { namespace: install, name: "all" },
    spec: { ipAddressPools: ["public"] },
  })
  world.api.put(kinds.bgpAdvertisement, {
    metadata: { namespace: install, name: "aggregate" },
    spec: { ipAddressPools: ["whole"], aggregationLength: 26, peers: ["tor"] },
  })
  world.api.put(kinds.bfdProfile, {
    metadata: { namespace: install, name: "fast" },
    spec: { receiveInterval: 100, transmitInterval: 100, detectMultiplier: 3 },
  })
  peer(world, "tor", { peerAddress: "10.0.0.1", ...spec })
  return world
}

const secret = (world: FakeWorld, password: string): void =>
  world.api.put(kinds.secret, {
    metadata: { namespace: install, name: "tor" },
    type: "kubernetes.io/basic-auth",
    data: { password: Buffer.from(password).toString("base64") },
  })

describe("router-config", () => {
  it("writes neighbours for every node and filters for what may be announced, and changes nothing", async () => {
    const world = bgpCluster({ bfdProfile: "fast", holdTime: "9s", enableGracefulRestart: true })
    assert.equal(await world.run("router-config frr"), 0, world.err)
    matchesFile(golden("router-config-frr.txt"), world.out)
    assert.equal(world.err, "")
    assert.deepEqual(world.api.writes, [])
  })

  it("an aggregate at the odd end of a range is taken as it is announced", async () => {
    const world = bgpCluster()
    assert.equal(await world.run("router-config frr"), 0, world.err)
    assert.match(world.out, /permit 203\.0\.113\.0\/25 ge 26 le 26/)
    assert.match(world.out, /permit 203\.0\.113\.128\/26\n/)
  })

  it("only nodes that the peer selects are neighbours, and only its advertisements count", async () => {
    const world = bgpCluster()
    peer(world, "rack", { peerAddress: "10.0.0.2", nodeSelectors: [{ matchLabels: { rack: "a" } }] })
    assert.equal(await world.run("router-config frr rack"), 0, world.err)
    assert.match(world.out, /10\.0\.0\.11 description node-a\n(.*\n)+.*10\.0\.0\.12 description node-b/)
    assert.doesNotMatch(world.out, /10\.0\.0\.13|203\.0\.113/)
  })

  it("a node without an address of the family is left out and said", async () => {
    const world = bgpCluster({ peerAddress: "2001:db8::1" })
    assert.equal(await world.run("router-config bird"), 0)
    assert.match(world.out, /neighbor 2001:db8::11 as 64512/)
    assert.doesNotMatch(world.out, /node-b/)
    assert.equal(world.err, "warning: node node-b is left out of tor: it has no IPv6 address\n")
  })

  it("two peers of one router are one configuration", async () => {
    const world = bgpCluster()
    peer(world, "tor-v6", { peerAddress: "2001:db8::1", localASN: 64999 })
    assert.equal(await world.run("router-config vyos tor tor-v6"), 0)
    assert.match(world.out, /neighbor '10\.0\.0\.11' peer-group 'metallb-tor'/)
    assert.match(world.out, /peer-group 'metallb-tor-v6' remote-as '64999'/)
  })

  it("writes a name in the place of a password, wherever that stands", async () => {
    const world = bgpCluster({ passwordSecret: { name: "tor" } })
    secret(world, "hunter2")
    for (const line of ["frr", "bird", "vyos", "routeros", "opnsense", "frr -o json", "frr -o yaml"]) {
      assert.equal(await world.run(`router-config ${line}`), 0, world.err)
      assert.match(world.out, /PASSWORD-OF-tor/, line)
      assert.match(world.err, /PASSWORD-OF-tor stands for the password of tor; --show-password writes it/)
      assert.ok(!(world.out + world.err).includes("hunter2"), line)
    }
  })

  it("--show-password writes it, from a Secret and from the peer itself", async () => {
    const world = bgpCluster({ passwordSecret: { name: "tor" } })
    secret(world, "hunter2")
    assert.equal(await world.run("router-config frr --show-password"), 0, world.err)
    assert.match(world.out, /password hunter2\n/)
    assert.equal(world.err, "")
    const inline = bgpCluster({ password: "hunter3" })
    assert.equal(await inline.run("router-config frr tor --show-password"), 0, inline.err)
    assert.match(inline.out, /password hunter3\n/)
  })

  it("--show-password says why a password cannot be had or written, and writes nothing", async () => {
    const world = bgpCluster({ passwordSecret: { name: "tor" } })
    secret(world, 'a"b')
    assert.equal(await world.run("router-config bird --show-password"), 4)
    assert.match(
      world.err,
      /password of BGPPeer tor cannot be written: it has a character that bird has no way to write/,
    )
    assert.ok(!(world.out + world.err).includes('a"b'))
    assert.equal(await world.run("router-config frr --show-password"), 0, world.err)
    world.api.refuse(/GET .*secrets/)
    assert.equal(await world.run("router-config frr --show-password"), 4)
    assert.match(world.err, /secrets is forbidden/)
    assert.equal(world.out, "")
    assert.equal(await world.run("router-config frr"), 0, "nobody needs Secrets for the rest")
  })

  it("reads the peers and passwords of the old ConfigMap", async () => {
    const world = bgpCluster()
    const text =
      "peers:\n- {my-asn: 64512, peer-asn: 64514, peer-address: 10.0.0.3, password: hunter4, hold-time: 30s}\n"
    world.api.put(kinds.configMap, { metadata: { namespace: install, name: "config" }, data: { config: text } })
    assert.equal(await world.run("router-config frr peer-10-0-0-3 --show-password"), 0, world.err)
    assert.match(world.out, /router bgp 64514/)
    assert.match(world.out, /password hunter4/)
    assert.match(world.out, /timers 10 30/)
  })

  it("a peer by interface needs the router's interfaces, or has names in their place", async () => {
    const world = bgpCluster({
      peerAddress: undefined,
      interface: "eth1",
      nodeSelectors: [{ matchLabels: { rack: "a" } }],
    })
    assert.equal(await world.run("router-config frr --port node-a=swp1"), 0)
    assert.match(world.out, /neighbor swp1 interface peer-group metallb-tor/)
    assert.match(world.out, /neighbor PORT-TO-node-b interface peer-group metallb-tor/)
    assert.match(world.err, /replace PORT-TO-/)
    assert.equal(await world.run(["router-config", "frr", "--port", "node-a=a b"]), 2)
    assert.match(world.err, /--port does not know "node-a=a b"/)
  })

  it("a peer of any AS needs --asn, and others refuse another one", async () => {
    const world = bgpCluster({ peerASN: undefined, dynamicASN: "external" })
    assert.equal(await world.run("router-config frr"), 2)
    assert.match(world.err, /takes a router of any AS/)
    assert.equal(await world.run("router-config frr --asn 65001"), 0, world.err)
    assert.match(world.out, /router bgp 65001/)
    assert.equal(await world.run("router-config frr --asn 0"), 2)
    assert.equal(await bgpCluster().run("router-config frr --asn 65001"), 2)
    const internal = bgpCluster({ peerASN: undefined, dynamicASN: "internal" })
    assert.equal(await internal.run("router-config frr"), 0, internal.err)
    assert.match(internal.out, /router bgp 64512(.*\n)+.*maximum-paths ibgp 3/)
  })

  it("asks which peer is meant where there are several, and refuses two routers in one", async () => {
    const world = bgpCluster()
    peer(world, "other", { peerAddress: "10.0.0.9", peerASN: 64600 })
    assert.equal(await world.run("router-config frr"), 2)
    assert.match(world.err, /there are 2 peers: other, tor\n {2}fix {4}kubectl metallb router-config frr other/)
    assert.equal(await world.run("router-config frr tor other"), 2)
    assert.match(world.err, /tor and other cannot be one router: its AS would be 64513 and 64600/)
  })

  it("names the nearest router kind and the nearest peer", async () => {
    const world = bgpCluster()
    assert.equal(await world.run("router-config fr"), 2)
    assert.match(world.err, /does not know routers of kind "fr"\n {2}fix {4}kubectl metallb router-config frr/)
    assert.equal(await world.run("router-config frr tpr"), 1)
    assert.match(world.err, /there is no BGPPeer "tpr"\n {2}fix {4}kubectl metallb router-config frr tor/)
    assert.equal(await world.run("router-config"), 2)
  })

  it("says what is wrong with a peer that cannot be used, and what is missing where there is none", async () => {
    const world = bgpCluster({ peerAddress: "10.0.0.300" })
    assert.equal(await world.run("router-config frr"), 1)
    assert.match(world.err, /BGPPeer "tor" cannot be used: invalid BGPPeer address "10\.0\.0\.300".* \[ML250\]/)
    const none = new FakeWorld()
    assert.equal(await none.run("router-config frr"), 1)
    assert.match(none.err, /there is no BGPPeer/)
    const unselected = bgpCluster({ nodeSelectors: [{ matchLabels: { rack: "z" } }] })
    assert.equal(await unselected.run("router-config frr"), 1)
    assert.match(unselected.err, /no node is selected by BGPPeer tor/)
  })

  it("what could not be read leaves the answer unknown", async () => {
    for (const path of [/GET .*bgppeers/, /GET .*\/nodes/, /GET .*ipaddresspools/, /GET .*bgpadvertisements/]) {
      const world = bgpCluster()
      world.api.refuse(path)
      assert.equal(await world.run("router-config frr"), 4, String(path))
      assert.match(world.err, /cannot tell what the router needs: .*forbidden.* \[ML630\]/)
      assert.equal(world.out, "")
    }
  })

  it("the document carries apiVersion, kind, neighbours, prefixes and the text", async () => {
    const world = bgpCluster({ holdTime: "9s" })
    assert.equal(await world.run("router-config frr tor -o json"), 0, world.err)
    const { apiVersion, kind, router, asn, sessions, config, leftOut } = JSON.parse(world.out)
    assert.deepEqual([apiVersion, kind, router, asn, leftOut], ["cli.metallb.io/v1", "RouterConfig", "frr", 64513, []])
    assert.deepEqual(sessions[0].members[0], { node: "node-a", address: "10.0.0.11" })
    assert.deepEqual(sessions[0].accept[0], { family: "IPv4", prefix: "198.51.100.0/28", length: 32 })
    assert.match(config, /^! kubectl metallb router-config frr tor\n/)
    assert.equal(await world.run("router-config frr -o name"), 0)
    assert.equal(world.out, "bgppeer/tor\n")
  })

  it("reads a saved cluster that has BGPPeers, and none that has not", async () => {
    const world = new FakeWorld()
    world.files.set("cluster.json", JSON.stringify(cluster()))
    assert.equal(await world.run("router-config frr --from-snapshot cluster.json"), 4)
    assert.match(world.err, /the saved cluster has none/)
    world.files.set("cluster.json", JSON.stringify(cluster({ bgpPeers: [] })))
    assert.equal(await world.run("router-config frr --from-snapshot cluster.json"), 1)
  })

  it("warns where nothing is announced to the router", async () => {
    const world = bgpCluster()
    peer(world, "v6", { peerAddress: "2001:db8::9", dualStackAddressFamily: true })
    world.api.change(kinds.bgpAdvertisement, install, "all", { spec: { peers: ["tor"] } })
    assert.equal(await world.run("router-config frr v6"), 0, world.err)
    assert.match(world.err, /no BGPAdvertisement announces IPv4 addresses to v6, so the router takes none/)
    assert.match(world.out, /seq 5 deny any/)
  })
})
