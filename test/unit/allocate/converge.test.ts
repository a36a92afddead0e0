import assert from "node:assert/strict"
import { test } from "node:test"
import type { Convergence } from "../../../agent/core/allocate/convergence.ts"
import { observe, reconfigure } from "../../../agent/core/allocate/ledger.ts"
import { passOrder, reserve, settle } from "../../../agent/core/allocate/settle.ts"
import { a, b, both, held, judged, said } from "./converging.ts"
import { Controller, config, pool, service, v6Only } from "./fixtures.ts"

test("a status emptied by hand gets the same address again", () => {
  const controller = new Controller(config(a), [held()])
  const wanted = controller.apply({ ...held(), ingress: [] })
  assert.equal(said(wanted), "assign! 10.0.0.5 | - | ML119")
})

test("ipMode and ports of an ingress entry are no difference", () => {
  const one = { ...held(), ingress: [{ ip: "10.0.0.5", ipMode: "VIP", ports: [] }] }
  assert.equal(judged(config(a), one).write, false)
})

test("an IPv6 address written in another form is the same address and is left as it is", () => {
  const one = service("shop/web", { ...v6Only, ips: ["2001:DB8:1:0::1"], from: "both" })
  assert.equal(said(judged(config(both), one)), "keep 2001:DB8:1:0::1 | - | ML119")
})

test("the event of an allocation names address and pool, and the code of the reason", () => {
  const [event] = judged(config(a), service("shop/web")).events
  assert.deepEqual(event, {
    type: "Normal",
    reason: "IPAllocated",
    code: "ML100",
    message: '10.0.0.0 from pool "a" [ML100]',
  })
})

test("the event of a failure names every pool with its reason and fits into an event", () => {
  const pools = Array.from({ length: 100 }, (_, n) => pool(`pool-${n}`, [`10.7.${n}.0/30`], { autoAssign: false }))
  const [event] = judged(config(...pools), service("shop/web")).events
  assert.match(event?.message ?? "", /^pool-0: autoAssign is off \[ML102\]; .*; and 97 more \[ML118\]$/)
  assert.ok((event?.message.length ?? 0) <= 1024)
})

test("a wish that cannot be met says what is kept", () => {
  const one = held({ annotations: { "metallb.io/address-pool": "c" } })
  const [event] = judged(config(a), one).events
  assert.equal(event?.message, "no valid pool is named c; keeps 10.0.0.5 [ML108]")
})

test("of two services with one address the older keeps it and the other gets a new one, whatever the order of the list", () => {
  const older = service("shop/old", { ips: ["10.0.0.1"], from: "a", createdAt: 1 })
  const newer = service("shop/new", { ips: ["10.0.0.1"], from: "a", createdAt: 2 })
  for (const list of [
    [older, newer],
    [newer, older],
  ]) {
    const controller = new Controller(config(a), list)
    for (const one of passOrder(list)) controller.apply(one)
    assert.deepEqual([controller.ips("shop/old"), controller.ips("shop/new")], [["10.0.0.1"], ["10.0.0.0"]])
  }
})

test("a full pass takes services with an address first, older first, then by key", () => {
  const list = [
    service("shop/d", { createdAt: 1 }),
    service("shop/c", { createdAt: 5, ips: ["10.0.0.1"] }),
    service("shop/b", { createdAt: 1 }),
    service("shop/a", { createdAt: 2, ips: ["10.0.0.2"] }),
  ]
  assert.deepEqual(
    passOrder(list).map(one => one.name),
    ["a", "c", "b", "d"],
  )
})

test("settling tells whether others may gain", () => {
  const controller = new Controller(config(a), [held()])
  const cleared = { ...held(), type: "ClusterIP" }
  observe(controller.ledger, cleared)
  const wanted: Convergence = judged(config(a), cleared)
  assert.equal(settle(controller.ledger, cleared, wanted), true)
  assert.equal(settle(controller.ledger, cleared, wanted), false)
})

test("a newcomer's address, kept for it before the write and settled after it, frees nothing that others wait for", () => {
  const controller = new Controller(config(a), [])
  const newcomer = service("shop/new")
  const wanted = judged(config(a), newcomer)
  assert.equal(wanted.action, "assign")
  reserve(controller.ledger, newcomer, wanted)
  assert.equal(settle(controller.ledger, newcomer, wanted), false)
})

test("a holder that shares on other terms than before may let others in", () => {
  const controller = new Controller(config(a), [held()])
  assert.equal(observe(controller.ledger, held({ annotations: { "metallb.io/allow-shared-ip": "key" } })), true)
})

test("while a move is being written both addresses are kept out of the way", () => {
  const controller = new Controller(config(pool("a", ["10.0.0.4/31"])), [held()])
  const moving = held({ annotations: { "metallb.io/loadBalancerIPs": "10.0.0.4" } })
  observe(controller.ledger, moving)
  const wanted = judged(config(pool("a", ["10.0.0.4/31"])), moving)
  assert.deepEqual(wanted.ingress, ["10.0.0.4"])
  reserve(controller.ledger, moving, wanted)
  assert.equal(controller.apply(service("shop/other")).outcome.reason, "ML118")
  assert.equal(settle(controller.ledger, moving, wanted), true)
  controller.again("shop/other")
  assert.deepEqual(controller.ips("shop/other"), ["10.0.0.5"])
})

test("a pool that comes back finds its addresses where they were", () => {
  const controller = new Controller(config(a, b), [held()], { doubt: "pool a cannot be used as it is written" })
  reconfigure(controller.ledger, config(b))
  controller.again("shop/web")
  reconfigure(controller.ledger, config(a, b))
  controller.settings = {}
  const asking = service("shop/other", { annotations: { "metallb.io/loadBalancerIPs": "10.0.0.5" } })
  assert.equal(controller.apply(asking).outcome.reason, "ML111")
  assert.equal(said(controller.again("shop/web")), "keep 10.0.0.5 | - | ML119")
})
