import assert from "node:assert/strict"
import { test } from "node:test"
import { placeOfStandIn, standsFor } from "../../../agent/core/ownership/stand-in.ts"
import {
  addressOf,
  announced,
  claimsTo,
  Driver,
  lan,
  macOf,
  moves,
  precedenceOf,
  standing,
  successor,
  vip,
} from "./driver.ts"

const all = ["n1", "n2", "n3"]

test("the MAC of the owner is the place of a stand-in's claim, and is read from it", () => {
  const precedence = placeOfStandIn("02:0a:00:ff:00:01")
  assert.equal(precedence, "0000020a00ff0001")
  assert.equal(standsFor({ standIn: true, precedence }), "02:0a:00:ff:00:01")
  assert.equal(standsFor({ precedence }), undefined)
})

test("an owner whose process is gone is stood in for at once, with its MAC, and nothing is announced", () => {
  const driver = successor()
  const effects = driver.processGone("n1")
  assert.deepEqual(
    effects.filter(effect => effect.type === "stand-in"),
    [{ type: "stand-in", vip, link: lan, reason: "ML390", node: "n1", mac: macOf("n1") }],
  )
  assert.deepEqual(announced(effects), [])
  const told = claimsTo(driver.pass(50), "n3").at(-1)?.claims
  assert.deepEqual(told, [{ vip, precedence: placeOfStandIn(macOf("n1")), weak: false, standIn: true }])
  assert.deepEqual(driver.mine, [])
})

test("an owner that hangs while its node answers is stood in for", () => {
  const driver = successor()
  driver.step({
    ...{ type: "packet", from: "n3", boot: 1_000, link: lan, via: lan, at: driver.now },
    message: { type: "suspect", about: "n1", boot: 1_000 },
  })
  assert.deepEqual(moves(driver.passWith("n1", 250)), ["stand-in ML390"])
})

test("a node that is dead is taken from, not stood in for", () => {
  const driver = successor()
  driver.step({
    ...{ type: "packet", from: "n3", boot: 1_000, link: lan, via: lan, at: driver.now },
    message: { type: "verdict", about: "n1", boot: 1_000, gone: "node" },
  })
  assert.deepEqual(moves(driver.passLively(250)), ["start ML361"])
})

test("the stand-in asks the node alone every 50 ms, and goes on for as long as it answers", () => {
  const driver = standing()
  const effects = driver.passWith("n1", 1_000)
  assert.deepEqual(moves(effects), [])
  const asked = effects.filter(effect => effect.type === "ask")
  assert.ok(asked.length >= 19 && asked.length <= 21, `${asked.length} questions in a second`)
  for (const effect of asked)
    assert.deepEqual(effect, { type: "ask", link: lan, addresses: [addressOf("n1")], mac: macOf("n1") })
})

test("the VIP of a node that dies while it is stood in for is taken within 210 ms of its last answer", () => {
  const driver = standing()
  driver.passWith("n1", 1_000)
  driver.nodeAnswers("n1")
  const since = driver.now
  for (; moves(driver.effects).at(-1) !== "start ML361" && driver.now - since < 1_000; driver.passLively(10));
  assert.deepEqual(moves(driver.effects), ["stand-in ML390", "start ML361"])
  assert.ok(driver.now - since >= 150 && driver.now - since <= 210, `${driver.now - since} ms`)
  assert.deepEqual(driver.mine, [vip])
})

test("an answer for the node's address from another MAC is none", () => {
  const driver = standing()
  driver.passWith("n1", 500)
  for (let at = 0; at < 300; at += 20) {
    driver.step({ type: "frame", link: lan, mac: macOf("n3"), claims: addressOf("n1"), at: driver.now })
    driver.pass(20)
  }
  assert.deepEqual(moves(driver.effects), ["stand-in ML390", "start ML361"])
})

test("a stand-in that hears nobody at all takes nothing", () => {
  const driver = standing()
  driver.passWith("n1", 500)
  assert.deepEqual(moves(driver.pass(2_000)), [])
  assert.equal(driver.standing.length, 1)
})

test("the stand-in goes on for two seconds after the owner's new process has claimed the VIP, then it is silent", () => {
  const driver = standing()
  driver.passWith("n1", 2_000)
  driver.says("n1", { type: "query" }, 2_000)
  assert.deepEqual(moves(driver.claims("n1", [vip], { boot: 2_000 })), [])
  assert.deepEqual(moves(driver.passWith("n1", 1_990)), [])
  const effects = driver.passWith("n1", 20)
  assert.deepEqual(moves(effects), ["stand-down ML394"])
  assert.deepEqual(claimsTo(effects, "n1").at(-1)?.claims, [])
  assert.deepEqual(
    driver.passWith("n1", 500).filter(effect => effect.type === "ask"),
    [],
    "nobody asks the node any longer",
  )
})

test("an owner that comes back with another MAC, or another owner, ends it at once", () => {
  const changed = standing()
  changed.passWith("n1", 100)
  const claim = { vip, precedence: precedenceOf("n1"), weak: false }
  const message = { type: "claims", page: 0, pages: 1, version: 9, mac: macOf("n9"), claims: [claim] } as const
  assert.deepEqual(moves(changed.says("n1", message, 2_000)), ["stand-down ML369"])
  assert.deepEqual(moves(standing().claims("n3", [vip])), ["stand-down ML369"])
})

test("who does not come back within 30 s is taken from", () => {
  const driver = standing()
  assert.deepEqual(moves(driver.passWith("n1", 29_900)), [])
  assert.deepEqual(moves(driver.passWith("n1", 150)), ["start ML395"])
})

test("who comes back three times and falls silent again within ten seconds is taken from", () => {
  for (const [pause, expected] of [
    [500, ["stand-in ML390", "stand-in ML390", "start ML361"]],
    [11_000, ["stand-in ML390", "stand-in ML390", "stand-in ML390"]],
  ] as const) {
    const driver = standing()
    const next: string[] = []
    for (let boot = 2_000; boot < 5_000; boot += 1_000) {
      driver.passWith("n1", 100)
      driver.claims("n1", [vip], { boot })
      assert.deepEqual(moves(driver.passWith("n1", 2_100)), ["stand-down ML394"])
      driver.passWith("n1", pause)
      const message = { type: "verdict", about: "n1", boot, gone: "process" } as const
      const packet = { type: "packet", from: "n3", boot: 1_000, link: lan, via: lan, at: driver.now, message } as const
      next.push(...moves(driver.step(packet)))
    }
    assert.deepEqual(next, expected)
  }
})

test("an owner that falls silent again beside its stand-in is stood in for without a break", () => {
  const driver = standing()
  driver.passWith("n1", 100)
  driver.claims("n1", [vip], { boot: 2_000 })
  driver.passWith("n1", 1_000)
  const message = { type: "verdict", about: "n1", boot: 2_000, gone: "process" } as const
  driver.step({ type: "packet", from: "n3", boot: 1_000, link: lan, via: lan, at: driver.now, message })
  assert.deepEqual(moves(driver.passWith("n1", 5_000)), [])
  assert.deepEqual(driver.standing, [`n1 ${macOf("n1")}`])
})

test("a stand-in that ends while the owner is back ends at once", () => {
  const driver = standing()
  driver.passWith("n1", 100)
  driver.claims("n1", [vip], { boot: 2_000 })
  driver.passWith("n1", 100)
  assert.deepEqual(moves(driver.step({ type: "leave", restarts: true })), ["stand-down ML394"])
})

test("a node that may not announce any longer, or that Kubernetes calls not ready, is taken from", () => {
  assert.deepEqual(moves(standing().wants(["n2", "n3"])), ["start ML362"])
  const wanted = { vip, link: lan, ranking: all, precedence: precedenceOf("n2"), doubtful: ["n1"] }
  assert.deepEqual(moves(standing().step({ type: "wanted", wanted: [wanted] })), ["start ML362"])
  const driver = successor()
  driver.step({ type: "wanted", wanted: [wanted] })
  assert.deepEqual(moves(driver.processGone("n1")), ["start ML361"])
})

test("whose MAC was never told is taken from", () => {
  const driver = successor()
  const claim = { vip, precedence: precedenceOf("n1"), weak: false }
  const message = { type: "claims", page: 0, pages: 1, version: 9, mac: "00:00:00:00:00:00", claims: [claim] } as const
  driver.says("n1", message)
  assert.deepEqual(moves(driver.processGone("n1")), ["start ML361"])
})

test("beside MetalLB's speakers nobody stands in", () => {
  const driver = standing()
  const policy = { failbackAfter: undefined, mixed: true }
  assert.deepEqual(moves(driver.step({ type: "policy", policy })), ["stand-down ML365"])
  const before = successor({ mixed: true })
  assert.deepEqual(moves(before.processGone("n1")), [])
})

test("a speaker that ends asks to be stood in for, and is silent once somebody does", () => {
  const driver = new Driver()
  driver.wants(all)
  driver.step({ type: "leave", restarts: true })
  assert.deepEqual(claimsTo(driver.passLively(60), "n2").at(-1)?.claims, [
    { vip, precedence: precedenceOf("n1"), weak: true, restarts: true },
  ])
  const done = driver.claims("n2", [vip], { insteadOf: "n1" })
  assert.deepEqual(moves(done), ["stop ML391"])
  assert.ok(done.some(effect => effect.type === "left"))
})

test("a speaker that ends for good hands over", () => {
  const driver = new Driver()
  driver.wants(all)
  driver.step({ type: "leave", restarts: false })
  const claims = claimsTo(driver.passLively(60), "n2").at(-1)?.claims
  assert.deepEqual(claims, [{ vip, precedence: precedenceOf("n1"), weak: true }])
})

test("a speaker that ends on a node which may not announce any longer hands over for good", () => {
  const driver = new Driver()
  driver.wants(all)
  driver.wants(["n2", "n3"])
  driver.step({ type: "leave", restarts: true })
  const claims = claimsTo(driver.passLively(60), "n2").at(-1)?.claims
  assert.deepEqual(claims, [{ vip, precedence: precedenceOf("n1"), weak: true }])
})

test("the successor of a speaker that ends stands in while it still answers; of one that hands over it takes", () => {
  const restarts = successor()
  assert.deepEqual(moves(restarts.claims("n1", [vip], { weak: true, restarts: true })), ["stand-in ML390"])
  assert.deepEqual(moves(successor().claims("n1", [vip], { weak: true })), ["start ML362"])
})

test("a stand-in is passed on to the next one before it ends", () => {
  const driver = standing()
  driver.passWith("n1", 500)
  assert.deepEqual(moves(driver.step({ type: "leave", restarts: true })), [])
  assert.deepEqual(claimsTo(driver.passWith("n1", 60), "n3").at(-1)?.claims, [
    { vip, precedence: placeOfStandIn(macOf("n1")), weak: true, standIn: true },
  ])
  assert.deepEqual(moves(driver.claims("n3", [vip], { insteadOf: "n1" })), ["stand-down ML365"])
})

test("the third in the order takes over from a stand-in that ends or dies, in the owner's name", () => {
  const third = () => {
    const driver = new Driver({ self: "n3", others: ["n1", "n2"], policy: { failbackAfter: undefined } })
    driver.claims("n1", [vip])
    driver.wants(all)
    driver.processGone("n1")
    driver.claims("n2", [vip], { insteadOf: "n1" })
    driver.stir()
    assert.equal(driver.reason, "ML392")
    return driver
  }
  const ends = third()
  assert.deepEqual(moves(ends.claims("n2", [vip], { insteadOf: "n1", weak: true })), ["stand-in ML390"])
  assert.deepEqual(ends.standing, [`n1 ${macOf("n1")}`])
  const dies = third()
  assert.deepEqual(moves(dies.processGone("n2")), ["stand-in ML390"])
  assert.deepEqual(dies.standing, [`n1 ${macOf("n1")}`])
})

test("of two stand-ins one goes on, by MAC and then by name", () => {
  assert.deepEqual(moves(standing().claims("n3", [vip], { insteadOf: "n1" })), [])
  const third = new Driver({ self: "n3", others: ["n1", "n2"], policy: { failbackAfter: undefined } })
  third.claims("n1", [vip])
  third.wants(["n1", "n3"])
  third.stir()
  assert.deepEqual(moves(third.processGone("n1")), ["stand-in ML390"])
  assert.deepEqual(moves(third.claims("n2", [vip], { insteadOf: "n1" })), ["stand-down ML364"])
})

test("an owner that is back takes what is answered in its name as soon as it has learnt, whatever its place", () => {
  const driver = new Driver({ self: "n3", others: ["n1", "n2"], policy: { failbackAfter: undefined } })
  driver.passLively(10)
  driver.link(false)
  driver.link(true)
  driver.stir()
  driver.wants(all)
  driver.claims("n1", [vip], { insteadOf: "n3" })
  assert.deepEqual(moves(driver.claims("n2", [])), ["start ML393"])
  const from = driver.effects.length
  driver.claims("n1", [vip], { insteadOf: "n3" })
  assert.deepEqual(announced(driver.effects.slice(from)), [], "a stand-in is no conflict")
})

test("an owner that meets a stand-in for somebody else speaks again, whatever their places", () => {
  const driver = new Driver({ self: "n3", others: ["n1", "n2"], policy: { failbackAfter: undefined } })
  driver.wants(["n3"])
  const effects = driver.claims("n1", [vip], { insteadOf: "n2" })
  assert.deepEqual(moves(effects), [])
  assert.equal(announced(effects).length, 1)
})

test("a stand-in's answer is no sign of life of the one that it speaks for", () => {
  const driver = successor()
  const message = { type: "verdict", about: "n1", boot: 1_000, gone: "node" } as const
  driver.step({ type: "packet", from: "n3", boot: 1_000, link: lan, via: lan, at: driver.now, message })
  const said = { type: "frame", link: lan, mac: macOf("n1"), claims: vip, at: driver.now } as const
  driver.step({ ...said, source: macOf("n3") })
  assert.deepEqual(moves(driver.passLively(250)), ["start ML361"])
  const bridged = successor()
  bridged.step({ type: "packet", from: "n3", boot: 1_000, link: lan, via: lan, at: bridged.now, message })
  bridged.step({ ...said, source: "02:bb:00:00:00:01" })
  assert.deepEqual(moves(bridged.passLively(250)), [], "a bridge that puts its own address on every frame")
})
