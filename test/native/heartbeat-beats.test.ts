import assert from "node:assert/strict"
import { afterEach, before, beforeEach, test } from "node:test"
import { compileAddon } from "../../agent/native/compile.ts"
import type { Line } from "./heartbeat-child.ts"
import { HeartbeatEnds } from "./heartbeat-ends.ts"
import { waitFor } from "./wait.ts"

let ends: HeartbeatEnds
before(compileAddon)
beforeEach(async () => {
  ends = new HeartbeatEnds("hear")
  await ends.begin()
  await waitFor("the first beats", () => (ends.ear.of("beat").length >= 3 ? true : undefined))
})
afterEach(() => ends.end())

const largestGap = (lines: readonly Line[]) => Math.max(...lines.map(line => line.gap ?? 0))

test("heartbeats come every 50 ms, each sequence once and in order", async () => {
  const { ear } = ends
  const from = ear.beats.length
  await waitFor("two seconds of beats", () => (ear.beats.length >= from + 40 ? true : undefined))
  const beats = ear.beats.slice(from, from + 40)
  const first = beats[0]?.sequence ?? 0
  assert.deepEqual(
    beats.map(beat => beat.sequence),
    beats.map((_, at) => first + at),
  )
  const mean = beats.reduce((sum, beat) => sum + (beat.gap ?? 0), 0) / beats.length
  assert.ok(mean > 45 && mean < 55, `mean gap ${mean} ms`)
  assert.equal(beats[0]?.address, "10.77.0.1")
})

test("they go on while the event loop is busy, and end half a second after it stopped", async () => {
  const { ear, heart } = ends
  await waitFor("a full stock", () => (ear.beats.length > 12 ? true : undefined))
  const before = ear.beats.length
  heart.tell("block 250")
  await waitFor("beats during the block", () => (ear.beats.length >= before + 8 ? true : undefined))
  assert.ok(largestGap(ear.beats.slice(before)) < 140, `largest gap ${largestGap(ear.beats.slice(before))} ms`)
  const steady = (await heart.ask("report")).steadyFor ?? 0
  assert.ok(steady > 250, `no gap for ${steady} ms`)
  const busy = ear.beats.length
  heart.tell("block 2000")
  const report = await heart.ask("report")
  assert.ok((report.empty ?? 0) >= 25, `${report.empty} beats were left out`)
  assert.equal(report.steadyFor, 0, "the last one is long ago")
  await waitFor("beats after the block", () => (ear.beats.length > busy + 14 ? true : undefined))
  assert.ok(largestGap(ear.beats.slice(busy)) > 1_300, "silent while the loop stood still")
})

test("a process that was stopped does not make up for what it missed", async () => {
  const { ear, heart, segment } = ends
  heart.process.kill("SIGSTOP")
  const stopped = ear.beats.length
  await waitFor("a second of silence", () => {
    const line = segment.node.shell("sleep 1; echo over")
    return line.includes("over") ? true : undefined
  })
  assert.ok(ear.beats.length - stopped <= 1)
  heart.process.kill("SIGCONT")
  await waitFor("beats again", () => (ear.beats.length >= stopped + 6 ? true : undefined))
  const gaps = ear.beats.slice(stopped + 1, stopped + 6).map(beat => beat.gap ?? 0)
  assert.ok(Math.min(...gaps.slice(1)) > 20, `no burst: gaps ${gaps.map(Math.round).join(" ")}`)
  const { steadyFor = 0 } = await heart.ask("report")
  assert.ok(steadyFor > 100 && steadyFor < 900, `steady for ${steadyFor} ms, which is since it went on`)
})

test("a link that goes down and up again carries heartbeats again", async () => {
  const { ear, segment } = ends
  segment.node.ip("link", "set", "eth0", "down")
  segment.node.ip("link", "set", "eth0", "up")
  const from = ear.beats.length
  await waitFor("beats after the flap", () => (ear.beats.length >= from + 3 ? true : undefined))
})

test("after the end nothing is sent", async () => {
  const { ear, heart, segment } = ends
  heart.tell("close")
  heart.tell("report")
  await waitFor("the report", () => heart.lines.find(line => line.event === "report"))
  const from = ear.beats.length
  segment.node.shell("sleep 0.3")
  assert.ok(ear.beats.length <= from + 1)
})
