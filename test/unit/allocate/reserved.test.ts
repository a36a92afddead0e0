import assert from "node:assert/strict"
import { test } from "node:test"
import { countersOf } from "../../../agent/core/allocate/counters.ts"
import { forget, observe, withhold } from "../../../agent/core/allocate/ledger.ts"
import type { Withheld } from "../../../agent/core/allocate/withheld.ts"
import type { Pool } from "../../../agent/core/config/model.ts"
import { address, Controller, config, dualStack, pool, restriction, service } from "./fixtures.ts"

const small = pool("b", ["10.0.0.1-10.0.0.4"])
const kept = (text: string, ...keptFor: readonly string[]): Withheld => ({
  address: address(text),
  reason: "ML150",
  facts: { address: text, keptFor, reservation: "r", until: "" },
  contested: false,
  keptFor,
})
const asks = (key: string, text: string) => service(key, { annotations: { "metallb.io/loadBalancerIPs": text } })
const countsOf = ({ ledger }: Controller) => countersOf(ledger.table).map(({ total }) => `${total.used}+${total.free}`)

test("an address that is kept for a service goes to it alone, in every order of allocation", () => {
  const orders: readonly Pool["order"][] = [
    undefined,
    { kind: "random" },
    { kind: "least-recently-used", cooling: 3_600_000, written: "1h" },
  ]
  for (const order of orders) {
    const controller = new Controller(config({ ...small, ...(order === undefined ? {} : { order }) }))
    controller.apply(service("shop/web"))
    const [had = ""] = controller.ips("shop/web")
    withhold(controller.ledger, [kept(had, "shop/web")])
    forget(controller.ledger, "shop/web")
    controller.services.delete("shop/web")
    assert.deepEqual(countsOf(controller), ["0+3"])
    for (const name of ["x", "y", "z", "late"]) controller.apply(service(`shop/${name}`))
    const given = ["x", "y", "z", "late"].flatMap(name => controller.ips(`shop/${name}`))
    assert.ok(!given.includes(had) && given.length === 3, order?.kind ?? "lowest")
    const { outcome, events } = controller.apply(service("shop/web"))
    assert.deepEqual(controller.ips("shop/web"), [had])
    assert.equal(outcome.reason, "ML151")
    assert.deepEqual(
      events.map(({ reason }) => reason),
      ["IPAllocated"],
    )
    assert.deepEqual(countsOf(controller), ["4+0"])
  }
})

test("nobody else gets it by asking for it, and is told for whom it is", () => {
  const controller = new Controller(config(small))
  withhold(controller.ledger, [kept("10.0.0.2", "shop/web")])
  const { outcome } = controller.apply(asks("shop/thief", "10.0.0.2"))
  assert.deepEqual([outcome.ok, outcome.reason, outcome.trace[0]?.reason], [false, "ML150", "ML150"])
  assert.deepEqual(controller.ips("shop/thief"), [])
  controller.apply(asks("shop/web", "10.0.0.2"))
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.2"])
})

test("the pool that keeps an address for a service is tried first, if it may still serve it", () => {
  const first = pool("a", ["10.0.9.1-10.0.9.9"])
  const controller = new Controller(config(first, small))
  withhold(controller.ledger, [kept("10.0.0.3", "shop/web")])
  assert.equal(controller.apply(service("shop/web")).pool, "b")
  const closed = { ...small, restriction: restriction({ namespaces: new Set(["lab"]) }) }
  const other = new Controller(config(first, closed))
  withhold(other.ledger, [kept("10.0.0.3", "shop/web")])
  assert.equal(other.apply(service("shop/web")).pool, "a")
  const drained = new Controller(config(first, { ...small, drain: true }))
  withhold(drained.ledger, [kept("10.0.0.3", "shop/web")])
  assert.equal(drained.apply(service("shop/web")).pool, "a")
})

test("both families and several of each come back", () => {
  const controller = new Controller(config(pool("a", ["10.0.0.0/29", "2001:db8::/125"])))
  const texts = ["10.0.0.5", "10.0.0.7", "2001:db8::4", "2001:db8::6"]
  withhold(
    controller.ledger,
    texts.map(text => kept(text, "shop/web")),
  )
  controller.apply(service("shop/web", { ...dualStack, annotations: { "metallb.io/addresses-per-family": "2" } }))
  assert.deepEqual(controller.ips("shop/web"), texts)
})

test("while the service is there sharing goes on as ever; while it is away nobody joins, so that its ports stay free", () => {
  const shared = { annotations: { "metallb.io/allow-shared-ip": "k" } }
  const controller = new Controller(config(small))
  controller.apply(service("shop/web", shared))
  withhold(controller.ledger, [kept("10.0.0.1", "shop/web")])
  controller.apply(service("shop/y", { ...shared, ports: ["TCP/443"] }))
  assert.deepEqual(controller.ips("shop/y"), ["10.0.0.1"])
  forget(controller.ledger, "shop/web")
  controller.services.delete("shop/web")
  controller.apply(service("shop/z", { ...shared, ports: ["TCP/80"] }))
  assert.deepEqual(controller.ips("shop/z"), ["10.0.0.2"])
  controller.apply(service("shop/web", shared))
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.1"], "beside y, as before")
  controller.apply(service("shop/w", { ...shared, ports: ["TCP/8080"] }))
  assert.deepEqual(controller.ips("shop/w"), ["10.0.0.1"])
})

test("an address that is kept for two that shared it goes to both of them", () => {
  const shared = { annotations: { "metallb.io/allow-shared-ip": "k" } }
  const controller = new Controller(config(small))
  withhold(controller.ledger, [kept("10.0.0.4", "shop/x", "shop/y")])
  controller.apply(service("shop/y", { ...shared, ports: ["TCP/443"] }))
  controller.apply(service("shop/x", shared))
  assert.deepEqual([controller.ips("shop/x"), controller.ips("shop/y")], [["10.0.0.4"], ["10.0.0.4"]])
})

test("an end of the keeping is a gain for whoever waits; another one to keep it for is too", () => {
  const controller = new Controller(config(pool("a", ["10.0.0.1-10.0.0.1"])))
  withhold(controller.ledger, [kept("10.0.0.1", "shop/web")])
  const waits = controller.apply(service("shop/late"))
  assert.equal(waits.outcome.trace[0]?.reason, "ML172")
  assert.equal(withhold(controller.ledger, [kept("10.0.0.1", "shop/late")]), true)
  assert.equal(withhold(controller.ledger, [kept("10.0.0.1", "shop/late")]), false)
  assert.equal(withhold(controller.ledger, []), true)
  controller.again("shop/late")
  assert.deepEqual(controller.ips("shop/late"), ["10.0.0.1"])
})

test("a machine that answers for a kept address is stronger than the keeping", () => {
  const controller = new Controller(config(small))
  const quarantine = { address: address("10.0.0.2"), reason: "ML170" as const, facts: {}, contested: false }
  withhold(controller.ledger, [kept("10.0.0.2", "shop/web"), quarantine])
  controller.apply(service("shop/web"))
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.1"])
})

test("whoever has it already keeps it, whatever is written about others", () => {
  const holder = service("shop/holder", { ips: ["10.0.0.2"], from: "b" })
  const controller = new Controller(config(small), [holder])
  withhold(controller.ledger, [kept("10.0.0.2", "shop/web")])
  assert.equal(controller.again("shop/holder").action, "keep")
  controller.apply(service("shop/web"))
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.1"])
  assert.equal(observe(controller.ledger, controller.get("shop/holder")), false)
})
