import assert from "node:assert/strict"
import { test } from "node:test"
import { countersOf } from "../../../agent/core/allocate/counters.ts"
import { forget, reconfigure, withhold } from "../../../agent/core/allocate/ledger.ts"
import type { Pool } from "../../../agent/core/config/model.ts"
import { address, Controller, config, dualStack, pool, restriction, service } from "./fixtures.ts"

const small = pool("a", ["10.0.0.1-10.0.0.4"])
const web = (count: string, more: Parameters<typeof service>[1] = {}) =>
  service("shop/web", {
    ...more,
    annotations: {
      "metallb.io/addresses-per-family": count,
      ...more.annotations,
    },
  })
const told = (controller: Controller, key = "shop/web") =>
  controller.again(key).events.map(({ reason, message }) => `${reason} ${message}`)
const countsOf = ({ ledger }: Controller) => countersOf(ledger.table).map(({ total }) => `${total.used}+${total.free}`)
/** Another version of the service, with the status that it has. */
const edited = (controller: Controller, count: string, annotations = {}) => {
  const before = controller.get("shop/web")
  return controller.apply({
    ...before,
    annotations: {
      ...before.annotations,
      "metallb.io/addresses-per-family": count,
      ...annotations,
    },
  })
}

test("as many of each family as asked for, all of one pool, IPv4 first", () => {
  const controller = new Controller(config(small, pool("both", ["10.1.0.0/30", "2001:db8::/126"])))
  const { events, pool: from } = controller.apply(web("3", dualStack))
  assert.equal(from, "both")
  assert.deepEqual(controller.ips("shop/web"), [
    ...["10.1.0.0", "10.1.0.1", "10.1.0.2"],
    ...["2001:db8::", "2001:db8::1", "2001:db8::2"],
  ])
  assert.match(
    events.map(({ reason, message }) => `${reason} ${message}`).join(),
    /^IPAllocated 10\.1\.0\.0 and .* from pool "both"/,
  )
  assert.deepEqual(countsOf(controller), ["0+4", "6+2"])
})

test("whoever does not ask for several gets one", () => {
  const controller = new Controller(config(small))
  controller.apply(service("shop/web"))
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.1"])
})

test("in every order of allocation no address is given twice", () => {
  const orders: readonly Pool["order"][] = [
    undefined,
    { kind: "random" },
    { kind: "least-recently-used", cooling: 0, written: "0s" },
  ]
  for (const order of orders) {
    const controller = new Controller(config({ ...small, ...(order === undefined ? {} : { order }) }))
    controller.apply(web("4"))
    const all = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]
    assert.deepEqual([...controller.ips("shop/web")].sort(), all, order?.kind ?? "lowest")
    forget(controller.ledger, "shop/web")
    controller.apply(web("3"))
    assert.equal(new Set(controller.ips("shop/web")).size, 3, order?.kind ?? "lowest")
  }
})

test("a pool that gives all comes before one that gives some, and of those the one that gives most", () => {
  const one = pool("one", ["10.0.1.1-10.0.1.1"])
  const three = pool("three", ["10.0.3.1-10.0.3.3"])
  const two = pool("two", ["10.0.2.1-10.0.2.2"])
  const from = (count: string) => new Controller(config(one, three, two)).apply(web(count))
  assert.equal(from("3").pool, "three")
  assert.deepEqual([from("2").pool, from("1").pool], ["three", "one"])
  const less = from("4")
  assert.deepEqual([less.pool, less.outcome.reason, less.ingress.length], ["three", "ML149", 3])
  assert.deepEqual(
    less.outcome.trace.map(({ subject, verdict, reason }) => `${subject} ${verdict} ${reason}`),
    ["pool/one eligible ML131", "pool/three chosen ML149", "pool/two eligible ML131"],
  )
  const pinned = pool("only", ["10.0.4.1-10.0.4.1"], {
    restriction: restriction({ priority: 1 }),
  })
  assert.equal(new Controller(config(pinned, two)).apply(web("3")).pool, "only", "pools of the service come first")
})

test("with fewer than asked for the service says so once, and gets the rest when it comes free", () => {
  const controller = new Controller(config(small), [service("shop/other", { ips: ["10.0.0.2"], from: "a" })])
  controller.apply(web("4"))
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.1", "10.0.0.3", "10.0.0.4"])
  assert.deepEqual(told(controller), ["AdditionalAssignFailed gives 3 of 4 IPv4 addresses [ML147]"])
  assert.equal(controller.again("shop/web").write, false)
  forget(controller.ledger, "shop/other")
  assert.equal(controller.again("shop/web").action, "assign")
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.1", "10.0.0.3", "10.0.0.4", "10.0.0.2"], "nothing moved")
  assert.deepEqual(told(controller), [])
})

test("a larger number adds, a smaller one gives back from the end, and what stays is not touched", () => {
  const controller = new Controller(config(small))
  controller.apply(service("shop/first"))
  controller.apply(web("1"))
  edited(controller, "3")
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.2", "10.0.0.3", "10.0.0.4"])
  forget(controller.ledger, "shop/first")
  const shrunk = edited(controller, "2")
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.2", "10.0.0.3"])
  assert.deepEqual(
    shrunk.events.map(({ reason, message }) => `${reason} ${message}`),
    ["ClearAssignment has 10.0.0.2, 10.0.0.3, 10.0.0.4, asks for 2 of each family [ML122]"],
  )
  assert.deepEqual(countsOf(controller), ["2+2"])
  const before = controller.get("shop/web")
  const { "metallb.io/addresses-per-family": _, ...annotations } = before.annotations
  controller.apply({ ...before, annotations })
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.2"], "without the annotation it is one again")
})

test("a number that cannot be read takes nothing away", () => {
  const controller = new Controller(config(small))
  controller.apply(web("3"))
  const { write, events } = edited(controller, "lots")
  assert.equal(write, false)
  assert.deepEqual(
    events.map(({ message }) => message),
    ['addresses-per-family is "lots", allowed are 1 to 8 [ML146]'],
  )
  assert.equal(controller.ips("shop/web").length, 3)
})

test("a list is everything that the service gets, and its change moves only what it must", () => {
  const controller = new Controller(config(small))
  const list = (ips: string) => edited(controller, "3", { "metallb.io/loadBalancerIPs": ips })
  controller.apply(
    web("3", {
      annotations: { "metallb.io/loadBalancerIPs": "10.0.0.4,10.0.0.2" },
    }),
  )
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.2", "10.0.0.4"])
  list("10.0.0.1,10.0.0.2,10.0.0.4")
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.2", "10.0.0.4", "10.0.0.1"], "the first decides the owner")
  list("10.0.0.1")
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.1"])
  assert.equal(list("10.0.0.1,10.0.0.9").outcome.reason, "ML109")
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.1"], "a wish that cannot be met takes nothing")
})

test("of several addresses only those go that the configuration excludes", () => {
  const controller = new Controller(config(pool("a", ["10.0.0.1-10.0.0.3"])))
  controller.apply(web("3"))
  reconfigure(controller.ledger, config(pool("a", ["10.0.0.2-10.0.0.5"])))
  const { events } = controller.again("shop/web")
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.2", "10.0.0.3", "10.0.0.4"])
  assert.deepEqual(
    events.map(({ reason, code }) => `${reason} ${code}`),
    ["ClearAssignment ML121", "IPAllocated ML100"],
  )
  reconfigure(controller.ledger, config(pool("b", ["10.0.9.1-10.0.9.3"])))
  controller.again("shop/web")
  assert.deepEqual(controller.ips("shop/web"), ["10.0.9.1", "10.0.9.2", "10.0.9.3"])
})

test("of several addresses only those go that an older service holds, or another machine answers for", () => {
  const older = service("shop/old", {
    ips: ["10.0.0.2"],
    from: "a",
    createdAt: 1,
  })
  const both = web("2", {
    ips: ["10.0.0.1", "10.0.0.2"],
    from: "a",
    createdAt: 2,
  })
  const controller = new Controller(config(small), [older, both])
  assert.deepEqual(
    controller.again("shop/web").events.map(({ reason, code }) => `${reason} ${code}`),
    ["ClearAssignment ML126", "IPAllocated ML100"],
  )
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.1", "10.0.0.3"])
  const facts = { address: "10.0.0.1", mac: "02:bb:00:00:00:01", pool: "a" }
  withhold(controller.ledger, [{ address: address("10.0.0.1"), reason: "ML171", facts, contested: true }])
  controller.again("shop/web")
  assert.deepEqual(controller.ips("shop/web"), ["10.0.0.3", "10.0.0.4"])
})

test("services with one sharing key meet on all of their addresses", () => {
  const controller = new Controller(config(small))
  const shared = {
    annotations: {
      "metallb.io/allow-shared-ip": "k",
      "metallb.io/addresses-per-family": "2",
    },
  }
  controller.apply(service("shop/x", shared))
  controller.apply(service("shop/y", { ...shared, ports: ["TCP/443"] }))
  assert.deepEqual(controller.ips("shop/y"), ["10.0.0.1", "10.0.0.2"])
  controller.apply(service("shop/z", { ...shared, ports: ["TCP/443"] }))
  assert.deepEqual(controller.ips("shop/z"), ["10.0.0.3", "10.0.0.4"], "its port is taken on the others")
  controller.apply(service("shop/w", { ...shared, ports: ["TCP/80"] }))
  assert.deepEqual(controller.ips("shop/w"), ["10.0.0.3", "10.0.0.4"])
  assert.deepEqual(countsOf(controller), ["4+0"])
})

test("a service that goes gives all of them back", () => {
  const controller = new Controller(config(small))
  controller.apply(web("4"))
  assert.deepEqual(countsOf(controller), ["4+0"])
  controller.apply({ ...controller.get("shop/web"), type: "ClusterIP" })
  assert.deepEqual(countsOf(controller), ["0+4"])
})
