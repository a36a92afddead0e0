import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, before, beforeEach, test } from "node:test"
import { compileAddon } from "../../agent/native/compile.ts"
import { type Lan, makeLan } from "./lan.ts"
import { waitFor } from "./wait.ts"

type Line = {
  readonly event: string
  readonly at: number
  readonly mac?: string
  readonly vip?: string
  readonly reason?: string
}

const vip = "10.78.0.200"
const count = 4

class Child {
  readonly lines: Line[] = []
  readonly process: ChildProcess

  constructor(prefix: readonly string[], ...args: readonly string[]) {
    const [file = "", ...rest] = [...prefix, process.execPath, join(import.meta.dirname, "guard-program.ts"), ...args]
    this.process = spawn(file, rest, { stdio: ["pipe", "pipe", "inherit"] })
    if (this.process.stdout === null) throw new Error("no output")
    createInterface({ input: this.process.stdout }).on("line", line => this.lines.push(JSON.parse(line) as Line))
  }

  of(event: string): readonly Line[] {
    return this.lines.filter(line => line.event === event)
  }

  async end(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = once(this.process, "exit")
    this.process.kill("SIGKILL")
    await ended
  }
}

let lan: Lan
let nodes: readonly Child[]
let client: Child

const startNode = (index: number) => new Child(lan.enter(String(index)), "node", String(index), String(count), vip)
const owners = () => nodes.filter(node => node.of("start").length > node.of("stop").length)
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

/** Milliseconds between two answers where it was longest, and whether another node answers now. */
const outage = async (from: number, oldOwner: Child): Promise<number> => {
  await waitFor("another owner", () => owners().find(node => node !== oldOwner))
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

test("an owner that is killed is replaced as soon as its kernel refuses the connection", async t => {
  const ms = await fail(t, owner => owner.process.kill("SIGKILL"))
  assert.ok(ms < 200, `${ms} ms`)
})

test("an owner that is stopped is replaced, and yields when it goes on", async t => {
  const [old] = owners()
  assert.ok(old)
  const ms = await fail(t, owner => owner.process.kill("SIGSTOP"))
  assert.ok(ms < 700, `${ms} ms`)
  old.process.kill("SIGCONT")
  await waitFor("one owner after the pause", () =>
    owners().length === 1 && old.of("stop").length > 0 ? true : undefined,
  )
})

test("an owner that leaves hands over without a gap", async t => {
  const ms = await fail(t, owner => owner.process.stdin?.write("leave\n"))
  assert.ok(ms < 100, `${ms} ms`)
})
