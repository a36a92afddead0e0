import assert from "node:assert/strict"
import { test } from "node:test"
import { reconfigure } from "../../../agent/core/allocate/ledger.ts"
import { readPool } from "../../../agent/core/config/read-pool.ts"
import { decodePool } from "../../../agent/core/kube/decode-config.ts"
import { phraseOf } from "../../../agent/core/sentence.ts"
import { Controller, config, dualStack, pool, service } from "./fixtures.ts"

const drained = pool("a", ["10.0.0.0/30", "2001:db8::/126"], { drain: true })
const held = service("shop/web", { ips: ["10.0.0.1"], from: "a" })
const asks = (annotations: Record<string, string>, more = {}) => service("shop/new", { annotations, ...more })

test("a service that holds an address of a draining pool keeps it, also over a restart", () => {
  const controller = new Controller(config(drained), [held])
  assert.equal(controller.again("shop/web").action, "keep")
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.1"])
  assert.equal(new Controller(config(drained), [controller.get("shop/web")]).again("shop/web").action, "keep")
})

test("a service that names the pool or the address that it has already keeps it", () => {
  for (const annotations of [{ "metallb.io/address-pool": "a" }, { "metallb.io/loadBalancerIPs": "10.0.0.1" }]) {
    const one = service("shop/web", { ips: ["10.0.0.1"], from: "a", annotations })
    const { action, outcome } = new Controller(config(drained), [one]).again("shop/web")
    assert.deepEqual([action, outcome.reason], ["keep", "ML119"])
  }
})

test("a new service is refused, and passes on to the next pool where it asks for none", () => {
  const alone = new Controller(config(drained)).apply(asks({}))
  assert.equal(alone.action, "wait")
  assert.equal(alone.outcome.reason, "ML118")
  assert.deepEqual(
    alone.outcome.trace.map(step => [step.subject, step.verdict, step.reason]),
    [["pool/a", "rejected", "ML140"]],
  )
  const beside = new Controller(config(drained, pool("b", ["10.0.9.0/30"])))
  assert.equal(beside.apply(asks({})).pool, "b")
})

test("asking for the pool, for an address of it or for a share of one is refused with the reason", () => {
  const rows: readonly [string, Record<string, string>][] = [
    ["pool", { "metallb.io/address-pool": "a" }],
    ["address", { "metallb.io/loadBalancerIPs": "10.0.0.2" }],
    ["share", { "metallb.io/loadBalancerIPs": "10.0.0.1", "metallb.io/allow-shared-ip": "k" }],
  ]
  const sharer = service("shop/web", {
    ips: ["10.0.0.1"],
    from: "a",
    annotations: { "metallb.io/allow-shared-ip": "k" },
  })
  for (const [what, annotations] of rows) {
    const controller = new Controller(config(drained), [sharer])
    const { outcome, events } = controller.apply(asks(annotations, { ports: ["TCP/443"] }))
    assert.equal(outcome.reason, "ML140", what)
    assert.deepEqual(
      events.map(({ reason, code }) => [reason, code]),
      [["AllocationFailed", "ML140"]],
      what,
    )
    assert.ok(!outcome.ok)
    assert.equal(phraseOf(outcome.reason, outcome.facts), "draining: gives no new address")
  }
})

test("a second family is not added to a service that has one", () => {
  const one = service("shop/web", { ...dualStack, ips: ["10.0.0.1"], from: "a" })
  const { action, events } = new Controller(config(drained), [one]).again("shop/web")
  assert.equal(action, "keep")
  assert.deepEqual(
    events.map(({ reason, code }) => [reason, code]),
    [["AdditionalAssignFailed", "ML125"]],
  )
})

test("a pool that is used again serves who waited for it", () => {
  const controller = new Controller(config(drained))
  controller.apply(asks({}))
  reconfigure(controller.ledger, config(pool("a", ["10.0.0.0/30"])))
  assert.equal(controller.again("shop/new").action, "assign")
  assert.deepEqual(controller.ips("shop/new"), ["10.0.0.0"])
})

test("an address given back while the pool drains stays free", () => {
  const controller = new Controller(config(drained), [held])
  controller.apply({ ...held, type: "ClusterIP" })
  assert.deepEqual(controller.ips("shop/web"), [])
  assert.equal(controller.apply(held).action, "keep", "what stands in the status is held")
  controller.apply({ ...held, type: "ClusterIP" })
  assert.equal(controller.apply({ ...held, ingress: [] }).outcome.reason, "ML118")
})

test("spec.drain is read from the resource, is off where it is absent, and a word is no boolean", () => {
  const read = (spec: object) => {
    const decoded = decodePool({ metadata: { name: "a", namespace: "metallb-system" }, spec })
    assert.ok(decoded.ok)
    return readPool(decoded.value, [])
  }
  const drainOf = (spec: object) => {
    const judged = read(spec)
    return judged.kind === "candidate" ? judged.candidate.pool.drain : "broken"
  }
  const addresses = ["10.0.0.0/30"]
  assert.deepEqual(
    [{ addresses }, { addresses, drain: true }, { addresses, drain: false }, { addresses, drain: "yes" }].map(drainOf),
    [undefined, true, undefined, "broken"],
  )
})
