import assert from "node:assert/strict"
import { join } from "node:path"
import { describe, it } from "node:test"
import { at, listAt, textAt } from "../../../plugin/cluster/json.ts"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { readDocuments } from "../../../plugin/cluster/yaml.ts"
import { matchesFile } from "../../golden/golden.ts"
import { root } from "../../run/places.ts"
import { FakeWorld } from "./fake-world.ts"

const install = "metallb-system"
const golden = (name: string) => join(root, "test/golden/plugin", name)

const text = `peers:
- {my-asn: 64512, peer-asn: 64513, peer-address: 10.0.0.1, password: hunter2}
bgp-communities: {no-export: "65535:65281"}
address-pools:
- name: My_Ip_Space
  protocol: layer2
  addresses: [192.168.1.11-192.168.1.13]
- name: routed
  protocol: bgp
  addresses: [198.51.100.0/24]
  bgp-advertisements:
  - {communities: [no-export]}
`

/** A cluster with the old ConfigMap and a service that has an address of its first pool. */
const oldCluster = (annotations: Readonly<Record<string, string>> = {}): FakeWorld => {
  const world = new FakeWorld()
  world.api.put(kinds.configMap, { metadata: { namespace: install, name: "config" }, data: { config: text } })
  world.api.put(kinds.service, {
    metadata: {
      namespace: "default",
      name: "web",
      annotations: { "metallb.io/ip-allocated-from-pool": "My_Ip_Space", ...annotations },
    },
    spec: { type: "LoadBalancer", clusterIPs: ["10.96.0.10"], ipFamilies: ["IPv4"], ports: [{ port: 80 }] },
    status: { loadBalancer: { ingress: [{ ip: "192.168.1.11" }] } },
  })
  return world
}

describe("pools import", () => {
  it("shows what becomes of every entry, proves that nothing changes for a service, and writes nothing", async () => {
    const world = oldCluster()
    assert.equal(await world.run("pools import"), 0, world.err)
    matchesFile(golden("pools-import.txt"), world.out)
    assert.equal(world.api.stored(kinds.pool, install, "my-ip-space"), undefined)
    assert.ok(!(world.out + world.err).includes("hunter2"))
  })

  it("prints manifests that apply as they are, and keeps the rest of what it says off stdout", async () => {
    const world = oldCluster()
    assert.equal(await world.run("pools import -o yaml"), 0, world.err)
    matchesFile(golden("pools-import.yaml"), world.out)
    assert.equal(readDocuments(world.out).length, 7)
    assert.match(world.err, /1 of 1 services keep their address and their protocol\./)
  })

  it("writes the resources with --apply, a pool after what announces it, and leaves the ConfigMap", async () => {
    const world = oldCluster()
    assert.equal(await world.run("pools import --apply"), 0, world.err)
    const pool = world.api.stored(kinds.pool, install, "my-ip-space")
    assert.deepEqual(listAt(pool, "spec", "addresses"), ["192.168.1.11-192.168.1.13"])
    const peer = world.api.stored(kinds.bgpPeer, install, "peer-10-0-0-1")
    assert.equal(textAt(peer, "spec", "passwordSecret", "name"), "peer-10-0-0-1")
    assert.equal(at(peer, "spec", "password"), undefined)
    assert.equal(textAt(world.api.stored(kinds.secret, install, "peer-10-0-0-1"), "type"), "kubernetes.io/basic-auth")
    assert.notEqual(world.api.stored(kinds.configMap, install, "config"), undefined)
    const said = world.out.split("\n").filter(line => line.endsWith(" created"))
    assert.deepEqual(said, [
      "secret/peer-10-0-0-1 created",
      "community/communities created",
      "bgppeer/peer-10-0-0-1 created",
      "l2advertisement/my-ip-space created",
      "bgpadvertisement/routed created",
      "ipaddresspool/my-ip-space created",
      "ipaddresspool/routed created",
    ])
    assert.match(world.out, /Next: kubectl delete configmap config -n metallb-system\n$/)
  })

  it("leaves everything out that resources have, so that a second run writes nothing new", async () => {
    const world = oldCluster()
    await world.run("pools import --apply")
    world.api.change(kinds.secret, install, "peer-10-0-0-1", { data: { password: "aHVudGVyMg==" } })
    assert.equal(await world.run("pools import -o name"), 0, world.err)
    assert.equal(world.out.trim(), "")
  })

  it("refuses to write where something would change for a service, and names it", async () => {
    const world = oldCluster({ "metallb.io/address-pool": "My_Ip_Space" })
    assert.equal(await world.run("pools import"), 1)
    assert.match(
      world.out,
      /changes {2}default\/web: its annotation asks for pool My_Ip_Space, which is called my-ip-space then/,
    )
    assert.equal(await world.run("pools import --apply"), 6)
    assert.equal(world.api.stored(kinds.pool, install, "my-ip-space"), undefined)
    assert.equal(await world.run("pools import --apply --force"), 1)
    assert.notEqual(world.api.stored(kinds.pool, install, "my-ip-space"), undefined)
  })

  it("writes nothing with --dry-run", async () => {
    const world = oldCluster()
    assert.equal(await world.run("pools import --apply --dry-run"), 0, world.err)
    assert.match(world.out, /Nothing written/)
    assert.equal(world.api.stored(kinds.pool, install, "routed"), undefined)
  })

  it("converts a file without a cluster, be it the bare text, a manifest or a list", async () => {
    const manifest = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "config" }, data: { config: text } }
    for (const content of [text, JSON.stringify(manifest), JSON.stringify({ kind: "List", items: [manifest] })]) {
      const world = new FakeWorld()
      world.files.set("old.yaml", content)
      assert.equal(await world.run("pools import -f old.yaml --offline -o yaml"), 0, world.err)
      matchesFile(golden("pools-import.yaml"), world.out)
      assert.deepEqual(world.wishes, [], "no cluster is asked")
    }
  })

  it("says every error of the text with its line, and converts nothing", async () => {
    const world = new FakeWorld()
    world.files.set("old.yaml", text.replace("protocol: layer2", "protocol: arp").replace("64513", "0"))
    assert.equal(await world.run("pools import -f old.yaml --offline"), 1)
    assert.match(world.err, /line 6, column 13/)
    assert.match(world.err, /line 2, column 29/)
    assert.match(world.err, /the ConfigMap has 2 errors, so nothing is converted/)
    assert.equal(world.out, "")
  })

  it("says so where there is no ConfigMap, and where a file holds none", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("pools import"), 1)
    assert.match(world.err, /there is no ConfigMap config in namespace metallb-system/)
    world.files.set("other.yaml", "kind: Service\nmetadata: {name: a}\n")
    assert.equal(await world.run("pools import -f other.yaml --offline"), 2)
    assert.match(world.err, /no ConfigMap with the key config is in the file/)
  })

  it("offline needs a file and writes nothing", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("pools import --offline"), 2)
    world.files.set("old.yaml", text)
    assert.equal(await world.run("pools import -f old.yaml --offline --apply"), 2)
  })
})
