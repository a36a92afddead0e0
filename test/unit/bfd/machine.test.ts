import assert from "node:assert/strict"
import { test } from "node:test"
import { diagnostic } from "../../../agent/core/bfd/diagnostic.ts"
import { type SessionState, sessionStates } from "../../../agent/core/bfd/packet.ts"
import type { SessionEvent } from "../../../agent/core/bfd/step.ts"
import { Driver, fast, fromPeer, sent } from "./fixtures.ts"

type Event = SessionState | "silence" | "echo lost" | "disable" | "enable"

/**
 * RFC 5880 section 6.2 and the rules of 6.8.4, 6.8.5, 6.8.6 and 6.8.16: the state that follows, and the reason. A state as
 * an event is a packet with that state. "-": nothing changes.
 */
const table: Readonly<Record<SessionState, Readonly<Record<Event, string>>>> = {
  Down: {
    AdminDown: "Down ML486",
    Down: "Init ML482",
    Init: "Up ML480",
    Up: "-",
    silence: "-",
    "echo lost": "-",
    disable: "AdminDown ML487",
    enable: "-",
  },
  Init: {
    AdminDown: "Down ML486",
    Down: "-",
    Init: "Up ML480",
    Up: "Up ML480",
    silence: "Down ML483",
    "echo lost": "-",
    disable: "AdminDown ML487",
    enable: "-",
  },
  Up: {
    AdminDown: "Down ML486",
    Down: "Down ML485",
    Init: "-",
    Up: "-",
    silence: "Down ML483",
    "echo lost": "Down ML484",
    disable: "AdminDown ML487",
    enable: "-",
  },
  AdminDown: {
    AdminDown: "-",
    Down: "-",
    Init: "-",
    Up: "-",
    silence: "-",
    "echo lost": "-",
    disable: "-",
    enable: "Down ML481",
  },
}

const eventOf = (event: Event, driver: Driver): SessionEvent => {
  if (event === "silence") return { kind: "silent", since: driver.session.heard?.at ?? driver.now }
  if (event === "echo lost") return { kind: "echo-lost" }
  if (event === "disable") return { kind: "disable", diagnostic: diagnostic.administrativelyDown }
  if (event === "enable") return { kind: "enable" }
  return { kind: "packet", packet: fromPeer({ state: event, requiredMinEchoRx: 50_000 }), at: driver.now }
}

for (const [state, row] of Object.entries(table) as [SessionState, Readonly<Record<Event, string>>][])
  for (const [event, wanted] of Object.entries(row) as [Event, string][])
    test(`${state}, ${sessionStates.some(s => s === event) ? `a packet with ${event}` : event}: ${wanted}`, () => {
      const driver = new Driver({ ...fast, echoInterval: 50_000 }).reach(state)
      if (state === "Up") {
        driver.hear({ requiredMinEchoRx: 50_000 })
        driver.step({ kind: "echo-returned" })
      }
      const before = driver.session
      const effects = driver.step(eventOf(event, driver))
      const { session } = driver
      const changed = session.state !== before.state || session.reason !== before.reason
      assert.equal(changed ? `${session.state} ${session.reason}` : "-", wanted)
      const told = effects.filter(effect => effect.kind === "changed")
      assert.equal(told.length, session.state === before.state ? 0 : 1, "each transition is told once")
      assert.ok(session.state === "Up" || session.desiredMinTx >= 1_000_000, "slow unless up")
    })

const diagnostics: readonly (readonly [Event, number])[] = [
  ["silence", 1],
  ["echo lost", 2],
  ["Down", 3],
  ["AdminDown", 3],
]

for (const [event, code] of diagnostics)
  test(`up, ${event}: our packets say diagnostic ${code} until the session is up again`, () => {
    const driver = new Driver({ ...fast, echoInterval: 50_000 }).reach("Up")
    driver.hear({ requiredMinEchoRx: 50_000 })
    driver.step({ kind: "echo-returned" })
    driver.step(eventOf(event, driver))
    assert.equal(driver.sends.diagnostic, code)
    driver.hear({ state: "Down", yourDiscriminator: 0 })
    assert.equal(driver.session.state, "Init")
    assert.equal(driver.sends.diagnostic, code)
    driver.hear({ state: "Init" })
    assert.equal(driver.sends.diagnostic, 0)
  })

test("clients are told of a failure where the path failed, and not where either side was turned off (RFC 5882 section 4.2)", () => {
  const failure = (event: Event): unknown => {
    const driver = new Driver({ ...fast, echoInterval: 50_000 }).reach("Up")
    driver.hear({ requiredMinEchoRx: 50_000 })
    driver.step({ kind: "echo-returned" })
    return driver.step(eventOf(event, driver)).find(effect => effect.kind === "changed")?.failure
  }
  assert.equal(failure("silence"), true)
  assert.equal(failure("echo lost"), true)
  assert.equal(failure("Down"), true)
  assert.equal(failure("AdminDown"), false)
  assert.equal(failure("disable"), false)
})

test("a session that never was up fails for nobody", () => {
  const driver = new Driver().reach("Init")
  const changed = driver.silence().filter(effect => effect.kind === "changed")
  assert.deepEqual(changed, [{ kind: "changed", from: "Init", to: "Down", failure: false }])
})

test("a new session is down, slow, knows nobody and speaks first", () => {
  const driver = new Driver()
  assert.deepEqual(driver.sends, {
    ...fromPeer(),
    state: "Down",
    myDiscriminator: 1,
    yourDiscriminator: 0,
    desiredMinTx: 1_000_000,
    requiredMinRx: 50_000,
  })
  assert.equal(driver.plan.interval, 1_000_000)
  assert.equal(driver.plan.detection, undefined)
})

test("news are sent at once: each change of state, and that the peer is known now", () => {
  const driver = new Driver()
  assert.deepEqual(
    sent(driver.hear({ state: "Down", yourDiscriminator: 0 })).map(packet => [packet.state, packet.yourDiscriminator]),
    [["Init", 900]],
  )
  assert.deepEqual(
    sent(driver.hear({ state: "Init" })).map(packet => packet.state),
    ["Up"],
  )
  assert.deepEqual(sent(driver.hear()), [], "nothing new")
  assert.deepEqual(
    sent(driver.silence()).map(packet => [packet.state, packet.yourDiscriminator]),
    [["Down", 0]],
  )
})

test("a peer that was started again is noticed by its first packet", () => {
  const driver = new Driver().settle()
  const effects = driver.hear({ state: "Down", myDiscriminator: 901, yourDiscriminator: 0, desiredMinTx: 1_000_000 })
  assert.equal(driver.session.reason, "ML485")
  assert.deepEqual(
    sent(effects).map(packet => [packet.state, packet.diagnostic, packet.yourDiscriminator]),
    [["Down", 3, 901]],
  )
})

test("a peer may change its discriminator while the session is up (section 6.3)", () => {
  const driver = new Driver().settle()
  driver.hear({ myDiscriminator: 901 })
  assert.equal(driver.session.state, "Up")
  assert.equal(driver.sends.yourDiscriminator, 901)
})

test("silence in any state forgets the peer's discriminator and pace (sections 6.8.1 and 6.8.18)", () => {
  for (const state of ["Init", "Up"] as const) {
    const driver = new Driver().reach(state)
    driver.hear({ state: state === "Up" ? "Up" : "Down", requiredMinRx: 5_000_000 })
    driver.silence()
    assert.equal(driver.sends.yourDiscriminator, 0)
    assert.equal(driver.plan.interval, 1_000_000, state)
    assert.equal(driver.plan.detection, undefined)
  }
  const down = new Driver()
  down.hear({ state: "AdminDown", requiredMinRx: 5_000_000 })
  assert.equal(down.plan.interval, 5_000_000)
  down.silence()
  assert.equal(down.plan.interval, 1_000_000)
  assert.deepEqual([down.session.state, down.session.reason], ["Down", "ML483"])
})

test("a packet that the thread had not looked at when it gave up keeps the session up", () => {
  const driver = new Driver().settle()
  const since = driver.now
  driver.now += 151
  driver.step({ kind: "packet", packet: fromPeer(), at: driver.now - 2 })
  assert.deepEqual(driver.step({ kind: "silent", since }), [])
  assert.equal(driver.session.state, "Up")
})

test("a passive side says nothing until it has heard, and falls silent with its peer (section 6.8.7)", () => {
  const driver = new Driver({ ...fast, passive: true })
  assert.equal(driver.session.reason, "ML488")
  assert.equal(driver.plan.packet, undefined)
  const effects = driver.hear({ state: "Down", yourDiscriminator: 0 })
  assert.equal(sent(effects).length, 1)
  assert.notEqual(driver.plan.packet, undefined)
  driver.hear({ state: "Init" })
  assert.deepEqual(sent(driver.silence()), [])
  assert.equal(driver.plan.packet, undefined)
})

test("a session that becomes active begins to speak, and one that becomes passive waits", () => {
  const driver = new Driver({ ...fast, passive: true })
  driver.step({ kind: "settings", settings: fast })
  assert.equal(driver.session.reason, "ML481")
  assert.notEqual(driver.plan.packet, undefined)
  driver.step({ kind: "settings", settings: { ...fast, passive: true } })
  assert.equal(driver.session.reason, "ML488")
  assert.equal(driver.plan.packet, undefined)
})

test("turned off, it tells the peer at the old pace for a detection time, and then once a second (section 6.8.16)", () => {
  const driver = new Driver().settle()
  const effects = driver.reach("AdminDown").effects
  assert.deepEqual(
    sent(effects)
      .slice(-1)
      .map(packet => [packet.state, packet.diagnostic, packet.desiredMinTx]),
    [["AdminDown", 7, 1_000_000]],
  )
  assert.equal(driver.plan.interval, 50_000)
  assert.equal(driver.session.farewell?.until, driver.now + 150)
  driver.now += 150
  driver.step({ kind: "wake" })
  assert.equal(driver.plan.interval, 1_000_000)
  assert.equal(driver.sends.state, "AdminDown")
  driver.step({ kind: "enable" })
  assert.equal(driver.session.state, "Down")
})

test("turned off, it drops what it hears, answers no Poll, and does not forget who speaks", () => {
  const driver = new Driver().settle().reach("AdminDown")
  const effects = driver.hear({ state: "Down", poll: true })
  assert.deepEqual(effects, [{ kind: "refused", refusal: "session is administratively down" }])
  assert.equal(driver.session.heard?.at, driver.now)
  assert.equal(driver.sends.yourDiscriminator, 900)
})

test("C and D are never set, and no packet carries Poll and Final", () => {
  const driver = new Driver()
  for (const fields of [{ state: "Down", poll: true }, { state: "Init", poll: true }, { demand: true }, {}] as const)
    driver.hear(fields)
  driver.silence()
  for (const packet of sent(driver.effects)) {
    assert.equal(packet.demand || packet.controlPlaneIndependent, false)
    assert.equal(packet.poll && packet.final, false)
  }
})
