import assert from "node:assert/strict"
import { afterEach, before, beforeEach, test } from "node:test"
import { compileAddon } from "../../agent/native/compile.ts"
import { Child } from "./guard-child.ts"
import { type Lan, makeLan } from "./lan.ts"
import { waitFor } from "./wait.ts"

const vip = "fd78::200"
const count = 2
let lan: Lan
let nodes: readonly Child[]
let client: Child

const owners = () => nodes.filter(node => node.of("start").length > node.of("stop").length)

before(compileAddon)
beforeEach(async () => {
  lan = makeLan(count, "IPv6")
  client = new Child(lan.enter("client"), "client", vip)
  nodes = [1, 2].map(index => new Child(lan.enter(String(index)), "node", String(index), String(count), vip))
  await waitFor("one owner", () => (owners().length === 1 ? true : undefined))
  // Everybody has told everybody, and the heartbeats flow.
  await waitFor("two seconds of answers", () => (client.of("answer").length > 200 ? true : undefined))
  assert.equal(owners().length, 1)
})
afterEach(async () => {
  for (const child of [client, ...nodes]) await child.end()
  lan.remove()
})

test("of two nodes on an IPv6-only link the survivor takes over within a second: the router tells it that it hears, and nobody asks", async t => {
  const [owner] = owners()
  const survivor = nodes.find(node => node !== owner)
  assert.ok(owner && survivor)
  await client.end()
  const since = performance.now()
  lan.cable(String(nodes.indexOf(owner) + 1), false)
  owner.process.kill("SIGKILL")
  await waitFor("the survivor to answer", () => (survivor.of("start").length > 0 ? true : undefined))
  const ms = performance.now() - since
  t.diagnostic(`taken over after ${ms.toFixed(0)} ms`)
  assert.ok(ms < 1_000, `${ms} ms`)
})
