import assert from "node:assert/strict"
import { test } from "node:test"
import { advance, reconfigure } from "../../../agent/core/allocate/ledger.ts"
import { placeOf } from "../../../agent/core/allocate/place-hash.ts"
import { emptyRecent, leastRecent, noteFreed, noteTaken, recentMax } from "../../../agent/core/allocate/recent.ts"
import { absentFrom, addNumbers, emptyRuns } from "../../../agent/core/allocate/runs.ts"
import { coolAt } from "../../../agent/core/allocate/search.ts"
import type { AllocationOrder } from "../../../agent/core/config/model.ts"
import { readPool } from "../../../agent/core/config/read-pool.ts"
import { decodePool } from "../../../agent/core/kube/decode-config.ts"
import { phraseOf } from "../../../agent/core/sentence.ts"
import { Controller, config, pool, service } from "./fixtures.ts"

const random = { order: { kind: "random" } } as const
const lru = (cooling = 0, written = "0s"): { readonly order: AllocationOrder } => ({
  order: { kind: "least-recently-used", cooling, written },
})
const shared = { annotations: { "metallb.io/allow-shared-ip": "k" } }

/** The service is deleted as far as its address goes. */
const free = (controller: Controller, key: string) => controller.apply(service(key, { type: "ClusterIP", from: "a" }))
const give = (controller: Controller, key: string): string => {
  controller.apply(service(key))
  return controller.ips(key).join() || "none"
}

test("random: a service that is made again gets the same address, whoever came meanwhile", () => {
  const controller = new Controller(config(pool("a", ["10.0.0.0/24"], random)))
  const first = give(controller, "shop/web")
  assert.notEqual(first, "10.0.0.0")
  free(controller, "shop/web")
  for (const name of ["b", "c", "d"]) assert.notEqual(give(controller, `shop/${name}`), first)
  assert.equal(give(controller, "shop/web"), first)
  assert.equal(give(new Controller(config(pool("a", ["10.0.0.0/24"], random))), "shop/web"), first)
})

test("random: every address is found, the one behind a held place first and the lowest after the last", () => {
  const controller = new Controller(config(pool("a", ["10.0.0.0/28"], random)))
  const given = Array.from({ length: 16 }, (_, n) => give(controller, `shop/s${n}`))
  assert.equal(new Set(given).size, 16)
  const { outcome } = controller.apply(service("shop/late"))
  assert.deepEqual(
    outcome.trace.map(({ reason }) => reason),
    ["ML101"],
  )
})

test("random: services are spread over a pool, also over one of 2^64 addresses", () => {
  const counts = new Array<number>(16).fill(0)
  for (let n = 0; n < 4096; n += 1) {
    const place = Number(placeOf(`shop/web-${n} IPv4`, 16n))
    counts[place] = (counts[place] ?? 0) + 1
  }
  for (const count of counts) assert.ok(count > 192 && count < 320, counts.join())
  const wide = Array.from({ length: 256 }, (_, n) => placeOf(`s${n} IPv6`, 2n ** 64n))
  assert.equal(new Set(wide).size, 256)
  assert.ok(wide.some(place => place > 2n ** 63n) && wide.every(place => place < 2n ** 64n))
  assert.equal(placeOf("anything", 1n), 0n)
})

test("the place of a service is a promise: these stay as they are", () => {
  assert.deepEqual(
    ["shop/web IPv4", "shop/web IPv6", "", "größe/日本 IPv4"].map(text => placeOf(text, 2n ** 64n).toString(16)),
    ["471e83d992a96777", "728f1999048f0f97", "ab3e7c0bebb6c228", "32f47676a6571da4"],
  )
})

test("services that share a key meet on one address in every order", () => {
  for (const order of [random, lru()]) {
    const controller = new Controller(config(pool("a", ["10.0.0.0/28"], order)))
    controller.apply(service("shop/web", { ...shared, ports: ["TCP/80"] }))
    controller.apply(service("shop/tls", { ...shared, ports: ["TCP/443"] }))
    assert.deepEqual(controller.ips("shop/tls"), controller.ips("shop/web"))
  }
})

test("least recently used: never held before the one given back longest ago", () => {
  const controller = new Controller(config(pool("a", ["10.0.0.0/30"], lru())))
  for (const name of ["s0", "s1", "s2"]) give(controller, name.replace("s", "shop/s"))
  for (const name of ["shop/s2", "shop/s0"]) free(controller, name)
  const given = ["shop/x", "shop/y", "shop/z"].map(key => give(controller, key))
  assert.deepEqual(given, ["10.0.0.3", "10.0.0.2", "10.0.0.0"])
})

test("cooling: an address is not given before its time, then at once, and the reason is told without a countdown", () => {
  const controller = new Controller(config(pool("a", ["10.0.0.0/32"], lru(600_000, "10m"))))
  advance(controller.ledger, 1_000)
  assert.equal(give(controller, "shop/old"), "10.0.0.0")
  advance(controller.ledger, 5_000)
  free(controller, "shop/old")
  assert.equal(coolAt(controller.ledger), 605_000)
  advance(controller.ledger, 604_999)
  const refused = controller.apply(service("shop/new"))
  assert.deepEqual([refused.action, refused.outcome.reason], ["wait", "ML118"])
  const [step] = refused.outcome.trace
  assert.ok(step !== undefined)
  assert.equal(step.reason, "ML141")
  assert.equal(phraseOf(step.reason, step.facts), "every free IPv4 address was held less than 10m ago")
  advance(controller.ledger, 605_000)
  assert.equal(coolAt(controller.ledger), undefined)
  const given = controller.again("shop/new")
  assert.deepEqual([given.action, given.outcome.reason, controller.ips("shop/new")], ["assign", "ML143", ["10.0.0.0"]])
})

test("cooling: a service that asks for the very address gets it, and time does not run backwards", () => {
  const controller = new Controller(config(pool("a", ["10.0.0.0/31"], lru(600_000, "10m"))))
  advance(controller.ledger, 5_000)
  give(controller, "shop/old")
  free(controller, "shop/old")
  advance(controller.ledger, 4_000)
  assert.equal(controller.ledger.now, 5_000)
  controller.apply(service("shop/new", { loadBalancerIP: "10.0.0.0" }))
  assert.deepEqual(controller.ips("shop/new"), ["10.0.0.0"])
})

test("cooling goes on when the pool is edited, renamed or split, and ends when its order is taken away", () => {
  const before = new Controller(config(pool("a", ["10.0.0.0/31"], lru(600_000, "10m"))))
  for (const key of ["shop/s0", "shop/s1"]) give(before, key)
  for (const key of ["shop/s1", "shop/s0"]) free(before, key)
  const { ledger } = before
  reconfigure(ledger, config(pool("b", ["10.0.0.1/32"], lru(1, "1ms")), pool("c", ["10.0.0.0/32"], lru(9, "9ms"))))
  assert.equal(coolAt(ledger), 1)
  advance(ledger, 5)
  assert.equal(give(before, "shop/x"), "10.0.0.1")
  assert.equal(give(before, "shop/y"), "none")
  reconfigure(ledger, config(pool("c", ["10.0.0.0/32"])))
  assert.equal(coolAt(ledger), undefined)
  assert.equal(give(before, "shop/y"), "10.0.0.0")
})

test("what is remembered of free addresses is bounded; the one freed longest ago is forgotten first", () => {
  const recent = emptyRecent()
  for (let n = 0; n <= recentMax; n += 1) {
    noteTaken(recent, BigInt(n))
    noteFreed(recent, BigInt(n), n)
  }
  assert.equal(recent.freed.size, recentMax)
  assert.equal(recent.freed.has(0n), false)
  assert.equal(leastRecent(recent, 1n << 64n, 0, recentMax), 0n)
})

test("the first absent number from any place on", () => {
  const runs = emptyRuns()
  addNumbers(runs, 2n, 4n)
  addNumbers(runs, 6n, 6n)
  assert.deepEqual(
    [0n, 2n, 4n, 5n, 6n, 7n].map(n => absentFrom(runs, n)),
    [0n, 5n, 5n, 5n, 7n, 7n],
  )
})

test("the order is read from the resource; what cannot be used is a warning and counts as absent", () => {
  const read = (spec: object) => {
    const metadata = { name: "a", namespace: "metallb-system" }
    const decoded = decodePool({ metadata, spec: { addresses: ["10.0.0.0/30"], ...spec } })
    assert.ok(decoded.ok)
    const judged = readPool(decoded.value, [])
    assert.ok(judged.kind === "candidate")
    const { pool: found, problems } = judged.candidate
    return [found.order, problems.found.map(({ severity, reason, field }) => `${severity} ${reason} ${field}`).join()]
  }
  const order = "least-recently-used"
  const wrongTime = [lru().order, "warning ML218 spec.coolingTime"]
  assert.deepEqual(read({}), [undefined, ""])
  assert.deepEqual(read({ allocationOrder: "lowest" }), [undefined, ""])
  assert.deepEqual(read({ allocationOrder: "random" }), [{ kind: "random" }, ""])
  assert.deepEqual(read({ allocationOrder: order }), [lru().order, ""])
  assert.deepEqual(read({ allocationOrder: order, coolingTime: "1m30s" }), [lru(90_000, "1m30s").order, ""])
  assert.deepEqual(read({ allocationOrder: order, coolingTime: "168h" }), [lru(604_800_000, "168h").order, ""])
  assert.deepEqual(read({ allocationOrder: order, coolingTime: "169h" }), wrongTime)
  assert.deepEqual(read({ allocationOrder: order, coolingTime: "-1s" }), wrongTime)
  assert.deepEqual(read({ allocationOrder: order, coolingTime: "soon" }), wrongTime)
  assert.deepEqual(read({ allocationOrder: "highest" }), [undefined, "warning ML218 spec.allocationOrder"])
  assert.deepEqual(read({ coolingTime: "10m" }), [undefined, "warning ML218 spec.coolingTime"])
})
