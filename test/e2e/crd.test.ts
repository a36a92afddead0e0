import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { convertLegacy } from "../../agent/core/config/import/convert.ts"
import { parseYaml } from "../../agent/ports/yaml.ts"
import { root } from "../run/places.ts"
import { ApiServer } from "./api-server.ts"
import { answersTo, list, namespace, objectOf, type Row } from "./crd-row.ts"
import { rows } from "./crd-rows.ts"

/** Another API server than the lab's: a folder with the programs etcd and kube-apiserver. */
const programs = process.env["API_SERVER_PROGRAMS"]
const crds = join(root, "manifests/crds")
const files = readdirSync(crds).sort()
let server: ApiServer
let answers: ReadonlyMap<Row, string>

before(async () => {
  server = await (programs === undefined ? ApiServer.start() : ApiServer.start(programs))
  await server.mustKubectl(["apply", "--server-side", "-f", crds])
  await server.mustKubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"])
  await server.mustKubectl(["create", "namespace", namespace])
  answers = await answersTo(server, rows)
})
after(() => server.stop())

const json = async (...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> =>
  JSON.parse(await server.mustKubectl(["-n", namespace, "get", ...args, "-o", "json"]))

test("every CRD is accepted, so that its rules stay within the cost that the API server allows", async () => {
  const names = (await server.mustKubectl(["get", "crd", "-o", "name"])).trim().split("\n")
  assert.equal(names.filter(name => name.endsWith(".metallb.io")).length, files.length)
  const schemas = await server.mustKubectl([
    "get",
    "crd",
    "-o",
    "jsonpath={.items[*].status.conditions[?(@.type=='NonStructuralSchema')].message}",
  ])
  assert.equal(schemas, "")
})

test("every rule of the CRDs has a row that is refused with the rule's exact text", () => {
  const texts = files.flatMap(file => [...readFileSync(join(crds, file), "utf8").matchAll(/^ +message: (\S.*)$/gm)])
  const rules = new Set(texts.map(([, message = ""]) => message))
  const shown = new Set(rows.map(({ words }) => words))
  const transitions = ["is fixed once written"]
  assert.deepEqual(
    [...rules].filter(rule => !shown.has(rule) && !transitions.includes(rule)),
    [],
  )
  assert.ok(rules.size > 15)
})

for (const row of rows) {
  const { kind, version = "v1beta1", what, words } = row
  test(`${words === undefined ? "takes" : "refuses"} ${kind} ${version} with ${what}`, () => {
    const answer = answers.get(row) ?? ""
    if (words === undefined) assert.match(answer, / created \(server dry run\)$/)
    else assert.ok(answer.startsWith("Error from server") && answer.includes(words), `not "${words}" but: ${answer}`)
  })
}

test("a range in the wrong order is named with its place in the list", async () => {
  const { stderr } = await server.kubectl(
    ["create", "--dry-run=server", "-f", "-"],
    JSON.stringify(
      objectOf({ kind: "IPAddressPool", what: "", spec: { addresses: ["10.0.0.0/24", "10.1.0.9-10.1.0.1"] } }, "a"),
    ),
  )
  assert.match(stderr, /spec\.addresses\[1\].*the first address of a range must not be above the last/)
})

test("the largest lists allowed are judged within the run-time cost of the rules", async () => {
  const labels = { matchLabels: { a: "b" } }
  const sixtyFour = Array.from({ length: 64 }, () => labels)
  const addresses = Array.from(
    { length: 512 },
    (_, n) => `10.${100 + (n >> 8)}.${n & 255}.100 - 10.${100 + (n >> 8)}.${n & 255}.200`,
  )
  const communities = Array.from({ length: 64 }, (_, n) => `large:4294967295:4294967295:${4294967295 - n}`)
  const aliases = Array.from({ length: 512 }, (_, n) => ({ name: `a${n}`, value: `large:4294967295:4294967295:${n}` }))
  const items = [
    objectOf(
      { kind: "IPAddressPool", what: "", spec: { addresses, serviceAllocation: { serviceSelectors: sixtyFour } } },
      "big",
    ),
    objectOf({ kind: "BGPAdvertisement", what: "", spec: { communities, nodeSelectors: sixtyFour } }, "big"),
    objectOf({ kind: "Community", what: "", spec: { communities: aliases } }, "big"),
  ]
  await server.mustKubectl(["create", "--dry-run=server", "-f", "-"], list(items))
})

test("what the old ConfigMap is turned into is accepted as it is", async () => {
  const text = `peers:
- my-asn: 64512
  peer-asn: 64513
  peer-address: "fd00::1"
  peer-port: 1179
  hold-time: 120s
  keepalive-time: 30s
  router-id: 10.10.10.10
  password: hunter2
  bfd-profile: Fast_One
  ebgp-multihop: true
  node-selectors:
  - match-labels: {rack: "1"}
    match-expressions:
    - {key: zone, operator: Exists, values: []}
    - {key: zone, operator: In, values: [a]}
- {my-asn: 64512, peer-asn: 64513, peer-address: 10.0.0.1}
bgp-communities: {no-export: "65535:65281", big: "large:1:2:3"}
bfd-profiles:
- {name: Fast_One, receive-interval: 50, transmit-interval: 50, detect-multiplier: 5, echo-interval: 50, echo-mode: true, passive-mode: true, minimum-ttl: 10}
address-pools:
- {name: My_Ip_Space, protocol: layer2, addresses: [192.168.1.11 - 192.168.1.13, "2001:db8::/120", "::ffff:10.0.0.0/120"], auto-assign: false}
- name: routed
  protocol: bgp
  addresses: [198.51.100.0/24]
  avoid-buggy-ips: true
  bgp-advertisements:
  - {aggregation-length: 24, aggregation-length-v6: 64, localpref: 4294967295, communities: [no-export, "1:1", big]}
`
  const meta = { uid: "", resourceVersion: "", createdAt: 0, labels: {}, annotations: {} }
  const legacy = { namespace, name: "config", ...meta, text }
  const input = { pools: [], l2Advertisements: [], namespaces: [], installNamespace: namespace, legacy }
  const conversion = convertLegacy(input, parseYaml)
  assert.ok(conversion.ok, JSON.stringify(conversion))
  assert.equal(conversion.objects.length, 9)
  await server.mustKubectl(["create", "--dry-run=server", "-f", "-"], list(conversion.objects))
})

test("a peer written through v1beta1 reads as v1beta2 with its meaning: no port is 179, timers of 0s stay", async () => {
  const spec = { myASN: 1, peerASN: 2, peerAddress: "10.0.0.1", holdTime: "0s", keepaliveTime: "0s" }
  const { stderr } = await server.kubectl(
    ["create", "-f", "-"],
    JSON.stringify(objectOf({ kind: "BGPPeer", version: "v1beta1", what: "", spec }, "old")),
  )
  assert.match(stderr, /v1beta1 is deprecated, please use v1beta2/)
  const peer = await json("bgppeers.v1beta2.metallb.io", "old")
  assert.deepEqual(peer["spec"], { ...spec, peerPort: 179, disableMP: false, dualStackAddressFamily: false })
})

test("a peer stored with port 0 through v1beta1 can still be edited through v1beta2", async () => {
  const spec = { myASN: 1, peerASN: 2, peerAddress: "10.0.0.2", peerPort: 0 }
  await server.mustKubectl(
    ["create", "-f", "-"],
    JSON.stringify(objectOf({ kind: "BGPPeer", version: "v1beta1", what: "", spec }, "port-zero")),
  )
  const patch = JSON.stringify({ spec: { holdTime: "30s" } })
  await server.mustKubectl([
    "-n",
    namespace,
    "patch",
    "bgppeers.v1beta2.metallb.io",
    "port-zero",
    "--type=merge",
    "-p",
    patch,
  ])
})

test("writing through v1beta1 drops what only v1beta2 has, as MetalLB does, and reading through it loses nothing", async () => {
  const spec = { myASN: 1, peerASN: 2, peerAddress: "10.0.0.3", vrf: "red", connectTime: "10s" }
  await server.mustKubectl(
    ["create", "-f", "-"],
    JSON.stringify(objectOf({ kind: "BGPPeer", version: "v1beta2", what: "", spec }, "new")),
  )
  const old = await json("bgppeers.v1beta1.metallb.io", "new")
  assert.equal((old["spec"] as Record<string, unknown>)["vrf"], undefined)
  assert.equal(((await json("bgppeers.v1beta2.metallb.io", "new"))["spec"] as Record<string, unknown>)["vrf"], "red")
  await server.mustKubectl(["replace", "-f", "-"], JSON.stringify(old))
  assert.equal(
    ((await json("bgppeers.v1beta2.metallb.io", "new"))["spec"] as Record<string, unknown>)["vrf"],
    undefined,
  )
})

test("a CRD of MetalLB with a conversion webhook becomes ours by replacement, and its objects stay readable", async () => {
  const crd = await json("crd", "bgppeers.metallb.io")
  const service = { name: "gone", namespace, path: "/convert" }
  const webhook = { clientConfig: { service, caBundle: "" }, conversionReviewVersions: ["v1beta1", "v1beta2"] }
  const theirs = { ...crd, spec: { ...(crd["spec"] as object), conversion: { strategy: "Webhook", webhook } } }
  await server.mustKubectl(["replace", "-f", "-"], JSON.stringify(theirs))
  const ours = { ...(await json("crd", "bgppeers.metallb.io")), spec: crd["spec"] }
  await server.mustKubectl(["replace", "-f", "-"], JSON.stringify(ours))
  const after = (await json("crd", "bgppeers.metallb.io"))["spec"] as Record<string, unknown>
  assert.deepEqual(after["conversion"], { strategy: "None" })
  await json("bgppeers.v1beta1.metallb.io", "old")
})

test("graceful restart can be switched on and off again", async () => {
  for (const enableGracefulRestart of [false, true, false]) {
    const patch = JSON.stringify({ spec: { enableGracefulRestart } })
    await server.mustKubectl([
      "-n",
      namespace,
      "patch",
      "bgppeers.v1beta2.metallb.io",
      "new",
      "--type=merge",
      "-p",
      patch,
    ])
  }
})

for (const kind of ["ServiceL2Status", "ServiceBGPStatus"]) {
  test(`${kind} names node and service once and for all`, async () => {
    const plural = kind === "ServiceL2Status" ? "servicel2statuses" : "servicebgpstatuses"
    await server.mustKubectl(["create", "-f", "-"], JSON.stringify(objectOf({ kind, what: "", spec: {} }, "status")))
    const write = (status: object) =>
      server.kubectl([
        "-n",
        namespace,
        "patch",
        plural,
        "status",
        "--subresource=status",
        "--type=merge",
        "-p",
        JSON.stringify({ status }),
      ])
    const first = await write({ node: "n1", serviceName: "web", serviceNamespace: "shop" })
    assert.equal(first.code, 0, first.stderr)
    for (const change of [{ node: "n2" }, { serviceName: "api" }, { serviceNamespace: "other" }]) {
      const answer = await write(change)
      assert.notEqual(answer.code, 0)
      assert.match(answer.stderr, /is fixed once written/)
    }
  })
}

test("a peer has one metadata and one status, whichever version it is written and read through", async () => {
  const metadata = { labels: { rack: "7" }, annotations: { "example.com/note": "old" } }
  const object = objectOf(
    {
      kind: "BGPPeer",
      version: "v1beta1",
      what: "",
      spec: { myASN: 1, peerASN: 2, peerAddress: "10.0.0.4" },
    },
    "seen-twice",
  )
  await server.mustKubectl(
    ["create", "-f", "-"],
    JSON.stringify({ ...object, metadata: { ...object.metadata, ...metadata } }),
  )
  const condition = { type: "Valid", status: "True", reason: "Accepted", message: "" }
  const conditions = [{ ...condition, lastTransitionTime: "2026-01-01T00:00:00Z" }]
  await server.mustKubectl([
    ...["-n", namespace, "patch", "bgppeers.v1beta2.metallb.io", "seen-twice", "--subresource=status", "--type=merge"],
    ...["-p", JSON.stringify({ status: { conditions } })],
  ])
  const old = await json("bgppeers.v1beta1.metallb.io", "seen-twice")
  const now = await json("bgppeers.v1beta2.metallb.io", "seen-twice")
  const { labels, annotations, uid } = now["metadata"] as Readonly<Record<string, unknown>>
  assert.deepEqual({ labels, annotations }, metadata)
  assert.equal((old["metadata"] as Readonly<Record<string, unknown>>)["uid"], uid)
  for (const version of [old, now]) assert.deepEqual(version["status"], { conditions })
})

test("an AddressPool, which MetalLB had before 0.13, is no kind here", async () => {
  const object = {
    apiVersion: "metallb.io/v1beta1",
    kind: "AddressPool",
    metadata: { name: "old", namespace },
    spec: {},
  }
  const { code, stderr } = await server.kubectl(["create", "-f", "-"], JSON.stringify(object))
  assert.notEqual(code, 0)
  assert.match(stderr, /no matches for kind "AddressPool" in version "metallb.io\/v1beta1"/)
})

test("everything is listed by its short name, and a list has the columns of its kind", async () => {
  for (const name of ["ipap", "l2adv", "bgpp", "bgpadv", "bfdp", "bgpcom", "svcl2", "svcbgp", "mlcfg", "addrres"])
    await server.mustKubectl(["-n", namespace, "get", name])
  const table = await server.mustKubectl(["-n", namespace, "get", "bgpp"])
  assert.match(table, /^NAME +ADDRESS +ASN +BFD PROFILE +MULTI HOPS +READY +AGE$/m)
})
