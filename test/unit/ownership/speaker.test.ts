import assert from "node:assert/strict"
import { test } from "node:test"
import { announced, claimsTo, Driver, lan, macOf, moves, vip } from "./driver.ts"

const all = ["n1", "n2", "n3"]

test("the first in the order takes a VIP that nobody owns in the very step that names it", () => {
  assert.deepEqual(moves(new Driver().wants(all)), ["start ML360"])
})

test("the second in the order leaves a new VIP to the first for a second, then takes it", () => {
  const driver = new Driver({ self: "n2", others: ["n1", "n3"] })
  driver.wants(all)
  assert.deepEqual(moves(driver.passLively(999)), [])
  assert.equal(driver.reason, "ML371")
  assert.deepEqual(moves(driver.passLively(60)), ["start ML360"])
})

test("a node that may not announce never takes", () => {
  const driver = new Driver()
  driver.wants(["n2", "n3"])
  assert.deepEqual(moves(driver.passLively(10_000)), [])
})

test("a living owner is left alone where failback is off, and relieved where it is at once", () => {
  for (const [failbackAfter, reason, mine] of [
    [undefined, "ML374", []],
    [0, "ML363", [vip]],
  ] as const) {
    const driver = new Driver({ policy: { failbackAfter } })
    driver.claims("n2", [vip])
    driver.wants(all)
    driver.passLively(1_000)
    assert.deepEqual([driver.reason, driver.mine], [reason, mine])
  }
})

test("failback after a time waits until the node was first for so long", () => {
  const driver = new Driver({ policy: { failbackAfter: 3_000 } })
  driver.claims("n2", [vip])
  driver.wants(all)
  assert.deepEqual(moves(driver.passLively(2_999)), [])
  assert.deepEqual(moves(driver.passLively(60)), ["start ML363"])
})

test("while the API is away no failback happens, and afterwards it does", () => {
  const driver = new Driver({ policy: { failbackAfter: 1_000 } })
  driver.claims("n2", [vip])
  driver.wants(all)
  driver.step({ type: "api", away: true })
  assert.deepEqual(moves(driver.passLively(5_000)), [])
  driver.stir()
  assert.deepEqual(moves(driver.step({ type: "api", away: false })), ["start ML363"])
})

test("an API outage alone changes nothing for an owner", () => {
  const driver = new Driver()
  driver.wants(all)
  const from = driver.effects.length
  driver.step({ type: "api", away: true })
  driver.passLively(60_000)
  driver.step({ type: "api", away: false })
  assert.deepEqual(moves(driver.effects.slice(from)), [])
})

test("a speaker that heard nobody on the link for 200 ms takes nothing there, asks, and takes when it hears", () => {
  const driver = new Driver()
  driver.pass(300)
  const effects = driver.wants(all)
  assert.deepEqual(moves(effects), [])
  assert.equal(driver.reason, "ML372")
  assert.ok(effects.some(effect => effect.type === "ask" && effect.addresses.includes("192.168.1.1")))
  driver.stir()
  assert.deepEqual(moves(driver.pass(60)), ["start ML360"])
})

test("a speaker that knows of no other takes on a silent link", () => {
  const driver = new Driver({ others: [] })
  driver.pass(5_000)
  assert.deepEqual(moves(driver.wants(["n1"])), ["start ML360"])
})

test("of two owners that hear each other the lower yields at once", () => {
  const driver = new Driver({ self: "n2", others: ["n1", "n3"] })
  driver.wants(["n2", "n3"])
  assert.deepEqual(driver.mine, [vip])
  assert.deepEqual(moves(driver.claims("n1", [vip])), ["stop ML364"])
})

test("of two owners that hear each other the better speaks again, on the wire and to the other", () => {
  const driver = new Driver()
  driver.wants(all)
  for (const node of ["n2", "n3"]) driver.says(node, { type: "ack", page: 0, version: 2 })
  const effects = driver.claims("n2", [vip])
  assert.deepEqual(moves(effects), [])
  assert.equal(announced(effects).length, 1)
  assert.deepEqual(
    claimsTo(effects, "n2").map(message => message.claims.map(claim => claim.vip)),
    [[vip]],
  )
})

test("the better owner speaks once more when the other has stopped, since that one spoke last", () => {
  const driver = new Driver()
  driver.wants(all)
  driver.claims("n2", [vip])
  assert.equal(announced(driver.claims("n2", [])).length, 1)
})

test("against a speaker that does not hear it, a better owner announces at most once a second", () => {
  const driver = new Driver()
  driver.wants(all)
  const from = driver.effects.length
  for (let round = 0; round < 100; round += 1) {
    driver.claims("n2", [vip])
    driver.pass(50)
  }
  const count = announced(driver.effects.slice(from)).length
  assert.ok(count >= 4 && count <= 6, `${count} announcements in 5 s`)
})

test("an owner that may announce no longer goes on until its successor speaks", () => {
  const driver = new Driver()
  driver.wants(all)
  assert.deepEqual(moves(driver.wants(["n2", "n3"])), [])
  assert.equal(driver.reason, "ML375")
  assert.deepEqual(driver.mine, [vip])
  assert.deepEqual(moves(driver.claims("n2", [vip])), ["stop ML365"])
})

test("an owner whose successor does not speak gives up after two seconds", () => {
  const driver = new Driver()
  driver.wants(all)
  driver.wants(["n2"])
  assert.deepEqual(moves(driver.passLively(1_999)), [])
  assert.deepEqual(moves(driver.passLively(60)), ["stop ML376"])
})

test("a VIP that no node may announce, or that is wanted no more, is given up at once", () => {
  const driver = new Driver()
  driver.wants(all)
  assert.deepEqual(moves(driver.wants([])), ["stop ML366"])
  driver.wants(all)
  assert.deepEqual(moves(driver.step({ type: "wanted", wanted: [] })), ["stop ML366"])
})

test("the successor of an owner that hands over speaks at once, whatever its place by hash", () => {
  const driver = new Driver({ self: "n3", others: ["n1", "n2"], policy: { failbackAfter: undefined } })
  driver.claims("n1", [vip])
  driver.wants(["n1", "n3"])
  assert.deepEqual(moves(driver.claims("n1", [vip], { weak: true })), ["start ML362"])
})

test("a leaving speaker hands over everything, and says when that is done", () => {
  const driver = new Driver()
  driver.wants(all)
  const leaving = driver.step({ type: "leave", restarts: false })
  const told = claimsTo([...leaving, ...driver.passLively(60)], "n2").flatMap(message => message.claims)
  assert.notEqual(told.length, 0)
  assert.ok(told.every(claim => claim.weak))
  assert.equal(
    leaving.some(effect => effect.type === "left"),
    false,
  )
  const done = driver.claims("n2", [vip])
  assert.deepEqual(moves(done), ["stop ML365"])
  assert.ok(done.some(effect => effect.type === "left"))
})

test("a leaving speaker that owns nothing may go at once", () => {
  const driver = new Driver()
  driver.wants(["n2", "n3"])
  assert.ok(driver.step({ type: "leave", restarts: false }).some(effect => effect.type === "left"))
})

test("after a start nothing is answered until everybody has told what it owns, or 250 ms have passed", () => {
  const driver = new Driver()
  driver.wants(all)
  driver.passLively(10)
  driver.link(false)
  driver.link(true)
  driver.stir()
  driver.claims("n2", [])
  assert.deepEqual(moves(driver.pass(60)), [])
  driver.stir()
  assert.deepEqual(moves(driver.claims("n3", [])), ["start ML360"])
  driver.passLively(10)
  driver.link(false)
  driver.link(true)
  driver.claims("n2", [])
  assert.deepEqual(moves(driver.passLively(240)), [])
  assert.deepEqual(moves(driver.passLively(60)), ["start ML360"])
})

test("a link that goes down ends every answer on it", () => {
  const driver = new Driver()
  driver.wants(all)
  assert.deepEqual(moves(driver.link(false)), ["stop ML367"])
})

test("claims count on their own link alone", () => {
  const driver = new Driver({ self: "n2", others: ["n1", "n3"] })
  driver.wants(["n2"])
  const claims = [{ vip, precedence: "0".repeat(16), weak: false }]
  const message = { type: "claims", page: 0, pages: 1, version: 9, mac: macOf("n1"), claims } as const
  const elsewhere = {
    type: "packet",
    from: "n1",
    boot: 1_000,
    link: lan,
    via: "10.0.0.0/24",
    at: driver.now,
    message,
  } as const
  assert.deepEqual(moves(driver.step(elsewhere)), [])
})

test("what a process claimed is forgotten when another one speaks in its name", () => {
  const driver = new Driver({ policy: { failbackAfter: undefined } })
  driver.claims("n2", [vip])
  driver.wants(all)
  assert.deepEqual(driver.mine, [])
  driver.stir()
  assert.deepEqual(moves(driver.says("n2", { type: "query" }, 2_000)), ["start ML360"])
})

test("a foreign claimant is named each time, on whatever link, and never yielded to", () => {
  const driver = new Driver()
  driver.wants(all)
  const from = driver.effects.length
  for (let round = 0; round < 110; round += 1) {
    const link = round % 2 === 0 ? lan : "198.51.100.0/24"
    driver.step({ type: "frame", link, mac: "02:aa:00:00:00:01", claims: vip, at: driver.now })
    driver.passLively(100)
  }
  const since = driver.effects.slice(from).flatMap(effect => (effect.type === "foreign" ? [effect] : []))
  assert.equal(since.length, 110)
  assert.deepEqual(
    [...new Set(since.map(({ link, defend }) => `${link} ${defend}`))],
    [`${lan} true`, "198.51.100.0/24 true"],
  )
  assert.deepEqual(driver.mine, [vip])
})

test("an announcement by a speaker of ours is no foreign one: it is told who owns the VIP", () => {
  const driver = new Driver()
  driver.wants(all)
  for (const node of ["n2", "n3"]) driver.says(node, { type: "ack", page: 0, version: 2 })
  driver.passLively(100)
  const effects = driver.step({ type: "frame", link: lan, mac: macOf("n2"), claims: vip, at: driver.now })
  assert.equal(
    effects.some(effect => effect.type === "foreign"),
    false,
  )
  assert.equal(claimsTo(effects, "n2").length, 1)
})

test("beside MetalLB's speakers exactly the first in the order answers, at once and without claims deciding", () => {
  const driver = new Driver({ policy: { mixed: true, failbackAfter: undefined } })
  driver.claims("n2", [vip])
  assert.deepEqual(moves(driver.wants(all)), ["start ML360"])
  assert.deepEqual(moves(driver.claims("n2", [vip])), [])
  assert.deepEqual(moves(driver.wants(["n2", "n1"])), ["stop ML365"])
})

test("beside MetalLB's speakers the first in the order tells one of ours that claims it too, which may know already that those are dead", () => {
  const driver = new Driver({ policy: { mixed: true, failbackAfter: undefined } })
  driver.wants(all)
  driver.passLively(1_000)
  const told = claimsTo(driver.claims("n2", [vip]), "n2")
  assert.deepEqual(
    told.flatMap(({ claims }) => claims.map(claim => claim.vip)),
    [vip],
  )
  const other = new Driver({ self: "n2", others: ["n1", "n3"], policy: { failbackAfter: undefined } })
  other.wants(["n2", "n3"])
  other.passLively(1_200)
  assert.deepEqual(other.mine, [vip])
  assert.deepEqual(moves(other.claims("n1", [vip])), ["stop ML364"])
})

test("beside MetalLB's speakers a carrier decides nothing: the first in the order takes and keeps the VIP with its link down", () => {
  const driver = new Driver({ policy: { mixed: true, failbackAfter: undefined } })
  driver.link(false)
  assert.deepEqual(moves(driver.wants(all)), ["start ML360"])
  assert.deepEqual(moves(driver.link(true)), ["stop ML368", "start ML379"])
  assert.deepEqual(moves(driver.link(false)), [])
  driver.step({ type: "policy", policy: { mixed: false, failbackAfter: undefined } })
  assert.equal(moves(driver.effects).at(-1), "stop ML367")
})

test("a dead owner's VIPs go to the next in the order as soon as this speaker has seen for itself", () => {
  const driver = new Driver({ self: "n2", others: ["n1", "n3"], policy: { failbackAfter: undefined } })
  driver.claims("n1", [vip])
  driver.wants(all)
  const verdict = { type: "verdict", about: "n1", boot: 1_000, gone: "node" } as const
  driver.step({ type: "packet", from: "n3", boot: 1_000, link: lan, via: lan, at: driver.now, message: verdict })
  driver.stir()
  const effects = driver.passLively(70)
  assert.deepEqual(moves(effects), ["start ML361"])
})

test("a verdict of others does not take a VIP from an owner that answers this speaker", () => {
  const driver = new Driver({ self: "n2", others: ["n1", "n3"], policy: { failbackAfter: undefined } })
  driver.claims("n1", [vip])
  driver.wants(all)
  const verdict = { type: "verdict", about: "n1", boot: 1_000, gone: "node" } as const
  driver.step({ type: "packet", from: "n3", boot: 1_000, link: lan, via: lan, at: driver.now, message: verdict })
  driver.step({ type: "frame", link: lan, mac: macOf("n1"), claims: vip, at: driver.now })
  assert.deepEqual(moves(driver.passLively(1_000)), [])
})

test("the third in the order waits 150 ms longer than the second, and stands in if that one does not speak", () => {
  const driver = new Driver({ self: "n3", others: ["n1", "n2"], policy: { failbackAfter: undefined } })
  driver.claims("n1", [vip])
  driver.wants(all)
  const verdict = { type: "verdict", about: "n1", boot: 1_000, gone: "process" } as const
  driver.step({ type: "packet", from: "n2", boot: 1_000, link: lan, via: lan, at: driver.now, message: verdict })
  assert.deepEqual(moves(driver.passLively(149)), [])
  assert.deepEqual(moves(driver.passLively(10)), ["stand-in ML390"])
})

test("a VIP without another eligible node is never taken from its owner, dead or alive", () => {
  const driver = new Driver({ self: "n2", others: ["n1", "n3"] })
  driver.claims("n1", [vip])
  driver.wants(["n1"])
  const verdict = { type: "verdict", about: "n1", boot: 1_000, gone: "process" } as const
  driver.step({ type: "packet", from: "n3", boot: 1_000, link: lan, via: lan, at: driver.now, message: verdict })
  assert.deepEqual(moves(driver.passLively(5_000)), [])
})
