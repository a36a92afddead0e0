import assert from "node:assert/strict"
import { test } from "node:test"
import type { Header } from "../../../agent/core/detector/packet.ts"
import {
  acceptOnce,
  forget,
  highestOf,
  nothingSeen,
  type Seen,
  takenUpTo,
} from "../../../agent/core/detector/replay.ts"

const header = (sequence: number, changed: Partial<Header> = {}): Header => ({
  from: "n1",
  boot: 100,
  sequence,
  link: "l",
  type: 2,
  ...changed,
})

const taken = (headers: readonly Header[], mark?: number) => {
  let seen: Seen = nothingSeen
  return headers.map(one => {
    const accepted = acceptOnce(seen, one, mark)
    if (accepted.ok) seen = accepted.seen
    return accepted.ok ? "ok" : accepted.fault
  })
}

test("each sequence is taken once, in any order within 64", () => {
  assert.deepEqual(taken([header(5), header(5), header(3), header(6), header(3), header(6)]), [
    "ok",
    "replayed",
    "ok",
    "ok",
    "replayed",
    "replayed",
  ])
})

test("the window is 64 wide: 63 behind is taken, 64 behind is not", () => {
  assert.deepEqual(taken([header(100), header(37), header(36)]), ["ok", "ok", "replayed"])
})

test("after a leap of any length the old ones are gone", () => {
  assert.deepEqual(taken([header(1), header(1_000_000), header(1), header(999_999)]), ["ok", "ok", "replayed", "ok"])
})

test("a restarted process begins anew, and packets of the one before are refused", () => {
  assert.deepEqual(taken([header(9), header(1, { boot: 101 }), header(10)]), ["ok", "ok", "old-boot"])
})

test("a process that started with a clock set back is taken where the membership knows it", () => {
  const back = header(1, { boot: 50 })
  assert.deepEqual(taken([header(9), back]), ["ok", "old-boot"])
  assert.deepEqual(taken([header(9), back], 50), ["ok", "ok"])
})

test("heartbeats, messages, links and senders are counted apart", () => {
  assert.deepEqual(taken([header(5), header(5, { type: 1 }), header(5, { link: "m" }), header(5, { from: "n2" })]), [
    "ok",
    "ok",
    "ok",
    "ok",
  ])
})

test("windows of nodes that are known no more are dropped", () => {
  const accepted = acceptOnce(nothingSeen, header(1), undefined)
  assert.ok(accepted.ok)
  assert.equal(forget(accepted.seen, node => node !== "n1").size, 0)
})

test("what was taken elsewhere is not taken again, in no order", () => {
  const first = acceptOnce(nothingSeen, header(10), undefined)
  assert.ok(first.ok)
  const seen = takenUpTo(first.seen, header(40))
  assert.equal(highestOf(seen, header(0)), 40)
  for (const sequence of [10, 11, 39, 40]) {
    assert.deepEqual(acceptOnce(seen, header(sequence), undefined), { ok: false, fault: "replayed" })
  }
  assert.equal(acceptOnce(seen, header(41), undefined).ok, true)
  assert.equal(takenUpTo(seen, header(12)), seen)
})

test("another process of the node is not what was taken elsewhere", () => {
  const first = acceptOnce(nothingSeen, header(10, { boot: 200 }), undefined)
  assert.ok(first.ok)
  assert.equal(takenUpTo(first.seen, header(40, { boot: 100 })), first.seen)
  assert.equal(highestOf(first.seen, header(0, { boot: 100 })), 0)
})
