import assert from "node:assert/strict"
import { afterEach, before, beforeEach, test } from "node:test"
import { compileAddon } from "../../agent/native/compile.ts"
import { HeartbeatEnds } from "./heartbeat-ends.ts"
import { waitFor } from "./wait.ts"

let ends: HeartbeatEnds
before(compileAddon)
beforeEach(async () => {
  ends = new HeartbeatEnds("watch")
  await ends.begin()
  await waitFor("the first beats", () => (ends.ear.of("ear").length >= 3 ? true : undefined))
})
afterEach(() => ends.end())

/** As bytes in hex. */
const firstHeard = () => ends.ear.of("ear")[0]?.hex ?? ""
const sequenceOf = (hex: string | undefined) => Buffer.from(hex ?? "", "hex").readUIntBE(10, 6)

test("what is no heartbeat goes to the socket as before, and only heartbeats to the ear", async () => {
  const { ear, heart } = ends
  for (const hex of ["", "c7", "c701", "c70102", "000000", "c70103", "01c701"]) heart.tell(`send ${hex}`)
  heart.tell("send c70101")
  await waitFor("both", () =>
    ear.of("socket").length >= 7 && ear.of("ear").some(({ hex }) => hex === "c70101") ? true : undefined,
  )
  assert.deepEqual(
    ear.of("socket").map(({ hex }) => hex),
    ["", "c7", "c701", "c70102", "000000", "c70103", "01c701"],
  )
  assert.ok(ear.of("ear").every(({ hex }) => hex?.startsWith("c70101")))
})

test("expected heartbeats are counted and not told, until they are expected no more", async () => {
  const { ear, segment } = ends
  const hex = firstHeard()
  ear.tell(`expect ${sequenceOf(hex)}`)
  await ear.ask("last")
  const told = ear.of("ear").length
  segment.node.shell("sleep 1")
  const last = await ear.ask("last")
  assert.ok((last.age ?? 1_000) < 110, `${last.age} ms ago`)
  assert.equal(ear.of("ear").length, told)
  assert.deepEqual(ear.of("silent"), [])
  const { alike } = await ear.ask("report")
  assert.ok((alike ?? 0) >= 18, `${alike} in a second`)
  const end = await ear.ask("end")
  await waitFor("the next one", () => ear.of("ear")[told])
  assert.equal(sequenceOf(ear.of("ear")[told]?.hex), (end.sequence ?? 0) + 1)
})

test("silence is told after 150 ms, and again while it lasts; a heartbeat ends it", async () => {
  const { ear, heart, segment } = ends
  const hex = firstHeard()
  ear.tell(`expect ${sequenceOf(hex)}`)
  segment.node.shell("sleep 0.3")
  heart.process.kill("SIGSTOP")
  await waitFor("the first sign of silence", () => ear.of("silent")[0])
  const { age } = await ear.ask("last")
  assert.ok((age ?? 0) >= 150 && (age ?? 0) < 250, `${age} ms after the last one`)
  await waitFor("two more", () => ear.of("silent")[2])
  heart.process.kill("SIGCONT")
  for (let again = 150; again >= 100; again = (await ear.ask("last")).age ?? 0) segment.node.shell("sleep 0.05")
  const before = ear.of("silent").length
  segment.node.shell("sleep 0.5")
  await ear.ask("last")
  assert.equal(ear.of("silent").length, before)
})

test("an event loop that stands still misses no heartbeat", async () => {
  const { ear } = ends
  const hex = firstHeard()
  ear.tell(`expect ${sequenceOf(hex)}`)
  ear.tell("block 1000")
  const { age } = await ear.ask("last")
  assert.ok((age ?? 1_000) < 110, `${age} ms ago`)
  assert.deepEqual(ear.of("silent"), [])
})

test("a heartbeat that was sent before, or signed with another key, is told and changes nothing", async () => {
  const { ear, heart, segment } = ends
  const hex = firstHeard()
  heart.tell("close")
  segment.node.shell("sleep 0.2")
  const other = await ends.begin(60_000)
  await waitFor("the sender", () => other.lines[0])
  const first = sequenceOf(hex)
  ear.tell(`expect ${first}`)
  await ear.ask("last")
  const told = ear.of("ear").length
  other.tell(`send ${hex}`)
  const forged = Buffer.from(hex, "hex")
  forged.writeUIntBE(first + 1_000, 10, 6)
  other.tell(`send ${forged.toString("hex")}`)
  await waitFor("both", () => ear.of("ear")[told + 1])
  assert.equal((await ear.ask("last")).sequence, first)
  assert.equal((await ear.ask("report")).alike, 0)
})
