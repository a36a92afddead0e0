import assert from "node:assert/strict"
import { test } from "node:test"
import { startSpeaker } from "../../../agent/speaker/speaker.ts"
import type { Json } from "../kube-client/fake-store.ts"
import { ethernet, fakeHost } from "./fake-link.ts"
import { installNamespace } from "./harness.ts"
import { assigned, exclude, mac, standard, start } from "./speaking.ts"

test("a speaker that is asked says what it announces, where, and what became of an address", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  const { running } = start(cluster, "node-1")
  await cluster.clock.advance(1_000)
  const ask = (question: string, argument = "") => running.questions?.[question]?.(argument)
  const web = { address: "192.0.2.10", services: ["default/web"], interfaces: [], obstacle: null, claimed: null }
  assert.deepEqual(ask("owners"), [web])
  assert.deepEqual(ask("first-use"), [])
  const [link] = ask("links") as readonly { name: string; mac: string }[]
  assert.deepEqual([link?.name, link?.mac], ["eth0", mac])
  exclude(cluster, "node-1")
  await cluster.clock.advance(1_000)
  const changes = ask("history", "192.0.2.10") as readonly (readonly Json[])[]
  assert.deepEqual(
    changes.map(([, vip, on, did, other, reason]) => [vip, on, did, other, reason]),
    [
      ["192.0.2.10", "node-1", "started", null, "ML360"],
      ["192.0.2.10", "node-1", "stopped", null, "ML308"],
    ],
  )
  assert.deepEqual(ask("history", "192.0.2.99"), [])
  assert.deepEqual(ask("history", "web"), [])
})

test("the history of an address outlives the process, and a file that is no history says nothing", async () => {
  const cluster = standard()
  assigned(cluster, "web", "192.0.2.10")
  let kept: unknown
  const history = {
    read: () => kept,
    write: (value: unknown) => {
      kept = JSON.parse(JSON.stringify(value))
      return undefined
    },
  }
  const speak = (read: () => unknown) => {
    const host = fakeHost(ethernet(2, "eth0"))
    const edges = { ...cluster.agent().edges, ...host.edges, history: { ...history, read } }
    const options = { namespace: installNamespace, podName: "speaker-node-1", nodeName: "node-1", lbClass: "" }
    const more = { ignoreExcludeLb: false, isExcluded: () => false, refreshEvery: 0, bgpListenPort: 0 }
    return startSpeaker(edges, { ...options, ...more })
  }
  const count = ({ questions = {} }: ReturnType<typeof speak>) => {
    const answer = questions["history"]?.("")
    return Array.isArray(answer) ? answer.length : undefined
  }
  const first = speak(history.read)
  await cluster.clock.advance(5_000)
  assert.equal(count(first), 1)
  const second = speak(history.read)
  await cluster.clock.advance(1_000)
  assert.equal(count(second), 2)
  const third = speak(() => ({ at: [1, null, "x"] }))
  await cluster.clock.advance(1_000)
  assert.equal(count(third), 1)
})
