import assert from "node:assert/strict"
import { test } from "node:test"
import { judgeImported } from "../../../agent/core/config/import/judge-imported.ts"
import type { ImportProof } from "../../../agent/core/config/import/proof.ts"
import { proveImport } from "../../../agent/core/config/import/proof.ts"
import type { ConfigInput } from "../../../agent/core/config/judge.ts"
import type { Service } from "../../../agent/core/model.ts"
import { parseYaml } from "../../../agent/ports/yaml.ts"
import { judge, l2, secret } from "./fixtures.ts"
import { convert, full, inputOf } from "./importing.ts"

test("the new resources mean what the ConfigMap meant: no error, the same pools, sessions and routes", () => {
  const input = inputOf(full, { secrets: [] })
  const { objects, renamed } = convert(full)
  const after = judgeImported(input, objects, parseYaml)
  assert.deepEqual(after.problems, [])
  const proof = proveImport({ before: judge(input), after, services: [], loadBalancerClass: "", renamed })
  assert.deepEqual(proof, { services: 0, changed: [], sessions: [] })
  assert.equal(after.config.bgp.advertisements.length, 3)
})

const service = (name: string, ip: string, more: Partial<Service> = {}): Service => ({
  namespace: "shop",
  name,
  uid: name,
  resourceVersion: "1",
  createdAt: 0,
  labels: {},
  annotations: { "metallb.io/ip-allocated-from-pool": "My_Ip_Space" },
  type: "LoadBalancer",
  loadBalancerClass: undefined,
  clusterIPs: ["10.96.0.1"],
  ipFamilies: ["IPv4"],
  ipFamilyPolicy: "SingleStack",
  loadBalancerIP: "",
  externalTrafficPolicy: "Cluster",
  selector: {},
  ports: [{ name: "", protocol: "TCP", port: 80 }],
  ingress: [{ ip }],
  deleting: false,
  ...more,
})

const prove = (
  services: readonly Service[],
  more: Partial<ConfigInput> = {},
  legacy: "gone" | "beside" = "gone",
): ImportProof => {
  const input = inputOf(full, more)
  const { objects, renamed } = convert(full, more)
  const after = judgeImported(input, objects, parseYaml, legacy)
  return proveImport({ before: judge(input), after, services, loadBalancerClass: "", renamed })
}

test("services keep address and protocol, also while the ConfigMap still stands beside the resources", () => {
  const services = [
    service("a", "192.168.1.11"),
    service("b", "192.168.2.3"),
    service("c", "198.51.100.7"),
    service("d", "198.51.101.9"),
  ]
  assert.deepEqual(prove(services), { services: 4, changed: [], sessions: [] })
  assert.deepEqual(prove(services, {}, "beside"), { services: 4, changed: [], sessions: [] })
})

test("a service of somebody else, one without an address and one outside every pool do not count", () => {
  const foreign = service("x", "203.0.113.1", { annotations: {} })
  const pending = service("y", "", { ingress: [] })
  const other = service("z", "192.168.1.11", { loadBalancerClass: "other" })
  assert.equal(prove([foreign, pending, other]).services, 0)
})

test("a service that asks for a pool whose name changes is named", () => {
  const asking = service("a", "192.168.1.11", {
    annotations: {
      "metallb.universe.tf/address-pool": "My_Ip_Space",
      "metallb.io/ip-allocated-from-pool": "My_Ip_Space",
    },
  })
  assert.deepEqual(prove([asking]).changed, [
    { service: "shop/a", what: "its annotation asks for pool My_Ip_Space, which is called my-ip-space then" },
  ])
})

test("an L2Advertisement that means every pool would announce what BGP alone announced, and the proof says so", () => {
  const proof = prove([service("c", "198.51.100.7")], { l2Advertisements: [l2("all")] })
  assert.deepEqual(proof.changed, [{ service: "shop/c", what: "it is announced by bgp and then by bgp and layer2" }])
})

test("an L2Advertisement that means every pool with fewer nodes changes the terms, and the proof says so", () => {
  const proof = prove([service("a", "192.168.1.11")], {
    l2Advertisements: [l2("all", { nodeSelectors: [{ matchLabels: { rack: "1" } }] })],
  })
  assert.match(proof.changed[0]?.what ?? "", /announced by layer2, but on other terms/)
})

test("an address that no new pool has is named with both", () => {
  const input = inputOf(full)
  const { objects, renamed } = convert(full)
  const after = judgeImported(
    input,
    objects.filter(({ metadata }) => metadata.name !== "my-ip-space"),
    parseYaml,
  )
  const proof = proveImport({
    before: judge(input),
    after,
    services: [service("a", "192.168.1.11")],
    loadBalancerClass: "",
    renamed,
  })
  assert.match(proof.changed[0]?.what ?? "", /^its address 192\.168\.1\.11 becomes 198\.51\.101\.0$/)
})

test("a session that only one side opens is named, and a password that would be lost is one", () => {
  const input = inputOf(full, { secrets: [secret("other")] })
  const { objects, renamed } = convert(full)
  const without = objects.map(object =>
    object.metadata.name === "peer-10-0-0-1" && object.spec !== undefined
      ? { ...object, spec: { ...object.spec, passwordSecret: { name: "" } } }
      : object,
  )
  const after = judgeImported(input, without, parseYaml)
  const { sessions } = proveImport({ before: judge(input), after, services: [], loadBalancerClass: "", renamed })
  assert.equal(sessions.length, 2)
  assert.match(sessions.join("\n"), /password yes[\s\S]*password no/)
})
