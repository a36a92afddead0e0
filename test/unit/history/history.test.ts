import assert from "node:assert/strict"
import { test } from "node:test"
import {
  changesIn,
  type History,
  mostOfAll,
  mostOfOne,
  noHistory,
  recorded,
} from "../../../agent/core/history/history.ts"
import { readHistory, savedHistory } from "../../../agent/core/history/saved.ts"
import type { SpeakerEffect } from "../../../agent/core/ownership/speaker.ts"

const link = "192.168.1.0/24"
const noon = Date.UTC(2026, 0, 1, 14, 2, 11)

const start = (vip: string, more: Partial<Extract<SpeakerEffect, { type: "start" }>> = {}): SpeakerEffect => ({
  type: "start",
  vip,
  link,
  reason: "ML360",
  from: undefined,
  vacantFor: 0,
  ...more,
})

const stop = (vip: string, more: Partial<Extract<SpeakerEffect, { type: "stop" }>> = {}): SpeakerEffect => ({
  type: "stop",
  vip,
  link,
  reason: "ML366",
  to: undefined,
  ...more,
})

const gone = (node: string): SpeakerEffect => ({
  type: "gone",
  node,
  link,
  boot: 1,
  gone: "node",
  own: true,
  reason: "ML352",
})

const after = (effects: readonly SpeakerEffect[], from: History = noHistory): History =>
  effects.reduce((history, effect, index) => recorded(history, [effect], "n1", noon + index), from)

test("a start and a stop are told with the other node, the reason and the time without an owner", () => {
  const history = after([
    start("10.0.0.1", { reason: "ML361", from: "n2", vacantFor: 210 }),
    stop("10.0.0.1", { to: "n3" }),
  ])
  assert.deepEqual(changesIn(history, "10.0.0.1"), [
    {
      at: noon,
      vip: "10.0.0.1",
      node: "n1",
      did: "started",
      other: "n2",
      reason: "ML361",
      because: undefined,
      vacantFor: 210,
    },
    {
      at: noon + 1,
      vip: "10.0.0.1",
      node: "n1",
      did: "stopped",
      other: "n3",
      reason: "ML366",
      because: undefined,
      vacantFor: undefined,
    },
  ])
})

test("what the detector found of the owner before is the cause, until the node is heard again", () => {
  const taken = start("10.0.0.1", { reason: "ML361", from: "n2" })
  const back: SpeakerEffect = { type: "back", node: "n2", link, reason: "ML356" }
  const causes = (effects: readonly SpeakerEffect[]) => changesIn(after(effects)).map(({ because }) => because)
  assert.deepEqual(causes([gone("n2"), taken]), ["ML352"])
  assert.deepEqual(causes([gone("n3"), taken]), [undefined])
  assert.deepEqual(causes([gone("n2"), back, taken]), [undefined])
})

test("a pause changes no owner", () => {
  assert.equal(after([stop("10.0.0.1", { reason: "ML368" }), start("10.0.0.1", { reason: "ML379" })]).count, 0)
})

test("of one address the last fifty changes are kept", () => {
  const history = after(Array.from({ length: 120 }, (_, turn) => (turn % 2 === 0 ? start : stop)("10.0.0.1")))
  const kept = changesIn(history, "10.0.0.1")
  assert.equal(kept.length, mostOfOne)
  assert.equal(history.count, mostOfOne)
  assert.equal(kept.at(-1)?.at, noon + 119)
})

test("where all together are too many, those that change most lose their oldest, and who changed once is remembered", () => {
  const addresses = Array.from({ length: 500 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
  let history = after([start("192.168.1.9")])
  for (let turn = 0; turn < 8; turn += 1) {
    const starts = addresses.map(vip => start(vip))
    history = recorded(history, starts, "n1", noon + turn)
  }
  assert.equal(history.count, mostOfAll)
  assert.equal(changesIn(history).length, mostOfAll)
  assert.equal(changesIn(history, "192.168.1.9").length, 1)
  const counts = addresses.map(vip => changesIn(history, vip).length)
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${Math.min(...counts)} to ${Math.max(...counts)}`)
})

test("it is saved and read back, within a quarter of a megabyte at its largest", () => {
  const addresses = Array.from(
    { length: 3000 },
    (_, index) => `2001:db8:1234:5678:9abc:def0:1234:${index.toString(16)}`,
  )
  const taken = addresses.map(vip => start(vip, { reason: "ML361", from: "n2", vacantFor: 210 }))
  const history = recorded(noHistory, [gone("n2"), ...taken], "n1", noon)
  const text = JSON.stringify(savedHistory(history))
  assert.ok(text.length < 256 * 1024, String(text.length))
  assert.deepEqual(changesIn(readHistory(JSON.parse(text))), changesIn(history))
})

test("what is no change is passed over, whatever the file holds", () => {
  const good = [noon, "10.0.0.1", "n1", "started", null, "ML360", null, 0]
  const bad = [
    null,
    7,
    {},
    [],
    good.with(0, "noon"),
    good.with(0, Number.NaN),
    good.with(1, "nowhere"),
    good.with(2, ""),
    good.with(2, "n".repeat(254)),
    good.with(3, "paused"),
    good.with(4, 7),
    good.with(5, "ML999"),
    good.with(5, "toString"),
    good.with(6, "?"),
    good.with(7, -1),
  ]
  assert.equal(readHistory([...bad, good]).count, 1)
  assert.equal(readHistory("[]").count, 0)
  assert.equal(readHistory(undefined).count, 0)
})

test("who stands in is told with the owner and what had become of its speaker, and the owner's return is no change", () => {
  const vip = "10.0.0.1"
  const stands = { type: "stand-in", vip, link, reason: "ML390", node: "n2", mac: "02:00:00:00:00:02" } as const
  const down = { type: "stand-down", vip, link, reason: "ML394", node: "n2", to: "n2" } as const
  assert.deepEqual(changesIn(after([gone("n2"), stands, down])), [
    {
      ...{ at: noon + 1, vip, node: "n1", did: "stood-in", other: "n2", reason: "ML390" },
      ...{ because: "ML352", vacantFor: undefined },
    },
  ])
  assert.equal(after([stop(vip, { reason: "ML391", to: "n2" }), start(vip, { reason: "ML393", from: "n2" })]).count, 0)
  assert.equal(after([{ ...stands, reason: "ML379" }]).count, 0, "it was silent for a moment")
  const told = after([stands])
  assert.deepEqual(changesIn(readHistory(JSON.parse(JSON.stringify(savedHistory(told))))), changesIn(told))
})
