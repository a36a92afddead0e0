import assert from "node:assert/strict"
import { test } from "node:test"
import { requestOf, stackOf } from "../../../agent/core/allocate/request.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import type { Service } from "../../../agent/core/model.ts"
import { dualStack, service, v6Only } from "./fixtures.ts"

const read = (one: Service): string => {
  const stack = stackOf(one)
  if (!stack.ok) return `${stack.fault.reason} ${stack.fault.event}`
  const request = requestOf(one, stack.value)
  if (!request.ok) return `${request.fault.reason} ${request.fault.event}`
  const { addresses, pool, sharingKey } = request.value
  return [...addresses.map(formatAddress), pool ?? "any", sharingKey].join(" ").trim()
}

const annotated = (annotations: Record<string, string>, more = {}) => service("shop/web", { annotations, ...more })

/** Spec 2.1 and the errors of 2.4: what is asked, or the reason and the event of MetalLB. */
const wishes: readonly [string, Service, string][] = [
  ["2.1 no annotation asks for nothing", service("shop/web"), "any"],
  ["2.1 address-pool", annotated({ "metallb.io/address-pool": "lab" }), "lab"],
  ["2.1 address-pool, old prefix", annotated({ "metallb.universe.tf/address-pool": "lab" }), "lab"],
  [
    "2.1 the new prefix wins even when empty",
    annotated({ "metallb.io/address-pool": "", "metallb.universe.tf/address-pool": "lab" }),
    "any",
  ],
  ["2.1 loadBalancerIPs", annotated({ "metallb.io/loadBalancerIPs": "10.0.0.1" }), "10.0.0.1 any"],
  [
    "2.1 loadBalancerIPs, two with spaces, ordered IPv4 first",
    annotated({ "metallb.io/loadBalancerIPs": " fc00::1 , 192.0.2.1 " }, dualStack),
    "192.0.2.1 fc00::1 any",
  ],
  ["2.1 loadBalancerIPs, old prefix", annotated({ "metallb.universe.tf/loadBalancerIPs": "10.0.0.1" }), "10.0.0.1 any"],
  ["2.1 allow-shared-ip", annotated({ "metallb.io/allow-shared-ip": "key" }), "any key"],
  ["2.1 allow-shared-ip, old prefix", annotated({ "metallb.universe.tf/allow-shared-ip": "key" }), "any key"],
  ["2.1 spec.loadBalancerIP", service("shop/web", { loadBalancerIP: "10.0.0.1" }), "10.0.0.1 any"],
  [
    "2.1 spec.loadBalancerIP together with the annotation is an error",
    annotated({ "metallb.io/loadBalancerIPs": "10.0.0.1" }, { loadBalancerIP: "10.0.0.1" }),
    "ML007 LoadBalancerFailed",
  ],
  [
    "2.4 an address that cannot be read",
    annotated({ "metallb.io/loadBalancerIPs": "10.0.0.01" }),
    "ML008 LoadBalancerFailed",
  ],
  [
    "2.4 a list with an empty entry",
    annotated({ "metallb.io/loadBalancerIPs": "10.0.0.1," }),
    "ML008 LoadBalancerFailed",
  ],
  [
    "2.4 two of one family",
    annotated({ "metallb.io/loadBalancerIPs": "10.0.0.1,10.0.0.2" }),
    "ML009 LoadBalancerFailed",
  ],
  [
    "2.4 three addresses",
    annotated({ "metallb.io/loadBalancerIPs": "10.0.0.1,fc00::1,fc00::2" }),
    "ML009 LoadBalancerFailed",
  ],
  ...["0", "9", "-1", "2.0", "two", "", "1e1", "٢"].map((count): [string, Service, string] => [
    `addresses-per-family "${count}"`,
    annotated({ "metallb.io/addresses-per-family": count }),
    "ML146 LoadBalancerFailed",
  ]),
  [
    "more addresses of a family than addresses-per-family says",
    annotated({ "metallb.io/addresses-per-family": "2", "metallb.io/loadBalancerIPs": "10.0.0.1,10.0.0.2,10.0.0.3" }),
    "ML148 LoadBalancerFailed",
  ],
  ["2.3.3 no cluster IP", service("shop/web", { clusterIPs: [] }), "ML003 noclusterIPsIPFamily"],
  ["2.3.6 headless", service("shop/web", { clusterIPs: ["None"] }), "ML003 noclusterIPsIPFamily"],
  [
    "2.3.5 RequireDualStack with one cluster IP",
    service("shop/web", { ipFamilyPolicy: "RequireDualStack" }),
    "ML004 not enough clusterips",
  ],
]

for (const [rule, one, expected] of wishes) test(rule, () => assert.equal(read(one), expected))

test("2.5 the families follow the cluster IPs, and the primary one is IPv4 unless ipFamilies starts with IPv6", () => {
  const stack = (one: Service) => {
    const found = stackOf(one)
    return found.ok
      ? `${found.value.families.join("+")} ${found.value.policy} ${found.value.primary}`
      : found.fault.reason
  }
  assert.equal(stack(service("a/b")), "IPv4 one IPv4")
  assert.equal(stack(service("a/b", v6Only)), "IPv6 one IPv6")
  assert.equal(stack(service("a/b", dualStack)), "IPv4+IPv6 prefer-both IPv4")
  assert.equal(stack(service("a/b", { ...dualStack, ipFamilies: ["IPv6", "IPv4"] })), "IPv4+IPv6 prefer-both IPv6")
  assert.equal(
    stack(service("a/b", { ...dualStack, ipFamilyPolicy: "RequireDualStack" })),
    "IPv4+IPv6 require-both IPv4",
  )
})

test("2.6 the port identity is protocol and port, each once; Local services carry their selector as back end", () => {
  const stack = stackOf(service("a/b"))
  assert.ok(stack.ok)
  const ports = ["TCP/80", "UDP/53", "TCP/80"]
  const request = requestOf(
    service("a/b", { ports, externalTrafficPolicy: "Local", selector: { b: "2", a: "1" } }),
    stack.value,
  )
  assert.ok(request.ok)
  assert.deepEqual(request.value.ports, ["TCP/80", "UDP/53"])
  assert.equal(request.value.backendKey, "local:a=1,b=2")
})
