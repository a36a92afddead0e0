import assert from "node:assert/strict"
import { test } from "node:test"
import { calmAfter } from "../../../../agent/core/bgp/session/timers.ts"
import { encodeKeepalive } from "../../../../agent/core/bgp/wire/message.ts"
import { ceaseOf, encodeNotification } from "../../../../agent/core/bgp/wire/notification.ts"
import { encodeOpen } from "../../../../agent/core/bgp/wire/open.ts"
import { Driver, openOf } from "./fixtures.ts"

test("a session goes from Idle over Connect, OpenSent and OpenConfirm to Established", () => {
  const driver = new Driver()
  assert.equal(driver.state, "Idle")
  driver.do({ kind: "start" })
  assert.deepEqual([driver.state, driver.reason, driver.acts], ["Connect", "ML422", ["dial out-1"]])
  driver.connected("out-1")
  assert.deepEqual([driver.state, driver.reason, driver.said("out-1")], ["OpenSent", "ML430", "open"])
  driver.hear("out-1", encodeOpen(openOf()))
  assert.deepEqual([driver.state, driver.reason, driver.said("out-1")], ["OpenConfirm", "ML431", "keepalive"])
  driver.hear("out-1", encodeKeepalive())
  assert.deepEqual([driver.state, driver.reason, driver.said("out-1")], ["Established", "ML420", ""])
})

test("every change is told once, with where it came from and why", () => {
  const driver = new Driver()
  const told = () =>
    driver.effects.flatMap(effect =>
      effect.kind === "changed" ? [`${effect.from} ${effect.to} ${effect.reason}`] : [],
    )
  driver.do({ kind: "start" })
  assert.deepEqual(told(), ["Idle Connect ML422"])
  driver.do({ kind: "start" })
  assert.deepEqual(driver.effects, [])
  driver.connected("out-1")
  driver.hear("out-1", Uint8Array.from([...encodeOpen(openOf()), ...encodeKeepalive()]))
  assert.deepEqual(told(), ["OpenSent Established ML420"])
  driver.do({ kind: "reset", text: "" })
  assert.deepEqual(
    told(),
    ["Established Idle ML448", "Idle Connect ML422"],
    "why it ended is not lost in the next attempt",
  )
})

test("a step leaves the state before it as it was", () => {
  const driver = new Driver()
  driver.do({ kind: "start" })
  const before = driver.session
  const copy = structuredClone(before)
  driver.connected("out-1")
  driver.hear("out-1", encodeOpen(openOf()), encodeKeepalive())
  assert.deepEqual(before, copy)
})

test("the hold time is the smaller of both, and a peer that is silent for it is told so", () => {
  for (const [ours, theirs, agreed] of [
    [90, 9, 9],
    [9, 90, 9],
    [90, 90, 90],
  ] as const) {
    const driver = new Driver({ holdTime: ours })
    driver.establish(openOf({ holdTime: theirs }))
    driver.pass(agreed * 1000 - 1)
    assert.equal(driver.state, "Established")
    driver.pass(1)
    assert.match(driver.said("out-1"), /notification 4\/0$/)
    assert.equal(driver.session.last?.explained.reason, "ML440")
    assert.equal(driver.session.last?.by, "us")
  }
})

test("each sign of life restarts the hold timer", () => {
  const driver = new Driver({ holdTime: 9 })
  driver.establish()
  for (let round = 0; round < 5; round += 1) {
    driver.pass(8_999)
    driver.hear("out-1", encodeKeepalive())
  }
  assert.equal(driver.state, "Established")
  driver.pass(9_000)
  assert.notEqual(driver.state, "Established")
})

test("keepalives go out every third of the hold time, a little earlier at random, and never more than one a second", () => {
  const gaps = (holdTime: number, seed: number): readonly number[] => {
    const driver = new Driver({ holdTime }, { seed })
    driver.establish(openOf({ holdTime }))
    const times: number[] = []
    const end = driver.now + holdTime * 3_000
    let heard = driver.now
    while (driver.now < end) {
      driver.pass(1)
      if (driver.said("out-1").includes("keepalive")) times.push(driver.now)
      if (driver.now - heard > 2_000) {
        driver.hear("out-1", encodeKeepalive())
        heard = driver.now
      }
    }
    return times.slice(1).map((time, at) => time - (times[at] ?? 0))
  }
  const thirty = gaps(90, 1)
  assert.ok(thirty.length >= 8 && thirty.every(gap => gap >= 22_500 && gap <= 30_000), thirty.join(" "))
  assert.ok(new Set(thirty).size > 1, "jitter")
  const one = gaps(3, 2)
  assert.ok(one.length > 0 && one.every(gap => gap === 1_000), one.join(" "))
})

test("a keepalive time that is written is used, unless the agreed hold time asks for a shorter one", () => {
  const interval = (keepaliveTime: number, holdTime: number): number => {
    const driver = new Driver({ keepaliveTime, holdTime: 90 })
    driver.establish(openOf({ holdTime }))
    return driver.session.main.state === "Established" ? driver.session.main.agreed.keepaliveTime : 0
  }
  assert.equal(interval(5, 90), 5_000)
  assert.equal(interval(60, 90), 30_000)
  assert.equal(interval(5, 9), 3_000)
})

test("a hold time of 0 on either side turns both timers off", () => {
  for (const [ours, theirs] of [
    [0, 90],
    [90, 0],
  ] as const) {
    const driver = new Driver({ holdTime: ours })
    driver.establish(openOf({ holdTime: theirs }))
    driver.pass(10_000_000)
    assert.deepEqual([driver.state, driver.said("out-1"), driver.wakeAt], ["Established", "", undefined])
  }
})

test("a process that stood still reads what the peer sent meanwhile before it holds it for dead", () => {
  const driver = new Driver({ holdTime: 9 })
  driver.establish()
  driver.now += 15_000
  driver.do({ kind: "tick" })
  assert.equal(driver.state, "Established")
  driver.hear("out-1", encodeKeepalive())
  driver.pass(8_999)
  assert.equal(driver.state, "Established")
  driver.now += 20_000
  driver.do({ kind: "tick" })
  driver.now += 20_000
  driver.do({ kind: "tick" })
  assert.notEqual(driver.state, "Established", "but only once without a word from it")
})

test("a peer that does not say OPEN is given four minutes", () => {
  const driver = new Driver()
  driver.do({ kind: "start" })
  driver.connected("out-1")
  driver.pass(239_999)
  assert.equal(driver.state, "OpenSent")
  driver.pass(1)
  assert.match(driver.said("out-1"), /notification 4\/0$/)
})

test("an attempt that is refused is made again after 1 s, twice as long each time, up to the connect time", () => {
  const driver = new Driver({ connectTime: 10 })
  driver.do({ kind: "start" })
  for (const [at, most] of [1, 2, 4, 8, 10, 10].entries()) {
    driver.closed(`out-${at + 1}`, "ECONNREFUSED")
    assert.deepEqual([driver.state, driver.reason], ["Active", "ML423"])
    const wait = (driver.wakeAt ?? 0) - driver.now
    assert.ok(wait >= 750 * most && wait <= 1000 * most, `attempt ${at + 1}: ${wait} ms`)
    driver.pass(wait)
    assert.deepEqual([driver.state, driver.acts], ["Connect", [`dial out-${at + 2}`]])
  }
})

test("an attempt that takes longer than the connect time is given up for the next one", () => {
  const driver = new Driver({ connectTime: 5 })
  driver.do({ kind: "start" })
  driver.pass(5_000)
  assert.equal(driver.state, "Connect")
  assert.equal(driver.session.dials, 2)
  assert.equal(driver.session.last?.explained.reason, "ML424")
  driver.connected("out-1")
  assert.equal(driver.state, "Connect", "an answer to the first comes too late")
  driver.connected("out-2")
  assert.equal(driver.state, "OpenSent")
})

test("why no connection can be made is told by its own code", () => {
  const rows = [
    ["ECONNREFUSED", "ML423"],
    ["ETIMEDOUT", "ML424"],
    ["EHOSTUNREACH", "ML426"],
    ["ENETUNREACH", "ML426"],
    ["EADDRNOTAVAIL", "ML427"],
    ["ENODEV", "ML428"],
    ["EPERM", "ML429"],
    ["ECONNRESET", "ML429"],
  ] as const
  for (const [code, reason] of rows) {
    const driver = new Driver()
    driver.do({ kind: "start" })
    driver.closed("out-1", code)
    assert.equal(driver.reason, reason, code)
  }
  const secret = new Driver({ password: { from: "peer", revision: "1" } })
  secret.do({ kind: "start" })
  secret.closed("out-1", "ETIMEDOUT")
  assert.equal(secret.reason, "ML425", "a wrong password looks like this")
})

test("a peer that closes without a word is told apart by the state it did it in", () => {
  const driver = new Driver()
  driver.do({ kind: "start" })
  driver.connected("out-1")
  driver.closed("out-1")
  assert.deepEqual([driver.state, driver.reason, driver.session.last?.by], ["Active", "ML432", "peer"])
  assert.equal(driver.session.why.facts["state"], "OpenSent")
})

/** Lost again and again while established, and how long each wait was. */
const waits = (driver: Driver, times: number): readonly number[] =>
  Array.from({ length: times }, () => {
    driver.closed(`out-${driver.session.dials}`)
    assert.equal(driver.state, "Idle")
    const wait = (driver.wakeAt ?? Number.NaN) - driver.now
    driver.pass(wait)
    assert.equal(driver.state, "Connect")
    const connection = `out-${driver.session.dials}`
    driver.connected(connection)
    driver.hear(connection, encodeOpen(openOf()), encodeKeepalive())
    assert.equal(driver.state, "Established")
    return wait
  })

test("the first loss is made good at once, further ones wait ever longer, up to two minutes", () => {
  const driver = new Driver()
  driver.establish()
  for (const [at, wait] of waits(driver, 11).entries()) {
    const most = at === 0 ? 0 : Math.min(1000 * 2 ** (at - 1), 120_000)
    assert.ok(wait >= 0.75 * most && wait <= most, `loss ${at + 1}: ${wait} ms`)
  }
})

test("a damped session says how often it was lost, how long it waits, and what ended it", () => {
  const driver = new Driver()
  driver.establish()
  waits(driver, 2)
  driver.hear(`out-${driver.session.dials}`, encodeNotification(ceaseOf(4)))
  assert.equal(driver.reason, "ML444")
  const { losses, before } = driver.session.why.facts
  assert.equal(losses, 3)
  assert.match(String(before), /administrative reset/)
})

test("a session that stayed up for five minutes wipes out the losses before it", () => {
  const driver = new Driver({ holdTime: 0 })
  driver.establish()
  waits(driver, 4)
  driver.pass(calmAfter)
  assert.deepEqual(waits(driver, 1), [0])
})

test("a passive session opens nothing and waits for the peer", () => {
  const driver = new Driver({ connects: false })
  driver.do({ kind: "start" })
  assert.deepEqual([driver.state, driver.reason, driver.acts, driver.wakeAt], ["Active", "ML452", [], undefined])
  driver.accepted("in-1")
  assert.deepEqual([driver.state, driver.said("in-1")], ["OpenSent", "open"])
  driver.hear("in-1", encodeOpen(openOf()), encodeKeepalive())
  assert.equal(driver.state, "Established")
  assert.equal(driver.session.main.state === "Established" && driver.session.main.link.opener, "peer")
})

test("connections of the peer are refused in Idle, and where the session takes none", () => {
  const idle = new Driver()
  idle.accepted("in-1")
  assert.deepEqual(idle.acts, ["close in-1 abort"])
  const active = new Driver({ accepts: false })
  active.do({ kind: "start" })
  active.closed("out-1", "ECONNREFUSED")
  active.accepted("in-1")
  assert.deepEqual([active.acts, active.state, active.session.counters.turnedAway], [["close in-1 abort"], "Active", 1])
})

test("with DelayOpen the peer's OPEN is waited for, and ours goes when it came or the time is over", () => {
  const driver = new Driver({ delayOpen: 3_000 })
  driver.do({ kind: "start" })
  driver.connected("out-1")
  assert.deepEqual([driver.state, driver.said("out-1")], ["Connect", ""])
  driver.hear("out-1", encodeOpen(openOf()))
  assert.deepEqual([driver.state, driver.said("out-1")], ["OpenConfirm", "open keepalive"])

  const late = new Driver({ delayOpen: 3_000 })
  late.do({ kind: "start" })
  late.connected("out-1")
  late.pass(3_000)
  assert.deepEqual([late.state, late.said("out-1")], ["OpenSent", "open"])

  const passive = new Driver({ delayOpen: 3_000, connects: false })
  passive.do({ kind: "start" })
  passive.accepted("in-1")
  assert.deepEqual([passive.state, passive.said("in-1")], ["Active", ""])
  passive.hear("in-1", encodeOpen(openOf()))
  assert.deepEqual([passive.state, passive.said("in-1")], ["OpenConfirm", "open keepalive"])
})

test("while an OPEN is delayed, a wrong one is answered, what is unexpected is not, and a stop says so where the RFC does", () => {
  const waiting = (connects: boolean): [Driver, string] => {
    const driver = new Driver({ delayOpen: 3_000, connects })
    driver.do({ kind: "start" })
    if (connects) driver.connected("out-1")
    else driver.accepted("in-1")
    return [driver, connects ? "out-1" : "in-1"]
  }
  for (const connects of [true, false]) {
    const [wrong, one] = waiting(connects)
    wrong.hear(one, encodeOpen(openOf({ asn: 64999, capabilities: [] })))
    assert.deepEqual([wrong.state, wrong.said(one)], ["Idle", "notification 2/2"])
    const [stray, two] = waiting(connects)
    stray.hear(two, encodeKeepalive())
    assert.deepEqual([stray.state, stray.said(two), stray.acts], ["Idle", "", [`close ${two} flush`]])
    const [lost, three] = waiting(connects)
    lost.closed(three)
    assert.equal(lost.state, connects ? "Active" : "Idle")
    const [stopped, four] = waiting(connects)
    stopped.do({ kind: "stop", stop: { kind: "shutdown", text: "" } })
    assert.equal(stopped.said(four), connects ? "" : "notification 6/2")
    const [garbled, five] = waiting(connects)
    garbled.hear(five, new Uint8Array(19))
    assert.equal(garbled.said(five), "notification 1/1")
  }
})

test("messages are found in the stream however it is cut, and nothing is read of a connection that was given up", () => {
  const driver = new Driver()
  driver.do({ kind: "start" })
  driver.connected("out-1")
  const stream = Uint8Array.from([
    ...encodeOpen(openOf()),
    ...encodeKeepalive(),
    ...encodeNotification(ceaseOf(2)),
    ...encodeKeepalive(),
  ])
  for (const byte of stream) driver.hear("out-1", Uint8Array.of(byte))
  assert.equal(driver.session.last?.explained.reason, "ML434")
  const { received } = driver.session.counters
  assert.deepEqual([received.open, received.keepalive, received.notification], [1, 1, 1])
  driver.hear("out-1", encodeKeepalive())
  driver.closed("out-1")
  assert.equal(driver.session.counters.received.keepalive, 1)
})

test("messages are counted both ways, and faults by their names", () => {
  const driver = new Driver()
  driver.establish()
  driver.hear("out-1", encodeKeepalive(), new Uint8Array(19))
  const { sent, received, refused, established } = driver.session.counters
  assert.deepEqual(sent, { open: 1, update: 0, notification: 1, keepalive: 1, "route-refresh": 0 })
  assert.deepEqual(received, { open: 1, update: 0, notification: 0, keepalive: 2, "route-refresh": 0 })
  assert.deepEqual(refused, { "header-marker": 1 })
  assert.equal(established, 1)
})
