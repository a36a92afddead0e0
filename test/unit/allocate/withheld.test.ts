import assert from "node:assert/strict"
import { test } from "node:test"
import { carriedByNodes } from "../../../agent/core/allocate/carried.ts"
import { countersOf } from "../../../agent/core/allocate/counters.ts"
import { reconfigure, withhold } from "../../../agent/core/allocate/ledger.ts"
import type { Withheld } from "../../../agent/core/allocate/withheld.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { node } from "../announce/fixtures.ts"
import { address, Controller, config, dualStack, pool, service } from "./fixtures.ts"

const mac = "02:bb:00:00:00:01"
const contested = (text: string): Withheld => ({
  address: address(text),
  reason: "ML171",
  facts: { address: text, mac, pool: "a" },
  contested: true,
})
const ofNode = (text: string): Withheld => ({
  ...contested(text),
  reason: "ML135",
  facts: { address: text, node: "n1" },
  contested: false,
})
const asks = (key: string, text: string, more = {}) =>
  service(key, { annotations: { "metallb.io/loadBalancerIPs": text }, ...more })
const small = pool("a", ["10.0.0.1-10.0.0.3"])
const countsOf = (controller: Controller) =>
  countersOf(controller.ledger.table).map(({ total }) => `${total.used} of ${total.size}, ${total.free} free`)

test("a withheld address is passed over in every order of allocation, and counts as neither held nor free", () => {
  for (const order of [
    undefined,
    { kind: "random" },
    { kind: "least-recently-used", cooling: 0, written: "0s" },
  ] as const) {
    const controller = new Controller(config({ ...small, ...(order === undefined ? {} : { order }) }))
    withhold(controller.ledger, [ofNode("10.0.0.1")])
    assert.deepEqual(countsOf(controller), ["0 of 3, 2 free"])
    for (const name of ["x", "y", "z"]) controller.apply(service(`shop/${name}`))
    const given = ["x", "y", "z"].map(name => controller.ips(`shop/${name}`).join())
    assert.deepEqual([...given].sort(), ["", "10.0.0.2", "10.0.0.3"], order?.kind ?? "lowest")
    assert.deepEqual(countsOf(controller), ["2 of 3, 0 free"])
  }
})

test("where only withheld addresses are free the pool says so", () => {
  const controller = new Controller(config(pool("a", ["10.0.0.1-10.0.0.2"])), [
    service("shop/web", { ips: ["10.0.0.1"], from: "a" }),
  ])
  withhold(controller.ledger, [ofNode("10.0.0.2")])
  const { outcome, events } = controller.apply(service("shop/new"))
  assert.equal(outcome.trace[0]?.reason, "ML172")
  assert.deepEqual(
    events.map(({ message }) => message),
    ["a: full: 1 of 2 held, 1 withheld [ML172] [ML118]"],
  )
})

test("asked for by name it is given, with a warning in the same write", () => {
  const controller = new Controller(config(small))
  withhold(controller.ledger, [ofNode("10.0.0.1")])
  const { action, events } = controller.apply(asks("shop/web", "10.0.0.1"))
  assert.equal(action, "assign")
  assert.deepEqual(
    events.map(({ type, reason, message }) => `${type} ${reason} ${message}`),
    [
      'Normal IPAllocated 10.0.0.1 from pool "a" [ML132]',
      "Warning addressConflict 10.0.0.1 is an address of node n1 [ML135]",
    ],
  )
  assert.deepEqual(controller.again("shop/web").events, [])
  assert.deepEqual(countsOf(controller), ["1 of 3, 2 free"])
})

test("a service keeps an address that is withheld later, and the address stays withheld when it is given back", () => {
  const controller = new Controller(config(small), [service("shop/web", { ips: ["10.0.0.1"], from: "a" })])
  assert.equal(withhold(controller.ledger, [ofNode("10.0.0.1")]), false)
  assert.equal(controller.again("shop/web").action, "keep")
  controller.apply({ ...controller.get("shop/web"), type: "ClusterIP" })
  assert.deepEqual(countsOf(controller), ["0 of 3, 2 free"])
  controller.apply(service("shop/new"))
  assert.deepEqual(controller.ips("shop/new"), ["10.0.0.2"])
})

test("what is no longer withheld can be given again, and only that is news", () => {
  const controller = new Controller(config(small))
  assert.equal(withhold(controller.ledger, [ofNode("10.0.0.1"), ofNode("10.0.0.2")]), false)
  assert.equal(withhold(controller.ledger, [ofNode("10.0.0.2")]), true)
  assert.equal(withhold(controller.ledger, [ofNode("10.0.0.2")]), false)
  assert.equal(withhold(controller.ledger, [ofNode("10.0.0.2"), ofNode("192.0.2.1")]), false)
  controller.apply(service("shop/x"))
  controller.apply(service("shop/y"))
  assert.deepEqual([controller.ips("shop/x"), controller.ips("shop/y")], [["10.0.0.1"], ["10.0.0.3"]])
})

test("a change of the pools keeps what is withheld", () => {
  const controller = new Controller(config(small))
  withhold(controller.ledger, [ofNode("10.0.0.1"), ofNode("10.0.9.1")])
  reconfigure(controller.ledger, config(small, pool("b", ["10.0.9.1/32"])))
  assert.deepEqual(countsOf(controller), ["0 of 3, 2 free", "0 of 1, 0 free"])
})

test("a withheld address is not joined by sharers, until it is an address like any other", () => {
  const shared = { annotations: { "metallb.io/allow-shared-ip": "k" } }
  const controller = new Controller(config(small), [service("shop/web", { ips: ["10.0.0.1"], from: "a", ...shared })])
  withhold(controller.ledger, [ofNode("10.0.0.1")])
  controller.apply(service("shop/other", { ...shared, ports: ["TCP/443"] }))
  assert.deepEqual(controller.ips("shop/other"), ["10.0.0.2"])
  assert.equal(withhold(controller.ledger, []), true)
  controller.apply(service("shop/third", { ...shared, ports: ["TCP/8080"] }))
  assert.deepEqual(controller.ips("shop/third"), ["10.0.0.1"])
})

test("a contested address that was not asked for is exchanged in one write, and not given to the same service again", () => {
  const controller = new Controller(config(small))
  controller.apply(service("shop/web"))
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.1"])
  withhold(controller.ledger, [contested("10.0.0.1")])
  const { action, events } = controller.again("shop/web")
  assert.equal(action, "assign")
  assert.deepEqual(
    events.map(({ reason, message }) => `${reason} ${message}`),
    [`ClearAssignment ${mac} answers for 10.0.0.1 [ML171]`, 'IPAllocated 10.0.0.2 from pool "a" [ML100]'],
  )
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.2"])
  assert.equal(controller.again("shop/web").write, false)
})

test("where no other address is free the service waits without one", () => {
  const controller = new Controller(config(pool("a", ["10.0.0.1/32"])))
  controller.apply(service("shop/web"))
  withhold(controller.ledger, [contested("10.0.0.1")])
  assert.equal(controller.again("shop/web").action, "clear")
  assert.deepEqual(controller.ips("shop/web"), [])
  assert.equal(controller.again("shop/web").outcome.reason, "ML118")
  withhold(controller.ledger, [])
  controller.again("shop/web")
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.1"])
})

test("a contested address that was asked for stays, with a warning that names who has it", () => {
  const controller = new Controller(config(small))
  controller.apply(asks("shop/web", "10.0.0.1"))
  withhold(controller.ledger, [contested("10.0.0.1")])
  const { action, write, outcome, events } = controller.again("shop/web")
  assert.deepEqual([action, write, outcome.reason], ["keep", false, "ML173"])
  assert.deepEqual(
    events.map(({ type, reason, message }) => `${type} ${reason} ${message}`),
    [`Warning addressConflict ${mac} answers for 10.0.0.1, which is kept as asked for and not announced [ML173]`],
  )
})

test("of two addresses the one that nobody contests stays", () => {
  const both = pool("a", ["10.0.0.1-10.0.0.3", "2001:db8::1-2001:db8::3"])
  const controller = new Controller(config(both))
  controller.apply(service("shop/web", dualStack))
  withhold(controller.ledger, [contested("10.0.0.1")])
  controller.again("shop/web")
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.2", "2001:db8::1"])
})

test("an address that somebody else wrote is left alone, contested or not", () => {
  const controller = new Controller(config(small), [service("shop/web", { ips: ["10.0.0.1"] })])
  withhold(controller.ledger, [contested("10.0.0.1")])
  assert.equal(controller.again("shop/web").action, "ignore")
})

test("the addresses of nodes are each named once, and what is no address is left out", () => {
  const nodes = [
    node("n2", { addresses: ["10.0.0.1", "host.example"] }),
    node("n1", { addresses: ["10.0.0.1", "2001:DB8:0::1"] }),
  ]
  assert.deepEqual(
    carriedByNodes(nodes).map(({ address: one, facts }) => `${formatAddress(one)} ${facts["node"]}`),
    ["10.0.0.1 n1", "2001:db8::1 n1"],
  )
})
