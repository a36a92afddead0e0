import assert from "node:assert/strict"
import { once } from "node:events"
import { afterEach, before, beforeEach, test } from "node:test"
import { setTimeout as pass } from "node:timers/promises"
import { compileAddon } from "../../agent/native/compile.ts"
import { Child } from "./guard-child.ts"
import { type Lan, makeLan } from "./lan.ts"
import { waitFor } from "./wait.ts"

const vip = "10.78.0.200"
const count = 4

let lan: Lan
let nodes: readonly Child[]
let client: Child

const startNode = (index: number) => new Child(lan.enter(String(index)), "node", String(index), String(count), vip)
const owners = () => nodes.filter(node => node.of("start").length > node.of("stop").length)
/** Who answers in another's name; a take-over ends it too. */
const standIns = () =>
  nodes.filter(node => (node.lines.findLast(({ event }) => changes.has(event))?.event ?? "") === "stand-in")
const changes: ReadonlySet<string> = new Set(["start", "stop", "stand-in", "stand-down"])
/** The MACs that answered since then. */
const macsSince = (from: number) => [
  ...new Set(
    client
      .of("answer")
      .slice(from)
      .map(({ mac }) => mac),
  ),
]
const indexOf = (node: Child | undefined) => (node === undefined ? -1 : nodes.indexOf(node) + 1)

before(compileAddon)
beforeEach(async () => {
  lan = makeLan(count)
  client = new Child(lan.enter("client"), "client", vip)
  nodes = Array.from({ length: count }, (_, at) => startNode(at + 1))
  await waitFor("one owner", () => (owners().length === 1 ? true : undefined))
  const owner = owners()[0]
  await waitFor("its answers", () => (client.of("answer").length > 50 ? true : undefined))
  // Everybody has told everybody, and the heartbeats flow.
  const from = client.of("answer").length
  await waitFor("a second of peace", () => (client.of("answer").length > from + 100 ? true : undefined))
  assert.deepEqual(owners(), [owner])
})
afterEach(async () => {
  for (const child of [client, ...nodes]) await child.end()
  lan.remove()
})

/** Milliseconds between two answers where it was longest, until another node answers. */
const outage = async (from: number, oldOwner: Child): Promise<number> => {
  await waitFor("another one that answers", () => [...owners(), ...standIns()].find(node => node !== oldOwner))
  const after = client.of("answer").length
  await waitFor("its answers", () => (client.of("answer").length > after + 20 ? true : undefined))
  const answers = client.of("answer").slice(Math.max(0, from - 1))
  return Math.max(...answers.map((answer, at) => (at === 0 ? 0 : answer.at - (answers[at - 1]?.at ?? answer.at))))
}

const fail = async (
  t: { diagnostic: (text: string) => void },
  what: (owner: Child, index: number) => void,
): Promise<number> => {
  const [owner] = owners()
  assert.ok(owner)
  const from = client.of("answer").length
  what(owner, indexOf(owner))
  const ms = await outage(from, owner)
  t.diagnostic(`no answer for ${ms.toFixed(0)} ms`)
  return ms
}

test("an owner that loses its power is replaced within half a second", async t => {
  const ms = await fail(t, (owner, index) => {
    lan.cable(String(index), false)
    owner.process.kill("SIGKILL")
  })
  assert.ok(ms < 500, `${ms} ms`)
})

test("an owner whose cable is pulled is replaced within half a second, and there is one owner when it is back", async t => {
  const [old] = owners()
  assert.ok(old)
  const ms = await fail(t, (_, index) => lan.cable(String(index), false))
  assert.ok(ms < 500, `${ms} ms`)
  lan.cable(String(indexOf(old)), true)
  await waitFor("the old owner to see its link", () => (old.of("stop").length > 0 ? true : undefined))
  await waitFor("one owner", () => (owners().length === 1 ? true : undefined))
})

test("an owner that is killed is answered for as soon as its kernel refuses the connection, at its own MAC, until it is back", async t => {
  const from = client.of("answer").length
  const [old] = owners()
  assert.ok(old)
  const ms = await fail(t, owner => owner.process.kill("SIGKILL"))
  assert.ok(ms < 200, `${ms} ms`)
  const index = indexOf(old)
  nodes = nodes.with(index - 1, startNode(index))
  await waitFor("the owner to be back, alone", () =>
    nodes[index - 1]?.of("start").length === 1 && standIns().length === 0 ? true : undefined,
  )
  assert.equal(nodes[index - 1]?.of("start")[0]?.reason, "ML393")
  assert.equal(macsSince(from).length, 1)
  assert.deepEqual(
    nodes.flatMap(node => node.of("foreign")),
    [],
  )
})

test("the node of an owner that was killed is replaced within half a second when it dies too", async t => {
  const [old] = owners()
  assert.ok(old)
  await fail(t, owner => owner.process.kill("SIGKILL"))
  const from = client.of("answer").length
  const [before] = macsSince(from - 1)
  const since = performance.now()
  lan.cable(String(indexOf(old)), false)
  await waitFor("an answer at another MAC", () => (macsSince(from).some(mac => mac !== before) ? true : undefined))
  t.diagnostic(`another MAC after ${(performance.now() - since).toFixed(0)} ms`)
  assert.ok(performance.now() - since < 500, `${performance.now() - since} ms`)
})

test("an owner that is stopped is answered for at its own MAC, and goes on when it is let", async t => {
  const from = client.of("answer").length
  const [old] = owners()
  assert.ok(old)
  const ms = await fail(t, owner => owner.process.kill("SIGSTOP"))
  assert.ok(ms < 700, `${ms} ms`)
  old.process.kill("SIGCONT")
  await waitFor("the owner alone after the pause", () =>
    old.of("stop").length > 0 && owners().includes(old) && standIns().length === 0 ? true : undefined,
  )
  assert.deepEqual(owners(), [old])
  assert.equal(macsSince(from).length, 1)
})

test("an owner that leaves is stood in for without a gap, at its own MAC", async t => {
  const from = client.of("answer").length
  const ms = await fail(t, owner => owner.process.stdin?.write("leave\n"))
  assert.ok(ms < 100, `${ms} ms`)
  assert.equal(macsSince(from).length, 1)
})

test("all speakers are restarted one after another without a gap, and the VIP stays at one MAC", async t => {
  const from = client.of("answer").length
  const [old] = owners()
  assert.ok(old)
  const home = indexOf(old)
  for (let index = 1; index <= count; index += 1) {
    const leaving = nodes[index - 1]
    const ended = leaving && once(leaving.process, "exit")
    leaving?.process.stdin?.write("leave\n")
    await ended
    await pass(500)
    nodes = nodes.with(index - 1, startNode(index))
    await waitFor(`node ${home} to answer, alone`, () =>
      owners().some(node => indexOf(node) === home) && standIns().length === 0 ? true : undefined,
    )
    await pass(500)
  }
  const answers = client.of("answer").slice(from)
  const gap = Math.max(...answers.map(({ at }, index) => at - (answers[index - 1]?.at ?? at)))
  t.diagnostic(`no answer for ${gap.toFixed(0)} ms`)
  assert.ok(gap < 1_000, `${gap} ms`)
  assert.equal(macsSince(from).length, 1)
})
