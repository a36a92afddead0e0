import assert from "node:assert/strict"
import { test } from "node:test"
import { Driver, lan, macOf, moves, precedenceOf, standing, vip } from "./driver.ts"

const all = ["n1", "n2", "n3"]

test("an owner whose loop stood still is silent at once and goes on when nobody took over", () => {
  const driver = new Driver()
  driver.wants(all)
  for (const node of ["n2", "n3"]) driver.says(node, { type: "ack", page: 0, version: 2 })
  driver.step({
    type: "packet",
    from: "n2",
    boot: 1_000,
    link: lan,
    via: lan,
    at: driver.now,
    message: { type: "query" },
  })
  driver.now += 500
  const stalled = driver.step({ type: "wake" })
  assert.deepEqual(moves(stalled), ["stop ML368"])
  assert.ok(stalled.some(effect => effect.type === "discard-older"))
  driver.claims("n2", [])
  assert.deepEqual(moves(driver.claims("n3", [])), ["start ML379"])
})

test("an owner whose loop stood still leaves the VIP to whoever took it meanwhile", () => {
  const driver = new Driver({ policy: { failbackAfter: undefined } })
  driver.wants(all)
  driver.passLively(10)
  driver.step({ type: "stalled", since: driver.now - 200 })
  driver.claims("n3", [])
  driver.claims("n2", [vip])
  assert.deepEqual(moves(driver.effects), ["start ML360", "stop ML368", "stop ML369"])
  assert.equal(driver.reason, "ML369")
  assert.deepEqual(driver.mine, [])
})

test("packets that waited through one stand-still count as one, and a later one counts again", () => {
  const driver = new Driver()
  driver.wants(all)
  driver.passLively(10)
  const stood = driver.now
  driver.now += 90
  const stalled = { type: "stalled", since: stood - 60 } as const
  assert.deepEqual(moves(driver.step(stalled)), ["stop ML368"])
  driver.claims("n2", [])
  assert.deepEqual(moves(driver.claims("n3", [])), ["start ML379"])
  for (let ms = 0; ms < 90; ms += 10) {
    const effects = driver.step({ type: "stalled", since: stood + ms })
    assert.ok(effects.every(effect => effect.type !== "discard-older" && effect.type !== "stop"))
  }
  driver.pass(100)
  driver.stir()
  assert.deepEqual(moves(driver.step({ type: "stalled", since: driver.now - 5 })), ["stop ML368"])
})

test("one stand-still is one, however much is overdue and waits to be read", () => {
  const driver = new Driver()
  const beat = { type: "heartbeat", mac: macOf("n2") } as const
  driver.step({ type: "packet", from: "n2", boot: 1_000, link: lan, via: lan, at: driver.now, message: beat })
  for (const state of ["accepted", "lost", "refused"] as const) driver.step({ type: "connection", node: "n2", state })
  assert.notEqual(driver.state.detector.copies.length, 0, "copies of the verdict are to be sent")
  const discarded = (effects: readonly { readonly type: string }[]) =>
    effects.filter(({ type }) => type === "discard-older").length
  const frame = () =>
    driver.step({ type: "frame", link: lan, mac: "02:00:00:00:00:fe", claims: "192.168.1.1", at: driver.now })
  driver.now += 300
  assert.equal(discarded(frame()), 1)
  for (let at = 0; at < 50; at += 1) {
    driver.now += 1
    assert.equal(discarded(frame()), 0)
  }
  driver.now += 101
  assert.equal(discarded(frame()), 1, "it stood still again before it came to what is overdue")
})

test("an owner whose heartbeats left while its loop stood still goes on; one gap in them, and it does not", () => {
  const standStill = (gapAfter: number | undefined) => {
    const driver = new Driver()
    driver.wants(all)
    driver.passLively(10)
    const stood = driver.now
    driver.steadySince = gapAfter === undefined ? stood - 500 : stood + gapAfter
    driver.now += 400
    return driver.step({ type: "stalled", since: stood })
  }
  const busy = standStill(undefined)
  assert.deepEqual(moves(busy), [])
  assert.ok(busy.every(({ type }) => type !== "discard-older"))
  assert.deepEqual(moves(standStill(200)), ["stop ML368"])
})

test("whoever was busy reads what has arrived before it judges others, also where its own heartbeats left", () => {
  const driver = new Driver({ self: "n2", others: ["n1", "n3"] })
  driver.claims("n1", [vip])
  driver.wants(all)
  const beat = { type: "heartbeat", mac: macOf("n1") } as const
  driver.step({ type: "packet", from: "n1", boot: 1_000, link: lan, via: lan, at: driver.now, message: beat })
  driver.steadySince = 0
  driver.now += 400
  const asks = driver.step({ type: "wake" }).filter(({ type }) => type === "ask")
  assert.deepEqual(asks, [], "nobody is asked for in the step that finds out")
})

test("claims that were sent after their sender was found dead end that, however late they are read", () => {
  const driver = new Driver({ self: "n2", others: ["n1", "n3"], policy: { failbackAfter: undefined } })
  driver.claims("n1", [vip])
  driver.wants(all)
  const verdict = { type: "verdict", about: "n1", boot: 1_000, gone: "node" } as const
  driver.step({ type: "packet", from: "n3", boot: 1_000, link: lan, via: lan, at: driver.now, message: verdict })
  assert.deepEqual(moves(driver.passLively(70)), ["start ML361"])
  driver.passLively(1_000)
  const claim = { vip, precedence: precedenceOf("n1"), weak: false }
  const late = (version: number, age: number) => {
    const message = { type: "claims", page: 0, pages: 1, version, mac: macOf("n1"), claims: [claim] } as const
    const packet = { type: "packet", from: "n1", boot: 1_000, link: lan, via: lan, message } as const
    return driver.step({ ...packet, at: driver.now - age })
  }
  assert.deepEqual(moves(late(8, 1_060)), [], "sent before")
  assert.deepEqual(moves(late(9, 800)), ["stop ML364"], "it yields, and takes nothing back in the same step")
  for (let version = 10; version < 20; version += 1) assert.deepEqual(moves(late(version, 400)), [])
})

test("a stand-in whose own loop stood still is silent, learns, and gives the node its time again", () => {
  const driver = standing()
  driver.passWith("n1", 500)
  driver.now += 400
  assert.deepEqual(moves(driver.step({ type: "wake" })), ["stand-down ML368"])
  assert.deepEqual(moves(driver.claims("n3", [])), ["stand-in ML379"])
  assert.deepEqual(moves(driver.passWith("n1", 300)), [])
  assert.deepEqual(driver.standing, [`n1 ${macOf("n1")}`])
})

test("a stand-in that stood still leaves the VIP to whoever took it meanwhile", () => {
  const driver = standing()
  driver.passWith("n1", 500)
  driver.now += 400
  driver.step({ type: "wake" })
  assert.deepEqual(moves(driver.claims("n3", [vip])), ["stand-down ML369"])
})

test("a speaker that stood still goes on beside its stand-in, and leaves it where another one is stood in for", () => {
  for (const [owner, expected] of [
    ["n1", "start ML379"],
    ["n3", "stop ML369"],
  ] as const) {
    const driver = new Driver({ policy: { failbackAfter: undefined } })
    driver.wants(all)
    driver.passLively(10)
    driver.step({ type: "stalled", since: driver.now - 200 })
    driver.claims("n3", [])
    const effects = driver.claims("n2", [vip], { insteadOf: owner })
    assert.deepEqual(moves(effects), [expected])
  }
})
