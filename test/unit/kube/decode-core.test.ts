import assert from "node:assert/strict"
import { test } from "node:test"
import { decodeEndpointSlice } from "../../../agent/core/kube/decode-endpoints.ts"
import { decodeNamespace, decodeNode, decodeSpeakerPod } from "../../../agent/core/kube/decode-node.ts"
import { decodeService } from "../../../agent/core/kube/decode-service.ts"
import type { Decoded } from "../../../agent/core/kube/decoded.ts"

const decodedOf = <T>(decoded: Decoded<T>): T => {
  assert.ok(decoded.ok, decoded.ok ? "" : decoded.problem.message)
  return decoded.value
}

test("a service that has a name alone gets the defaults of the API server", () => {
  assert.deepEqual(decodedOf(decodeService({ metadata: { name: "web" } })), {
    namespace: "",
    name: "web",
    uid: "",
    resourceVersion: "",
    createdAt: 0,
    labels: {},
    annotations: {},
    type: "ClusterIP",
    loadBalancerClass: undefined,
    clusterIPs: [],
    ipFamilies: [],
    ipFamilyPolicy: "",
    loadBalancerIP: "",
    externalTrafficPolicy: "Cluster",
    selector: {},
    ports: [],
    ingress: [],
    deleting: false,
  })
})

test("a full service is read, and annotations that no decision reads are dropped", () => {
  const service = decodedOf(
    decodeService({
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        namespace: "shop",
        name: "web",
        uid: "u-1",
        resourceVersion: "42",
        creationTimestamp: "2026-01-31T12:00:00Z",
        deletionTimestamp: "2026-02-01T12:00:00Z",
        labels: { app: "web" },
        annotations: {
          "metallb.io/address-pool": "public",
          "metallb.universe.tf/allow-shared-ip": "key",
          "kubectl.kubernetes.io/last-applied-configuration": "{}",
        },
        managedFields: [{ manager: "kubectl" }],
      },
      spec: {
        type: "LoadBalancer",
        loadBalancerClass: "example.com/lb",
        clusterIP: "10.0.0.1",
        clusterIPs: ["10.0.0.1", "fd00::1"],
        ipFamilies: ["IPv4", "IPv6"],
        ipFamilyPolicy: "PreferDualStack",
        loadBalancerIP: "192.168.1.11",
        externalTrafficPolicy: "Local",
        selector: { app: "web" },
        ports: [{ name: "http", protocol: "TCP", port: 80, targetPort: "web" }, { port: 53 }],
      },
      status: { loadBalancer: { ingress: [{ ip: "192.168.1.11", ipMode: "VIP" }, { hostname: "a.example" }] } },
    }),
  )
  assert.equal(service.createdAt, Date.UTC(2026, 0, 31, 12))
  assert.deepEqual(service.annotations, {
    "metallb.io/address-pool": "public",
    "metallb.universe.tf/allow-shared-ip": "key",
  })
  assert.deepEqual(service.clusterIPs, ["10.0.0.1", "fd00::1"])
  assert.deepEqual(service.ports, [
    { name: "http", protocol: "TCP", port: 80 },
    { name: "", protocol: "TCP", port: 53 },
  ])
  assert.deepEqual(service.ingress, [{ ip: "192.168.1.11" }, { hostname: "a.example" }])
  assert.equal(service.externalTrafficPolicy, "Local")
  assert.equal(service.loadBalancerClass, "example.com/lb")
  assert.equal(service.deleting, true)
})

test("when a service got its address is the last write of its load balancer status, whoever wrote it", () => {
  const entry = (time: unknown, fields: unknown) => ({ manager: "any", time, fieldsV1: { "f:status": fields } })
  const at = (managedFields: unknown) =>
    decodedOf(decodeService({ metadata: { name: "web", managedFields } })).allocatedAt
  const balancer = { "f:loadBalancer": { "f:ingress": {} } }
  const rows = [
    entry("2026-01-31T12:00:00Z", balancer),
    entry("2026-01-31T12:00:05Z", balancer),
    entry("2026-01-31T13:00:00Z", { "f:conditions": {} }),
  ]
  assert.equal(at(rows), Date.parse("2026-01-31T12:00:05Z"))
  for (const nothing of [undefined, [], [entry("soon", balancer)], "x", [7], [entry(5, balancer)]])
    assert.equal(at(nothing), undefined, JSON.stringify(nothing))
})

test("a service with clusterIP alone has it as its only one", () => {
  assert.deepEqual(decodedOf(decodeService({ metadata: { name: "web" }, spec: { clusterIP: "None" } })).clusterIPs, [
    "None",
  ])
})

test("null fields count as missing, as for the API server", () => {
  const service = decodedOf(
    decodeService({ metadata: { name: "web", labels: null }, spec: { ports: null }, status: null }),
  )
  assert.deepEqual([service.labels, service.ports], [{}, []])
})

/** [rule, conditions, whether the endpoint can serve]. Spec 5.1. */
const conditions: readonly (readonly [string, unknown, boolean])[] = [
  ["no conditions", undefined, true],
  ["ready unset", {}, true],
  ["ready null", { ready: null }, true],
  ["ready", { ready: true }, true],
  ["ready wins over serving false", { ready: true, serving: false }, true],
  ["not ready", { ready: false }, false],
  ["not ready and serving unknown", { ready: false, serving: null }, false],
  ["terminating but serving", { ready: false, serving: true, terminating: true }, true],
  ["not serving", { ready: false, serving: false }, false],
]

for (const [rule, value, canServe] of conditions) {
  test(`an endpoint with ${rule} ${canServe ? "can serve" : "cannot serve"}`, () => {
    const slice = decodedOf(
      decodeEndpointSlice({
        metadata: { namespace: "shop", name: "web-1", labels: { "kubernetes.io/service-name": "web" } },
        endpoints: [{ addresses: ["10.1.0.1"], nodeName: "n1", conditions: value }],
      }),
    )
    assert.equal(slice.service, "shop/web")
    assert.deepEqual(slice.endpoints, [{ nodeName: "n1", canServe, addresses: 1 }])
  })
}

test("endpoints have the family of their slice, where that is one", () => {
  const familyOf = (addressType: string) => {
    const slice = decodedOf(decodeEndpointSlice({ metadata: { name: "x" }, addressType, endpoints: [{}] }))
    return slice.endpoints[0]?.family
  }
  assert.deepEqual(["IPv4", "IPv6", "FQDN"].map(familyOf), ["IPv4", "IPv6", undefined])
})

test("a slice without the service label belongs to no service, and endpoints may be null", () => {
  const slice = decodedOf(decodeEndpointSlice({ metadata: { namespace: "shop", name: "x" }, endpoints: null }))
  assert.deepEqual([slice.service, slice.endpoints], ["", []])
})

test("a node's readiness is true, false, or unknown where the condition is absent or Unknown", () => {
  const ready = (list: unknown) =>
    decodedOf(decodeNode({ metadata: { name: "n1" }, status: { conditions: list } })).ready
  assert.equal(ready([{ type: "Ready", status: "True" }]), true)
  assert.equal(ready([{ type: "Ready", status: "False" }]), false)
  assert.equal(ready([{ type: "Ready", status: "Unknown" }]), "unknown")
  assert.equal(ready([]), "unknown")
  assert.equal(ready(undefined), "unknown")
})

test("a node's addresses are its IP addresses, not its host names", () => {
  const node = decodedOf(
    decodeNode({
      metadata: { name: "n1" },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: "NetworkUnavailable", status: "True" }],
        addresses: [
          { type: "InternalIP", address: "192.168.1.2" },
          { type: "Hostname", address: "n1" },
          { type: "ExternalIP", address: "fd00::2" },
        ],
      },
    }),
  )
  assert.deepEqual(
    [node.addresses, node.unschedulable, node.networkUnavailable],
    [["192.168.1.2", "fd00::2"], true, true],
  )
})

test("a speaker pod is ready only by its condition and while it is not being deleted", () => {
  const pod = (metadata: object, status: string) =>
    decodedOf(
      decodeSpeakerPod({
        metadata: { name: "speaker-x", ...metadata },
        spec: { nodeName: "n1" },
        status: { podIP: "192.168.1.2", conditions: [{ type: "Ready", status }] },
      }),
    )
  assert.equal(pod({}, "True").ready, true)
  assert.equal(pod({}, "False").ready, false)
  const deleted = pod({ deletionTimestamp: "2026-01-31T12:00:00Z" }, "True")
  assert.deepEqual([deleted.ready, deleted.deleting, pod({}, "False").deleting], [false, true, undefined])
  assert.deepEqual([pod({}, "True").nodeName, pod({}, "True").ip], ["n1", "192.168.1.2"])
})

test("a namespace is its metadata", () => {
  assert.deepEqual(decodedOf(decodeNamespace({ metadata: { name: "shop", labels: { team: "a" } } })).labels, {
    team: "a",
  })
})

/** [rule, object, field of the problem]. */
const malformed: readonly (readonly [string, unknown, string])[] = [
  ["nothing at all", undefined, "metadata.name"],
  ["a text", "service", ""],
  ["a list", [], ""],
  ["no name", { metadata: {} }, "metadata.name"],
  ["ports that are a map", { metadata: { name: "web" }, spec: { ports: {} } }, "spec.ports"],
  ["a port that is text", { metadata: { name: "web" }, spec: { ports: [{ port: "80" }] } }, "spec.ports[0].port"],
  ["a port with a fraction", { metadata: { name: "web" }, spec: { ports: [{ port: 80.5 }] } }, "spec.ports[0].port"],
  ["a label that is a number", { metadata: { name: "web", labels: { a: 1 } } }, "metadata.labels[a]"],
  ["a type that is a number", { metadata: { name: "web" }, spec: { type: 1 } }, "spec.type"],
  ["a selector that is a list", { metadata: { name: "web" }, spec: { selector: [] } }, "spec.selector"],
  ["a time that is none", { metadata: { name: "web", creationTimestamp: "soon" } }, "metadata.creationTimestamp"],
  [
    "an address that is a map",
    { metadata: { name: "web" }, spec: { clusterIPs: ["1.1.1.1", {}] } },
    "spec.clusterIPs[1]",
  ],
]

for (const [rule, json, field] of malformed) {
  test(`a service that is ${rule} becomes a problem that names ${field || "the object"}`, () => {
    const decoded = decodeService(json)
    assert.ok(!decoded.ok)
    assert.deepEqual([decoded.problem.reason, decoded.problem.field], ["ML201", field])
    assert.match(decoded.problem.message, /missing|allowed is/)
  })
}
