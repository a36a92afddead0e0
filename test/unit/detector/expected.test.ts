import assert from "node:assert/strict"
import { test } from "node:test"
import { type Expected, unsignedHeartbeat } from "../../../agent/core/detector/expected.ts"
import { encodeMessage } from "../../../agent/core/detector/message.ts"
import { sealPacket } from "../../../agent/core/detector/packet.ts"
import type { DetectorEffect } from "../../../agent/core/detector/state.ts"
import { signingCrypto } from "../../../agent/ports/signing-crypto.ts"
import { addressOf, asked, bootOf, Driver, gone, lan, macOf } from "./driver.ts"

const of = (node: string): Expected => ({ node, link: lan, boot: bootOf(node), mac: macOf(node) })
const expected = (effects: readonly DetectorEffect[]) =>
  effects.flatMap(effect => (effect.type === "expect" ? [effect.expected.map(({ node }) => node)] : []))
const hears = (driver: Driver, ...nodes: readonly string[]) =>
  driver.step({ type: "heard", beats: nodes.map(node => ({ ...of(node), at: driver.now })) })
const connections = (driver: Driver, node: string, state: "lost" | "accepted") =>
  driver.step({ type: "connection", node, state })

test("from the first heartbeat on the others of that process need not be told", () => {
  const driver = new Driver(["n2", "n3"])
  assert.deepEqual(expected(driver.effects), [])
  assert.deepEqual(expected(driver.beats("n2")), [["n2"]])
  assert.deepEqual(expected(driver.beats("n2")), [])
  assert.deepEqual(expected(driver.beats("n3")), [["n2", "n3"]])
  connections(driver, "n2", "accepted")
  connections(driver, "n3", "accepted")
  assert.equal(driver.wakeAt, undefined)
})

test("a template differs from the packet of that process in sequence and tag alone", () => {
  const { type, body } = encodeMessage({ type: "heartbeat", mac: macOf("n2") })
  const header = { from: "n2", boot: bootOf("n2"), sequence: 0x010203040506, link: lan, type }
  const sealed = sealPacket(header, body, new Uint8Array(32), signingCrypto)
  const template = unsignedHeartbeat(of("n2"))
  assert.equal(template.length, sealed.length)
  const differing = [...template.keys()].filter(at => template[at] !== sealed[at])
  assert.ok(differing.every(at => (at >= 10 && at < 16) || at >= sealed.length - 16))
})

test("silence is judged by the last heartbeat that was heard, and ends the expectation", () => {
  const driver = new Driver(["n2", "n3"])
  driver.beats("n2")
  connections(driver, "n2", "accepted")
  driver.now = 1_000
  hears(driver, "n2")
  assert.equal(driver.wakeAt, undefined)
  driver.now = 1_149
  assert.deepEqual(asked(driver.step({ type: "wake" })), [])
  driver.now = 1_150
  const effects = driver.step({ type: "wake" })
  assert.ok(asked(effects).includes(addressOf("n2")))
  assert.deepEqual(expected(effects), [[]])
  assert.deepEqual(expected(driver.beats("n2")), [["n2"]])
})

test("silence that ends within the grace after a stall is judged at the end of it", () => {
  const driver = new Driver(["n2", "n3"])
  driver.beats("n2")
  connections(driver, "n2", "accepted")
  driver.now = 140
  driver.step({ type: "stalled" })
  driver.now = 150
  assert.deepEqual(asked(driver.step({ type: "wake" })), [])
  assert.equal(driver.wakeAt, 200)
  assert.ok(asked(driver.pass(50)).includes(addressOf("n2")))
})

test("heartbeats of several, heard at once, do not make the others look silent", () => {
  const driver = new Driver(["n2", "n3"])
  driver.beats("n2")
  driver.beats("n3")
  driver.now = 5_000
  assert.deepEqual(asked(hears(driver, "n2", "n3")), [])
  assert.deepEqual(gone(driver.pass(149)), [])
})

test("whoever said goodbye, is gone or is asked about is not expected", () => {
  const driver = new Driver(["n2", "n3"])
  driver.beats("n2")
  assert.deepEqual(expected(driver.says("n2", { type: "bye" })), [[]])
  driver.beats("n2")
  driver.beats("n3")
  driver.alive(["n3"], 300)
  driver.pass(100)
  assert.equal(gone(driver.effects).length, 1)
  assert.deepEqual(
    driver.state.expected.map(({ node }) => node),
    [],
  )
})

test("nobody is expected where this speaker hears nobody: any heartbeat is news", () => {
  const driver = new Driver(["n2", "n3"])
  driver.beats("n2")
  driver.beats("n3")
  driver.pass(400)
  const phases = [...driver.state.pairs.values()].map(({ phase }) => phase.name)
  assert.deepEqual(phases, ["cut-off", "cut-off"])
  assert.deepEqual(driver.state.expected, [])
})

test("a connection that cannot be had is tried again after a second, though no heartbeat is told", () => {
  const driver = new Driver(["n2", "n3"])
  driver.beats("n2")
  connections(driver, "n2", "lost")
  assert.equal(driver.wakeAt, 1_000)
  driver.now = 990
  hears(driver, "n2")
  driver.now = 1_000
  assert.deepEqual(
    driver.step({ type: "wake" }).flatMap(effect => (effect.type === "connect" ? [effect.node] : [])),
    ["n2"],
  )
  assert.equal(driver.wakeAt, undefined)
})
