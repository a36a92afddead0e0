import assert from "node:assert/strict"
import { test } from "node:test"
import { diagnostic } from "../../../agent/core/bfd/diagnostic.ts"
import type { Settings } from "../../../agent/core/bfd/settings.ts"
import { Driver, fast, fromPeer, sent } from "./fixtures.ts"

const change = (driver: Driver, settings: Partial<Settings>) =>
  driver.step({ kind: "settings", settings: { ...driver.session.settings, ...settings } })

test("the pace is the slower of what we like and what the peer can take (section 6.8.2)", () => {
  const driver = new Driver().settle()
  assert.equal(driver.plan.interval, 50_000)
  driver.hear({ requiredMinRx: 80_000 })
  assert.equal(driver.plan.interval, 80_000)
  driver.hear({ requiredMinRx: 20_000 })
  assert.equal(driver.plan.interval, 50_000)
})

test("the detection time is the peer's multiplier times the slower of its pace and what we can take (section 6.8.4)", () => {
  const driver = new Driver().settle()
  assert.equal(driver.plan.detection, 150_000)
  driver.hear({ detectMultiplier: 5, desiredMinTx: 70_000 })
  assert.equal(driver.plan.detection, 350_000)
  driver.hear({ detectMultiplier: 1, desiredMinTx: 10_000 })
  assert.equal(driver.plan.detection, 50_000)
})

test("coming up, the fast pace is kept at once and asked about; silence counts as fast when the peer says so", () => {
  const driver = new Driver().reach("Up")
  assert.equal(driver.plan.interval, 50_000)
  assert.equal(driver.sends.poll, true)
  assert.equal(driver.sends.desiredMinTx, 50_000)
  assert.equal(driver.plan.detection, 3_000_000, "the peer still says a second")
  driver.hear({ poll: true })
  assert.equal(driver.plan.detection, 150_000)
})

test("a Poll Sequence goes on until Final, and its packets are the periodic ones (section 6.5)", () => {
  const driver = new Driver().settle()
  assert.equal(driver.sends.poll, false)
  assert.deepEqual(change(driver, { receiveInterval: 80_000 }), [], "no packet beside the periodic ones")
  assert.equal(driver.sends.poll, true)
  driver.hear()
  assert.equal(driver.sends.poll, true)
  driver.hear({ final: true })
  assert.equal(driver.sends.poll, false)
})

test("a Poll is answered at once with Final and without Poll, also while we ask ourselves (section 6.5)", () => {
  const driver = new Driver().settle()
  change(driver, { receiveInterval: 80_000 })
  const [answer, ...more] = sent(driver.hear({ poll: true }))
  assert.deepEqual([answer?.final, answer?.poll, answer?.requiredMinRx], [true, false, 80_000])
  assert.deepEqual(more, [])
  assert.equal(driver.sends.poll, true, "our own question stays open")
})

test("a slower pace of ours is kept only when the peer knows of it (section 6.8.3)", () => {
  const driver = new Driver().settle()
  change(driver, { transmitInterval: 200_000 })
  assert.equal(driver.sends.desiredMinTx, 200_000)
  assert.equal(driver.plan.interval, 50_000)
  driver.hear({ final: true })
  assert.equal(driver.plan.interval, 200_000)
})

test("a faster pace of ours is kept at once (section 6.8.3)", () => {
  const driver = new Driver().settle()
  change(driver, { transmitInterval: 20_000 })
  driver.hear({ requiredMinRx: 10_000 })
  assert.equal(driver.plan.interval, 20_000)
  assert.equal(driver.sends.poll, true)
})

test("faster packets of the peer are counted upon only when it knows that we take them (section 6.8.3)", () => {
  const driver = new Driver({ ...fast, receiveInterval: 300_000 }).settle()
  assert.equal(driver.plan.detection, 900_000)
  change(driver, { receiveInterval: 50_000 })
  assert.equal(driver.sends.requiredMinRx, 50_000)
  assert.equal(driver.plan.detection, 900_000)
  driver.hear({ final: true })
  assert.equal(driver.plan.detection, 150_000)
})

test("slower packets of the peer are allowed for at once (section 6.8.3)", () => {
  const driver = new Driver().settle()
  change(driver, { receiveInterval: 300_000 })
  assert.equal(driver.plan.detection, 900_000)
})

test("a change of settings while a question is open waits, so that each Final has one meaning (section 6.8.3)", () => {
  const driver = new Driver().settle()
  change(driver, { transmitInterval: 200_000 })
  change(driver, { transmitInterval: 400_000 })
  assert.equal(driver.sends.desiredMinTx, 200_000)
  driver.hear({ final: true })
  assert.deepEqual(
    [driver.sends.desiredMinTx, driver.sends.poll],
    [200_000, false],
    "not before a packet without Final",
  )
  driver.hear({ final: true })
  assert.equal(driver.sends.poll, false)
  driver.hear()
  assert.deepEqual([driver.sends.desiredMinTx, driver.sends.poll], [400_000, true])
  assert.equal(driver.plan.interval, 200_000)
  driver.hear({ final: true })
  assert.equal(driver.plan.interval, 400_000)
})

test("going down while a question is open is slow at once, and the new pace is asked about after the old question", () => {
  const driver = new Driver().reach("Up")
  assert.equal(driver.sends.poll, true)
  driver.hear({ state: "Down" })
  assert.deepEqual([driver.sends.desiredMinTx, driver.plan.interval, driver.sends.poll], [1_000_000, 1_000_000, true])
  driver.hear({ state: "Down", final: true })
  assert.equal(driver.sends.poll, false)
  driver.hear({ state: "Init" })
  assert.equal(driver.sends.poll, true)
})

test("a new multiplier needs no question: the next packet says it (section 6.8.12)", () => {
  const driver = new Driver().settle()
  change(driver, { detectMultiplier: 5 })
  assert.deepEqual([driver.sends.detectMultiplier, driver.sends.poll], [5, false])
})

test("a change of settings never touches the state", () => {
  const driver = new Driver().settle()
  for (const settings of [
    { transmitInterval: 10_000 },
    { receiveInterval: 60_000_000, transmitInterval: 60_000_000 },
    { detectMultiplier: 255, passive: true },
    { echoInterval: 50_000, echoReceiveInterval: 50_000 },
  ]) {
    change(driver, settings)
    for (const final of [true, false]) driver.hear({ final })
  }
  assert.equal(driver.session.state, "Up")
})

test("a peer that wants no packets gets none but answers and news (section 6.8.7)", () => {
  const driver = new Driver().settle()
  driver.hear({ requiredMinRx: 0 })
  assert.equal(driver.plan.packet, undefined)
  assert.equal(sent(driver.hear({ requiredMinRx: 0, poll: true })).length, 1)
  driver.hear({ requiredMinRx: 50_000 })
  assert.notEqual(driver.plan.packet, undefined)
})

test("a peer in Demand mode gets no periodic packets while both are up (section 6.6)", () => {
  const driver = new Driver().settle({ demand: true })
  assert.equal(driver.plan.packet, undefined)
  assert.equal(driver.plan.detection, 150_000, "its own packets go on: we did not ask for Demand mode")
  assert.equal(sent(driver.hear({ demand: true, poll: true }))[0]?.final, true)
  driver.hear({ demand: false })
  assert.notEqual(driver.plan.packet, undefined)
  const down = new Driver().reach("Init")
  down.hear({ state: "Down", demand: true })
  assert.notEqual(down.plan.packet, undefined, "not up, so not active")
})

test("whatever changes is asked about in Demand mode, since nothing periodic would tell it (section 6.6)", () => {
  const driver = new Driver().settle({ demand: true })
  change(driver, { detectMultiplier: 7 })
  assert.deepEqual([driver.sends.poll, driver.sends.detectMultiplier], [true, 7])
  driver.hear({ demand: true })
  assert.equal(driver.sends.poll, true)
  driver.hear({ demand: true, final: true })
  assert.equal(driver.plan.packet, undefined)
  change(driver, { detectMultiplier: 8 })
  driver.hear({ demand: true })
  assert.deepEqual([driver.sends.poll, driver.sends.detectMultiplier], [true, 8])
})

test("packets like the last one need no look while both are up and nothing is asked", () => {
  const driver = new Driver().reach("Up")
  assert.equal(driver.plan.expected, undefined, "the peer does not say Up yet")
  driver.hear({ poll: true })
  assert.equal(driver.plan.tellAll, true, "our question is open")
  driver.hear({ final: true })
  driver.hear()
  assert.equal(driver.plan.tellAll, false)
  assert.deepEqual(driver.plan.expected, new Driver().settle().plan.expected)
  driver.hear({ state: "Down" })
  assert.equal(driver.plan.expected, undefined)
})

const withEcho: Settings = { ...fast, receiveInterval: 50_000, echoInterval: 20_000 }

test("echo packets are sent while up, where the peer returns them, no faster than it says (section 6.8.9)", () => {
  const driver = new Driver(withEcho)
  assert.equal(driver.plan.echo, undefined)
  driver.settle({ requiredMinEchoRx: 40_000 })
  assert.deepEqual(driver.plan.echo, { interval: 40_000, detection: undefined })
  driver.hear({ requiredMinEchoRx: 10_000 })
  assert.deepEqual(driver.plan.echo, { interval: 20_000, detection: undefined })
  driver.hear({ requiredMinEchoRx: 0 })
  assert.equal(driver.plan.echo, undefined)
  driver.hear({ requiredMinEchoRx: 40_000 })
  driver.hear({ state: "Down", requiredMinEchoRx: 40_000 })
  assert.equal(driver.plan.echo, undefined)
})

test("from the first echo on their absence is a failure, and control packets may come slowly (section 6.8.3)", () => {
  const echo = { requiredMinEchoRx: 20_000 }
  const driver = new Driver(withEcho).settle(echo)
  assert.deepEqual(driver.step({ kind: "echo-lost" }), [], "none has come back, so none can be missed")
  assert.equal(driver.session.state, "Up")
  driver.step({ kind: "echo-returned" })
  assert.deepEqual(driver.plan.echo, { interval: 20_000, detection: 60_000 })
  assert.deepEqual([driver.sends.requiredMinRx, driver.sends.poll], [1_000_000, true])
  assert.equal(driver.plan.detection, 3_000_000)
  driver.hear({ ...echo, final: true })
  driver.hear(echo)
  driver.hear({ requiredMinEchoRx: 0 })
  assert.deepEqual([driver.sends.requiredMinRx, driver.plan.detection], [50_000, 3_000_000])
  driver.hear({ requiredMinEchoRx: 0, final: true })
  assert.equal(driver.plan.detection, 150_000)
})

test("after a failure echo begins anew: none is missed before one came back", () => {
  const echo = { requiredMinEchoRx: 20_000 }
  const driver = new Driver(withEcho).settle(echo)
  driver.step({ kind: "echo-returned" })
  driver.step({ kind: "echo-lost" })
  assert.equal(driver.sends.diagnostic, diagnostic.echoFailed)
  driver.hear({ state: "Down", ...echo })
  driver.hear({ state: "Init", ...echo })
  assert.deepEqual(driver.plan.echo, { interval: 20_000, detection: undefined })
})

test("what we return of the peer's echo packets is what our packets say", () => {
  const driver = new Driver({ ...fast, echoReceiveInterval: 50_000 })
  assert.equal(driver.sends.requiredMinEchoRx, 50_000)
  change(driver, { echoReceiveInterval: 0 })
  assert.equal(driver.sends.requiredMinEchoRx, 0)
})

test("extreme intervals of a peer give finite times", () => {
  const driver = new Driver().settle()
  const most = 2 ** 32 - 1
  driver.step({
    kind: "packet",
    packet: fromPeer({ desiredMinTx: most, requiredMinRx: most, detectMultiplier: 255 }),
    at: driver.now,
  })
  assert.deepEqual([driver.plan.interval, driver.plan.detection], [most, 255 * most])
  driver.hear({ desiredMinTx: 0, requiredMinRx: 1, detectMultiplier: 1 })
  assert.deepEqual([driver.plan.interval, driver.plan.detection], [50_000, 50_000])
})
