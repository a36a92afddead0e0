import assert from "node:assert/strict"
import { test } from "node:test"
import { addressOf, asked, back, bootOf, Driver, gone, lan, macOf, peer, sent } from "./driver.ts"

const vip = "192.168.1.11"
const others = ["n2", "n3", "n4"]

const watching = () => {
  const driver = new Driver(others)
  driver.owns("n2", vip)
  driver.alive(["n2", "n3"], 500)
  return driver
}

test("a node that was never heard is never suspected", () => {
  const driver = new Driver(others)
  driver.owns("n2", vip)
  const effects = driver.pass(10_000)
  assert.deepEqual([asked(effects), gone(effects)], [[], []])
})

test("nothing is asked before 150 ms of silence, and then the VIP, the node, the gateway and three others are", () => {
  const driver = watching()
  driver.beats("n2")
  driver.pass(100)
  driver.beats("n3")
  assert.deepEqual(asked(driver.pass(49)), [])
  const effects = driver.pass(1)
  assert.deepEqual(asked(effects), [vip, addressOf("n2"), "192.168.1.1", addressOf("n3"), addressOf("n4")])
  assert.deepEqual(
    sent(effects, "suspect").map(effect => effect.to),
    ["n2", "n3", "n4"],
  )
})

test("routers of both families are asked, three at most, and not one that is a speaker's node", () => {
  const driver = watching()
  const gateways = [addressOf("n2"), "fe80::1", "192.168.1.1", "fd00::1", "fd00::2"]
  driver.step({
    type: "links",
    links: [{ link: lan, mac: macOf("n1"), address: addressOf("n1"), up: true, gateways }],
  })
  driver.beats("n2")
  driver.pass(100)
  driver.beats("n3")
  const nodes = [addressOf("n3"), addressOf("n4")]
  assert.deepEqual(asked(driver.pass(50)), [vip, addressOf("n2"), ...gateways.slice(1, 4), ...nodes])
})

test("a VIP answered from the owner's MAC ends the suspicion: the path is broken and nothing moves", () => {
  const driver = watching()
  driver.alive(["n3"], 150)
  driver.beats("n3")
  const effects = [...driver.answer(vip, macOf("n2")), ...driver.pass(80)]
  assert.deepEqual(gone(effects), [])
  assert.ok(effects.some(effect => effect.type === "count" && effect.reason === "ML350"))
})

test("a VIP that is silent for 200 ms while the node answers is a speaker gone, told to all three times", () => {
  const driver = watching()
  driver.alive(["n3"], 100)
  driver.beats("n3")
  driver.answer(addressOf("n2"), macOf("n2"))
  driver.alive(["n3"], 150)
  driver.beats("n3")
  driver.pass(49)
  assert.deepEqual(gone(driver.effects), [])
  const effects = [...driver.pass(10), ...driver.pass(50)]
  assert.deepEqual(gone(effects), [
    { type: "gone", node: "n2", link: lan, boot: bootOf("n2"), gone: "speaker", own: true, reason: "ML351" },
  ])
  assert.equal(sent(effects, "verdict").length, 9)
})

test("node and VIP silent while another is heard is a dead node, 60 ms after the question", () => {
  const driver = watching()
  driver.alive(["n3"], 100)
  driver.beats("n3")
  assert.deepEqual(gone(driver.pass(59)), [])
  driver.beats("n3")
  driver.pass(50)
  assert.deepEqual(
    gone(driver.effects).map(effect => effect.gone),
    ["node"],
  )
})

test("a watcher that hears nobody concludes nothing until it hears somebody", () => {
  const driver = new Driver(others)
  driver.owns("n2", vip)
  driver.alive(["n2"], 500)
  assert.deepEqual(gone(driver.pass(5_000)), [])
  assert.ok(driver.effects.some(effect => effect.type === "count" && effect.reason === "ML353"))
  driver.step({ type: "frame", link: lan, mac: "02:00:00:00:00:fe", address: "192.168.1.1", at: driver.now })
  driver.pass(30)
  driver.step({ type: "frame", link: lan, mac: "02:00:00:00:00:fe", address: "192.168.1.1", at: driver.now })
  assert.deepEqual(
    gone(driver.pass(40)).map(effect => effect.gone),
    ["node"],
  )
})

test("the silent node's own frames are no third party", () => {
  const driver = new Driver(["n2"])
  driver.owns("n2", vip)
  driver.alive(["n2"], 200)
  driver.pass(100)
  driver.step({ type: "frame", link: lan, mac: macOf("n2"), address: undefined, at: driver.now })
  assert.deepEqual(gone(driver.pass(200)), [])
})

test("heartbeats that return take the verdict back, and all are told", () => {
  const driver = watching()
  driver.alive(["n3"], 300)
  assert.equal(gone(driver.effects).length, 1)
  const effects = driver.beats("n2")
  assert.deepEqual(
    back(effects).map(effect => effect.node),
    ["n2"],
  )
  assert.equal(sent(effects, "hears").length, 3)
})

test("a heartbeat that the kernel received long ago is no sign of life", () => {
  const driver = watching()
  driver.alive(["n3"], 300)
  const at = driver.now - 200
  const message = { type: "heartbeat", mac: macOf("n2") } as const
  const effects = driver.step({ type: "message", from: "n2", boot: bootOf("n2"), link: lan, via: lan, at, message })
  assert.deepEqual(back(effects), [])
})

test("a co-watcher that hears the node excuses it", () => {
  const driver = watching()
  driver.alive(["n3"], 150)
  driver.says("n3", { type: "hears", about: "n2", boot: bootOf("n2") })
  driver.beats("n3")
  assert.deepEqual(gone(driver.pass(90)), [])
})

test("an excused node that stays silent is asked about again, ever more rarely", () => {
  const driver = watching()
  let questions = 0
  for (let round = 0; round < 100; round += 1) {
    driver.beats("n3")
    if (asked(driver.pass(50)).length > 0) {
      questions += 1
      driver.answer(vip, macOf("n2"))
    }
  }
  assert.ok(questions >= 5 && questions <= 9, `${questions} questions in 5 s`)
  assert.deepEqual(gone(driver.effects), [])
})

test("after the own loop stood still nothing is concluded before what arrived was read", () => {
  const driver = watching()
  driver.now += 400
  driver.step({ type: "stalled" })
  assert.deepEqual(asked(driver.step({ type: "wake" })), [])
  driver.beats("n2")
  driver.beats("n3")
  assert.deepEqual(asked(driver.pass(100)), [])
})

test("a kept connection that is lost and then refused is a process gone, at once", () => {
  const driver = new Driver(others)
  const first = driver.beats("n2")
  assert.ok(first.some(effect => effect.type === "connect" && effect.address === addressOf("n2")))
  driver.step({ type: "connection", node: "n2", state: "accepted" })
  const lost = driver.step({ type: "connection", node: "n2", state: "lost" })
  assert.ok(lost.some(effect => effect.type === "connect"))
  const refused = driver.step({ type: "connection", node: "n2", state: "refused" })
  assert.deepEqual(
    gone(refused).map(effect => [effect.gone, effect.own]),
    [["process", true]],
  )
  assert.equal(sent(refused, "verdict").length, 3)
})

test("a kept connection that is lost and then accepted is a false alarm", () => {
  const driver = new Driver(others)
  driver.alive(["n2"], 100)
  for (const state of ["accepted", "lost", "accepted"] as const) driver.step({ type: "connection", node: "n2", state })
  driver.alive(["n2"], 500)
  assert.deepEqual(gone(driver.effects), [])
})

test("a connection that is kept with a process whose node lost its power gives way to one with the next process", () => {
  const driver = new Driver(others)
  driver.alive(["n2"], 100)
  driver.step({ type: "connection", node: "n2", state: "accepted" })
  driver.pass(1_000)
  const next = { type: "message", from: "n2", boot: bootOf("n2") + 1, link: lan, via: lan } as const
  const first = driver.step({ ...next, at: driver.now, message: { type: "heartbeat", mac: macOf("n2") } })
  assert.ok(first.some(effect => effect.type === "connect"))
  for (const state of ["accepted", "lost"] as const) driver.step({ type: "connection", node: "n2", state })
  assert.deepEqual(
    gone(driver.step({ type: "connection", node: "n2", state: "refused" })).map(effect => effect.gone),
    ["process"],
  )
})

test("a connection that was never had and is refused says nothing", () => {
  const driver = new Driver(others)
  driver.beats("n2")
  assert.deepEqual(gone(driver.step({ type: "connection", node: "n2", state: "refused" })), [])
})

test("another's suspicion makes a near successor ask the wire, and leaves the rest alone", () => {
  for (const near of [true, false]) {
    const driver = new Driver(others)
    driver.owns("n2", vip, near)
    const effects = driver.says("n3", { type: "suspect", about: "n2", boot: bootOf("n2") })
    assert.deepEqual(asked(effects), near ? [vip, addressOf("n2")] : [])
  }
})

test("a verdict is hearsay for who is not near, forgotten after 2 s unless it is told again", () => {
  const driver = new Driver(others)
  driver.owns("n2", vip, false)
  const effects = driver.says("n3", { type: "verdict", about: "n2", boot: bootOf("n2"), gone: "node" })
  assert.deepEqual(
    gone(effects).map(effect => effect.own),
    [false],
  )
  assert.deepEqual(back(driver.pass(1_999)), [])
  assert.equal(back(driver.pass(1)).length, 1)
})

test("hearsay becomes a question as soon as this speaker is next", () => {
  const driver = new Driver(others)
  driver.says("n3", { type: "verdict", about: "n2", boot: bootOf("n2"), gone: "node" })
  driver.owns("n2", vip, true)
  assert.ok(asked(driver.effects).includes(vip))
})

test("a verdict about this very process is refuted to all", () => {
  const driver = new Driver(others)
  const effects = driver.says("n3", { type: "verdict", about: "n1", boot: bootOf("n1"), gone: "node" })
  assert.equal(sent(effects, "hears").length, 3)
  assert.deepEqual(driver.says("n3", { type: "verdict", about: "n1", boot: 7, gone: "node" }), [])
})

test("a verdict about a process before the present one is not believed", () => {
  const driver = new Driver(others)
  assert.deepEqual(gone(driver.says("n3", { type: "verdict", about: "n2", boot: 7, gone: "process" })), [])
})

test("what the membership says of a node is a hint: a near successor asks, and one that hears it does not believe it", () => {
  const near = new Driver(others)
  near.owns("n2", vip, true)
  assert.ok(asked(near.step({ type: "peers", peers: [peer("n2", false), peer("n3")] })).includes(vip))
  const hearing = watching()
  const effects = hearing.step({ type: "peers", peers: [peer("n2", false), peer("n3")] })
  assert.deepEqual([asked(effects), gone(effects)], [[], []])
})

test("a link that goes down ends every suspicion on it", () => {
  const driver = watching()
  driver.pass(150)
  driver.step({
    type: "links",
    links: [{ link: lan, mac: macOf("n1"), address: addressOf("n1"), up: false, gateways: [] }],
  })
  assert.deepEqual(gone(driver.pass(5_000)), [])
})

test("a goodbye ends the watch without a word", () => {
  const driver = watching()
  driver.says("n2", { type: "bye" })
  const effects = driver.pass(5_000)
  assert.deepEqual([asked(effects).includes(vip), gone(effects).some(effect => effect.node === "n2")], [false, false])
})

test("a leaving speaker sends no more heartbeats and says goodbye to its watchers", () => {
  const driver = new Driver(others)
  const targets = driver.state.targets.map(target => target.node)
  assert.equal(targets.length, 2)
  const effects = driver.step({ type: "leave" })
  assert.deepEqual(
    sent(effects, "bye").map(effect => effect.to),
    targets,
  )
  driver.step({ type: "peers", peers: [peer("n2"), peer("n3")] })
  assert.deepEqual(driver.state.targets, [])
})

test("messages of strangers are not looked at", () => {
  const driver = new Driver(["n2"])
  assert.deepEqual(driver.says("n9", { type: "verdict", about: "n2", boot: bootOf("n2"), gone: "process" }), [])
})

test("a new process that is first heard by another message is not late with the heartbeats of the one before it", () => {
  const driver = new Driver(["n2", "n3"])
  driver.alive(["n2", "n3"], 500)
  driver.step({ type: "connection", node: "n2", state: "accepted" })
  driver.step({ type: "connection", node: "n2", state: "lost" })
  driver.step({ type: "connection", node: "n2", state: "refused" })
  driver.alive(["n3"], 2_000)
  const message = { type: "message", from: "n2", boot: 9_000, link: lan, via: lan, at: driver.now } as const
  driver.step({ ...message, message: { type: "other" } })
  assert.ok((driver.wakeAt ?? driver.now) >= driver.now, `to be woken ${driver.now - (driver.wakeAt ?? 0)} ms ago`)
})
