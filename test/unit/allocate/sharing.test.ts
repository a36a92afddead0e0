import assert from "node:assert/strict"
import { test } from "node:test"
import type { Service } from "../../../agent/core/model.ts"
import { Controller, config, pool, service } from "./fixtures.ts"

const key = { "metallb.io/allow-shared-ip": "key" }
const local = { externalTrafficPolicy: "Local", selector: { app: "x" } } as const
const one = pool("a", ["10.0.0.1/32"])
const two = pool("a", ["10.0.0.1-10.0.0.2"])

const first = (more = {}) => service("shop/first", { ips: ["10.0.0.1"], from: "a", ports: ["TCP/80"], ...more })
const second = (more = {}) => service("shop/second", { ports: ["TCP/443"], createdAt: 1, ...more })
const asking = (annotations: Record<string, string> = {}) => ({
  annotations: { ...annotations, "metallb.io/loadBalancerIPs": "10.0.0.1" },
})

/** Rule, who is there, who comes, what it gets: an address or the reason. */
const table: readonly [string, Service, Service, string][] = [
  ["2.6.2 neither has a key", first(), second(asking()), "ML111"],
  ["2.6.2 only the holder has a key", first({ annotations: key }), second(asking()), "ML111"],
  ["2.6.2 only the newcomer has a key", first(), second(asking(key)), "ML111"],
  [
    "2.6.2 an empty key does not share",
    first({ annotations: key }),
    second(asking({ "metallb.io/allow-shared-ip": "" })),
    "ML111",
  ],
  ["2.6.2 different keys", first({ annotations: { "metallb.io/allow-shared-ip": "k" } }), second(asking(key)), "ML112"],
  ["2.6.2 same key, other port", first({ annotations: key }), second(asking(key)), "10.0.0.1"],
  [
    "2.6 keys under both prefixes are the same key",
    first({ annotations: { "metallb.universe.tf/allow-shared-ip": "key" } }),
    second(asking(key)),
    "10.0.0.1",
  ],
  ["2.6.4 same port", first({ annotations: key }), second({ ...asking(key), ports: ["TCP/80"] }), "ML114"],
  [
    "2.6.4 one of several ports is taken",
    first({ annotations: key }),
    second({ ...asking(key), ports: ["TCP/443", "TCP/80"] }),
    "ML114",
  ],
  [
    "2.6 same port, other protocol",
    first({ annotations: key }),
    second({ ...asking(key), ports: ["UDP/80"] }),
    "10.0.0.1",
  ],
  [
    "2.6 across namespaces",
    first({ annotations: key }),
    service("lab/second", { ...asking(key), ports: ["TCP/443"] }),
    "10.0.0.1",
  ],
  ["2.6.2 Local and Cluster", first({ annotations: key, ...local }), second(asking(key)), "ML113"],
  [
    "2.6.2 Local with the same selector",
    first({ annotations: key, ...local }),
    second({ ...asking(key), ...local }),
    "10.0.0.1",
  ],
  [
    "2.6.2 Local with another selector",
    first({ annotations: key, ...local }),
    second({ ...asking(key), ...local, selector: { app: "y" } }),
    "ML113",
  ],
  [
    "2.6 Local without a selector is not taken for Cluster (MetalLB does)",
    first({ annotations: key }),
    second({ ...asking(key), externalTrafficPolicy: "Local", selector: {} }),
    "ML113",
  ],
]

for (const [rule, holder, newcomer, expected] of table) {
  test(rule, () => {
    const controller = new Controller(config(two), [holder])
    const wanted = controller.apply(newcomer)
    const key = `${newcomer.namespace}/${newcomer.name}`
    assert.equal(wanted.outcome.ok ? controller.ips(key).join(" ") : wanted.outcome.reason, expected)
  })
}

test("2.6 automatic allocation takes the first address that is free or may be shared", () => {
  const controller = new Controller(config(two), [first({ annotations: key })])
  controller.apply(second({ annotations: key }))
  assert.deepEqual(controller.ips("shop/second"), ["10.0.0.1"])
})

test("2.6 an earlier free address comes before one that is shared already", () => {
  const controller = new Controller(config(two), [first({ annotations: key, ips: ["10.0.0.2"] })])
  controller.apply(second({ annotations: key }))
  assert.deepEqual(controller.ips("shop/second"), ["10.0.0.1"])
})

test("2.6.3 the only user of an address may change its key and keeps the address", () => {
  const controller = new Controller(config(one), [first({ annotations: key })])
  const wanted = controller.apply(first({ annotations: { "metallb.io/allow-shared-ip": "new" } }))
  assert.equal(wanted.action, "keep")
  assert.deepEqual(controller.ips("shop/first"), ["10.0.0.1"])
})

test("2.6 of two sharers the one that switches to Local moves, and once the other follows both share again", () => {
  const controller = new Controller(config(two), [
    first({ annotations: key }),
    second({ annotations: key, ips: ["10.0.0.1"], from: "a" }),
  ])
  const moved = controller.apply({ ...controller.get("shop/second"), ...local })
  assert.deepEqual(
    moved.events.map(event => `${event.reason} ${event.code}`),
    ["ClearAssignment ML113", "IPAllocated ML100"],
  )
  assert.deepEqual(controller.ips("shop/second"), ["10.0.0.2"])
  controller.apply({ ...controller.get("shop/first"), ...local })
  assert.deepEqual(controller.ips("shop/first"), ["10.0.0.1"])
  controller.apply({
    ...controller.get("shop/second"),
    annotations: { ...key, "metallb.io/loadBalancerIPs": "10.0.0.1", "metallb.io/ip-allocated-from-pool": "a" },
  })
  assert.deepEqual(controller.ips("shop/second"), ["10.0.0.1"])
})

test("2.6 a sharer whose new port clashes is the one that moves, older or not", () => {
  const controller = new Controller(config(two), [
    first({ annotations: key }),
    second({ annotations: key, ips: ["10.0.0.1"], from: "a" }),
  ])
  const wanted = controller.apply({
    ...controller.get("shop/first"),
    ports: [{ name: "", protocol: "TCP", port: 443 }],
  })
  assert.equal(wanted.action, "assign")
  assert.deepEqual(controller.ips("shop/first"), ["10.0.0.2"])
  assert.deepEqual(controller.ips("shop/second"), ["10.0.0.1"])
})

test("a shared address is held until its last user goes", () => {
  const controller = new Controller(config(one), [
    first({ annotations: key }),
    second({ annotations: key, ips: ["10.0.0.1"], from: "a" }),
  ])
  controller.apply({ ...controller.get("shop/first"), type: "ClusterIP" })
  assert.equal(controller.apply(service("shop/third")).outcome.reason, "ML118")
  controller.apply({ ...controller.get("shop/second"), type: "ClusterIP" })
  controller.again("shop/third")
  assert.deepEqual(controller.ips("shop/third"), ["10.0.0.1"])
})

test("who holds the address is told, at most sixteen names", () => {
  const holders = Array.from({ length: 20 }, (_, n) =>
    service(`shop/s${String(n).padStart(2, "0")}`, {
      annotations: key,
      ips: ["10.0.0.1"],
      from: "a",
      ports: [`TCP/${1000 + n}`],
      createdAt: n,
    }),
  )
  const { outcome } = new Controller(config(one), holders).apply(second(asking()))
  assert.equal(outcome.ok, false)
  assert.equal(outcome.ok ? 0 : (outcome.facts["holders"] as readonly string[]).length, 16)
})
