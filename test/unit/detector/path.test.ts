import assert from "node:assert/strict"
import { test } from "node:test"
import type { DetectorEffect } from "../../../agent/core/detector/state.ts"
import { addressOf, Driver, lan, macOf } from "./driver.ts"

const asks = (effects: readonly DetectorEffect[]) => effects.filter(effect => effect.type === "ask")

/** n2's speaker is away and n1 answers in its name. */
const standing = () => {
  const driver = new Driver(["n2", "n3"])
  driver.step({ type: "owns", node: "n2", link: lan, vip: "192.168.1.71", near: true, mac: macOf("n2") })
  driver.step({ type: "watch", node: "n2", link: lan, mac: macOf("n2") })
  return driver
}

const answered = (driver: Driver, node: string) =>
  driver.step({ type: "frame", link: lan, mac: macOf(node), address: addressOf(node), at: driver.now })

test("a node that answers for itself is asked alone, every 50 ms, however late the timers are and the answers come", () => {
  const driver = standing()
  const sent = asks(driver.effects).length
  for (let round = 0; round < 40; round++) {
    driver.now += 0.5
    answered(driver, "n2")
    driver.now += 51
    driver.step({ type: "wake" })
  }
  const all = asks(driver.effects)
  assert.deepEqual(
    all.filter(ask => ask.mac === undefined),
    [],
    "nobody else is asked",
  )
  assert.equal(all.length - sent, 40)
})

test("once an answer is missing others are asked too, faster, and the node is dead after 150 ms if they are heard", () => {
  const driver = standing()
  answered(driver, "n2")
  const from = driver.now
  let gone: number | undefined
  while (gone === undefined && driver.now < from + 400) {
    const effects = driver.pass(10)
    answered(driver, "n3")
    if (effects.some(effect => effect.type === "gone" && effect.node === "n2")) gone = driver.now - from
  }
  assert.ok(gone !== undefined && gone >= 150 && gone <= 180, `after ${gone} ms`)
  const others = asks(driver.effects).filter(ask => ask.mac === undefined)
  assert.ok(others.length >= 2, "others are asked")
  assert.ok(others.every(ask => ask.addresses.includes(addressOf("n3")) && !ask.addresses.includes(addressOf("n2"))))
})
