import assert from "node:assert/strict"
import { test } from "node:test"
import { embeddedManifests } from "../../../plugin/cluster/embedded.ts"
import { at, listAt, mapAt, textAt } from "../../../plugin/cluster/json.ts"
import { readManifests } from "../../../plugin/cluster/manifest.ts"

const manifests = readManifests(embeddedManifests(), { namespace: "metallb-system", image: undefined }).map(
  ({ object }) => object,
)
const crds = manifests.filter(object => object["kind"] === "CustomResourceDefinition")

const pools = [
  "IPAddressPools string .spec.ipAddressPools",
  "IPAddressPool Selectors string .spec.ipAddressPoolSelectors",
]
const nodes = "Node Selectors string .spec.nodeSelectors 10"
const peers = [
  "Address string .spec.peerAddress",
  "ASN string .spec.peerASN",
  "BFD Profile string .spec.bfdProfile",
  "Multi Hops string .spec.ebgpMultiHop",
]
const service = ["Service Name string .status.serviceName", "Service Namespace string .status.serviceNamespace"]

/** [kind, its served versions, the one that is stored, MetalLB's columns: name, type, path, priority]. Spec 1. */
const kinds: readonly (readonly [string, string, string, readonly string[]])[] = [
  [
    "IPAddressPool",
    "v1beta1",
    "v1beta1",
    [
      "Auto Assign boolean .spec.autoAssign",
      "Avoid Buggy IPs boolean .spec.avoidBuggyIPs",
      "Addresses string .spec.addresses",
    ],
  ],
  ["BGPPeer", "v1beta1 v1beta2", "v1beta2", peers],
  ["BGPAdvertisement", "v1beta1", "v1beta1", [...pools, "Peers string .spec.peers", nodes]],
  ["L2Advertisement", "v1beta1", "v1beta1", [...pools, "Interfaces string .spec.interfaces", nodes]],
  [
    "BFDProfile",
    "v1beta1",
    "v1beta1",
    [
      "Passive Mode boolean .spec.passiveMode",
      "Transmit Interval integer .spec.transmitInterval",
      "Receive Interval integer .spec.receiveInterval",
      "Multiplier integer .spec.detectMultiplier",
    ],
  ],
  ["Community", "v1beta1", "v1beta1", []],
  ["ServiceL2Status", "v1beta1", "v1beta1", ["Allocated Node string .status.node", ...service]],
  ["ServiceBGPStatus", "v1beta1", "v1beta1", ["Node string .status.node", ...service]],
  [
    "ConfigurationState",
    "v1beta1",
    "v1beta1",
    [
      "Result string .status.result",
      "ErrorSummary string .status.errorSummary",
      "Age date .metadata.creationTimestamp",
    ],
  ],
]

for (const [kind, served, stored, columns] of kinds)
  test(`${kind} has the versions of MetalLB, in each of them its columns before ours, and no category`, () => {
    const crd = crds.find(each => textAt(each, "spec", "names", "kind") === kind) ?? assert.fail()
    const versions = listAt(crd, "spec", "versions")
    const names = (field: string) =>
      versions.flatMap(version => (at(version, field) === true ? [textAt(version, "name")] : [])).sort()
    assert.equal(names("served").join(" "), served)
    assert.equal(names("storage").join(" "), stored)
    assert.equal(at(crd, "spec", "names", "categories"), undefined)
    for (const version of versions) {
      const told = listAt(version, "additionalPrinterColumns").map(column =>
        ["name", "type", "jsonPath", "priority"]
          .map(field => String(at(column, field) ?? ""))
          .join(" ")
          .trim(),
      )
      assert.deepEqual(told.slice(0, columns.length), columns)
    }
  })

test("the pods tell Prometheus where their metrics are: port, and that it is HTTPS", () => {
  const workloads = manifests.filter(object => ["Deployment", "DaemonSet"].includes(textAt(object, "kind")))
  assert.equal(workloads.length, 2)
  for (const workload of workloads)
    assert.deepEqual(mapAt(workload, "spec", "template", "metadata", "annotations"), {
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "9120",
      "prometheus.io/scheme": "https",
    })
})

test("these are all the kinds, with our AddressReservation; AddressPool is none of them", () => {
  const there = crds.map(crd => textAt(crd, "spec", "names", "kind")).sort()
  assert.deepEqual(there, [...kinds.map(([kind]) => kind), "AddressReservation"].sort())
})
