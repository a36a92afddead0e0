import assert from "node:assert/strict"
import { join } from "node:path"
import { describe, it } from "node:test"
import { at, listAt, textAt } from "../../../../plugin/cluster/json.ts"
import { kinds } from "../../../../plugin/cluster/kinds.ts"
import { matchesFile } from "../../../golden/golden.ts"
import { root } from "../../../run/places.ts"
import { FakeWorld } from "../fake-world.ts"

const golden = (name: string) => join(root, "test/golden/plugin", name)
const install = "metallb-system"

const good = `apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: public}
spec: {addresses: [192.168.1.11-192.168.1.13]}
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: public, namespace: metallb-system}
`

/** Checks one file; JSON findings as "severity code object field". */
const findingsOf = async (text: string, flags = "") => {
  const world = new FakeWorld()
  world.files.set("f.yaml", text)
  const exit = await world.run(`check -f f.yaml -o json ${flags}`)
  const document = world.out === "" ? {} : JSON.parse(world.out)
  const findings = listAt(document, "findings")
  const brief = findings.map(one => ["severity", "code", "object", "field"].map(key => textAt(one, key)).join(" "))
  return { exit, brief, findings, err: world.err, world }
}

describe("check -f", () => {
  it("finds nothing in a configuration that is right, asks no cluster, and says how much it looked at", async () => {
    const world = new FakeWorld()
    world.files.set("f.yaml", good)
    assert.equal(await world.run("check -f f.yaml"), 0, world.err)
    assert.equal(world.out, "0 errors, 0 warnings in 2 objects of f.yaml\n")
    assert.deepEqual(world.wishes, [])
  })

  it("shows what is wrong with object, field, what is allowed and what to type", async () => {
    const world = new FakeWorld()
    world.files.set(
      "pools.yaml",
      `${good}---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: second}
spec: {addresses: [192.168.1.13-192.168.1.20, 10.0.0.9-10.0.0.1], autoAsign: false}
`,
    )
    world.files.set(
      "peers.yaml",
      `apiVersion: metallb.io/v1beta1
kind: BGPPeer
metadata: {name: old}
spec: {myASN: 64512, peerASN: 64513, peerAddress: 10.0.0.1, holdTime: 0s, keepaliveTime: 0s}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor}
spec: {myASN: 64512, peerASN: 64513, peerAddress: 10.0.0.2}
`,
    )
    assert.equal(await world.run("check -f pools.yaml -f peers.yaml"), 1, world.err)
    matchesFile(golden("check.txt"), world.out)
  })

  it("judges the objects against each other, as the controller would", async () => {
    const { exit, brief } = await findingsOf(`${good}---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: zweit}
spec: {addresses: [192.168.1.13-192.168.1.20]}
`)
    assert.equal(exit, 1)
    assert.deepEqual(brief, ["error ML213 ipaddresspool/zweit spec.addresses[0]"])
  })

  it("says what the API server would refuse once, in the server's words", async () => {
    const { exit, findings, brief } = await findingsOf(good.replace("192.168.1.11-192.168.1.13", "192.168.1.11"))
    assert.equal(exit, 1)
    assert.deepEqual(brief.slice(0, 1), ["error ML203 ipaddresspool/public spec.addresses[0]"])
    assert.equal(brief.filter(line => line.startsWith("error")).length, 1)
    assert.match(textAt(findings[0], "message"), /must be a CIDR such as 192\.0\.2\.0\/28/)
  })

  it("says of an IPv6 range that it runs backwards, which the API server does not", async () => {
    const { exit, findings, brief } = await findingsOf(
      good.replace("192.168.1.11-192.168.1.13", '"2001:db8::20-2001:db8::3"'),
    )
    assert.equal(exit, 1)
    const errors = brief.filter(line => line.startsWith("error"))
    assert.deepEqual(errors, ["error ML210 ipaddresspool/public spec.addresses[0]"])
    assert.match(
      textAt(findings[0], "message"),
      /"2001:db8::20-2001:db8::3" ends before it starts; write the lower address first/,
    )
  })

  it("refuses what has no name, a wrong name, an unknown version or an unknown field beside spec", async () => {
    const { brief } = await findingsOf(`apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: My_Pool}
spec: {addresses: [10.0.0.0/24]}
data: {}
---
apiVersion: metallb.io/v1beta3
kind: BGPPeer
metadata: {}
`)
    assert.deepEqual(brief.slice(0, 4), [
      "error ML203 ipaddresspool/My_Pool metadata.name",
      "error ML203 ipaddresspool/My_Pool data",
      "error ML203 bgppeer/? metadata.name",
      "error ML203 bgppeer/? kind",
    ])
  })

  it("warns of timers of 0s, and of a dead node that goes unnoticed for the default hold time", async () => {
    const peer = (spec: string) => `apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor}
spec: {myASN: 64512, peerASN: 64513, peerAddress: 10.0.0.2${spec}}
---
apiVersion: metallb.io/v1beta1
kind: BFDProfile
metadata: {name: fast}
`
    const of = async (spec: string) => (await findingsOf(peer(spec))).brief
    assert.deepEqual(await of(""), ["warning ML271 bgppeer/tor spec.holdTime"])
    assert.deepEqual(await of(", holdTime: 180s"), ["warning ML271 bgppeer/tor spec.holdTime"])
    assert.deepEqual(await of(", holdTime: 30s"), ["warning ML271 bgppeer/tor spec.holdTime"])
    assert.deepEqual(await of(", holdTime: 29s"), [])
    assert.deepEqual(await of(", holdTime: 9s"), [])
    assert.deepEqual(await of(", bfdProfile: fast"), [])
    const gone = await of(", bfdProfile: gone")
    assert.ok(gone.includes("warning ML271 bgppeer/tor spec.holdTime"), `a profile that is not there: ${gone}`)
    const [said] = (await findingsOf(peer(""))).findings
    assert.match(
      textAt(said, "message"),
      /^peer tor sends to a dead node for up to 90s: no holdTime is written, which means 90s, and no BFD profile is in use$/,
    )
    assert.match(textAt(said, "fix"), /^give tor a bfdProfile .*, or set holdTime: 9s and keepaliveTime: 3s$/)
    const [written] = (await findingsOf(peer(", holdTime: 180s"))).findings
    assert.match(textAt(written, "message"), /for up to 180s: the hold time is 180s, /)
    assert.deepEqual(await of(", holdTime: 0s"), ["warning ML257 bgppeer/tor spec.holdTime"])
  })

  it("reads the bare text of the old ConfigMap and names line, column and the nearest key", async () => {
    const { exit, findings } = await findingsOf("address-pools\n- name: a\n  protocol: layer2\n")
    assert.equal(exit, 1)
    assert.equal(textAt(findings[0], "code"), "ML245")
    assert.equal(textAt(findings[0], "field"), "line 1, column 1")
    assert.equal(at(findings[0], "line"), 1)
    const misspelt = await findingsOf("adress-pools:\n- {name: a, protocol: layer2, addresses: [10.0.0.0/24]}\n")
    assert.match(textAt(misspelt.findings[0], "message"), /address-pools/)
  })

  it("reads the old ConfigMap in a manifest, and its broken text with line and column", async () => {
    const { exit, findings } = await findingsOf(`apiVersion: v1
kind: ConfigMap
metadata: {name: config, namespace: metallb-system}
data:
  config: |
    address-pools:
    - name: a
      protocol: layer3
      addresses: [10.0.0.0/24]
`)
    assert.equal(exit, 1)
    assert.equal(textAt(findings[0], "field"), "line 3, column 13")
    assert.match(textAt(findings[0], "allowed"), /layer2/)
  })

  it("leaves open what only the cluster knows: labels of namespaces and Secrets that are not in the files", async () => {
    const pool = `apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: a}
spec: {addresses: [10.0.0.0/24], serviceAllocation: {namespaceSelectors: [{matchLabels: {team: x}}]}}
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: a}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor}
spec: {myASN: 1, peerASN: 2, peerAddress: 10.0.0.2, holdTime: 9s, passwordSecret: {name: elsewhere}}
`
    assert.deepEqual((await findingsOf(pool)).brief, [])
    const withNamespace = `${pool}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n`
    assert.equal((await findingsOf(withNamespace)).brief.length, 1)
  })

  it("says that a pool without an advertisement reaches nobody", async () => {
    const { exit, brief } = await findingsOf(good.split("---")[0] ?? "")
    assert.equal(exit, 0)
    assert.deepEqual(brief, ["warning ML310 ipaddresspool/public spec"])
  })

  it("ends with 2 for what is no YAML, and for files without anything of MetalLB's", async () => {
    const broken = await findingsOf("kind: [\n")
    assert.equal(broken.exit, 2)
    assert.match(broken.err, /f\.yaml is not YAML: .*line/)
    const foreign = await findingsOf("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")
    assert.equal(foreign.exit, 2)
    assert.match(foreign.err, /nothing of MetalLB's configuration/)
  })

  it("fails on warnings with --fail-on warning and not on what --skip names", async () => {
    const alone = good.split("---")[0] ?? ""
    assert.equal((await findingsOf(alone, "--fail-on warning")).exit, 1)
    assert.equal((await findingsOf(alone, "--fail-on warning --skip ML310")).exit, 0)
  })
})

describe("check of a cluster", () => {
  it("judges what is stored with the same words, and exits 4 for what may not be read", async () => {
    const world = new FakeWorld()
    world.api.put(kinds.pool, {
      metadata: { namespace: install, name: "a" },
      spec: { addresses: ["10.0.0.0/24", "10.0.0.128/25"] },
    })
    assert.equal(await world.run("check"), 1, world.err)
    assert.match(world.out, /error +ML212 +ipaddresspool\/a, spec\.addresses\[1\]: /)
    const empty = new FakeWorld()
    empty.api.refuse(/ipaddresspools/)
    assert.equal(await empty.run("check"), 4, empty.err)
    assert.match(empty.out, /unknown +ML630 .*pools/)
    assert.equal(await empty.run("check --fail-on error"), 0, empty.err)
  })
})
