import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import { conflictLabel } from "../../../agent/core/kube/decode-conflict.ts"
import { type Company, company, said, until, vip, without } from "./company.ts"
import { collections } from "./harness.ts"

const macOf = (node: string) => `02:00:00:00:01:0${node.slice(-1)}`
const statusOf = ({ cluster }: Company) =>
  cluster.api.store.list(collections.statuses).map(({ status }) => (status as { node: string }).node)

/** node-1, the owner, goes away at once, and node-2 answers. */
const killed = async () => {
  const all = await company()
  const second = all.speakers.get("node-2")
  second?.host.taken()
  all.lan.kill("node-1")
  // What is left of it in this process must not go on writing to the API.
  void all.speakers.get("node-1")?.running.stop()
  without(all, "node-1")
  const after = await until(all, "node-2")
  return { all, second, after }
}

/** Every answer makes events on the wire, so time goes on in steps here. */
const untilItself = async (all: Company, node: string): Promise<number> => {
  const began = all.clock.monotonic()
  for (let at = 0; at < 1_000 && said(all, node)[0]?.includes(` is at ${macOf(node)} `) !== true; at += 5)
    await all.clock.advance(5)
  assert.match(said(all, node)[0] ?? "", new RegExp(` is at ${macOf(node)} `))
  return all.clock.monotonic() - began
}

const restart = (all: Company) => void all.speakers.set("node-1", all.start("node-1"))

test("an owner whose process is killed is answered for within 50 ms, with its own MAC, by one node", async () => {
  const { all, after } = await killed()
  assert.ok(after < 50, `${after} ms`)
  for (let passed = 0; passed < 20_000; passed += 1_000) {
    assert.equal(all.owner(), "node-2")
    const [answer] = said(all, "node-2")
    assert.match(answer ?? "", new RegExp(` reply ${vip} is at ${macOf("node-1")} `))
    await all.clock.advance(1_000)
  }
})

test("a stand-in announces nothing, and status, events and the announced gauge stay with the owner", async () => {
  const { all, second } = await killed()
  const heard: string[] = []
  for (let passed = 0; passed < 10_000; passed += 100) {
    await all.clock.advance(100)
    heard.push(...(second?.host.taken() ?? []))
  }
  assert.deepEqual(
    heard.filter(frame => frame.includes(` ${vip} is at `)),
    [],
  )
  assert.deepEqual(statusOf(all), ["node-1"])
  assert.equal(all.cluster.events().length, 1)
  assert.equal(second?.metric('metallb_ownership_changes_total{change="stood-in",reason="ML390"}'), "1")
  const gauge = 'metallb_speaker_announced{ip="192.0.2.10",node="node-2",protocol="layer2",service="default/web"}'
  assert.equal(second?.metric(gauge), undefined)
  const history = second?.running.questions?.["history"]?.(vip)
  const change: unknown = Array.isArray(history) ? history[0] : undefined
  const told = Array.isArray(change) ? change.slice(1, 7) : change
  assert.deepEqual(told, [vip, "node-2", "stood-in", "node-1", "ML390", "ML354"])
})

test("an owner that comes back answers for itself again, nobody else does, and nothing changed hands", async () => {
  const { all, second } = await killed()
  await all.clock.advance(2_000)
  restart(all)
  for (let at = 0; at < 10_000 && all.owner() !== "node-1"; at += 5) {
    assert.notEqual(all.owner(), "", "answered at every moment")
    await all.clock.advance(5)
  }
  assert.equal(all.owner(), "node-1")
  assert.match(said(all, "node-1")[0] ?? "", new RegExp(`is at ${macOf("node-1")} `))
  await all.clock.advance(30_000)
  assert.equal(all.owner(), "node-1")
  assert.deepEqual(statusOf(all), ["node-1"])
  assert.equal(all.cluster.events().length, 1)
  assert.equal(second?.metric('metallb_ownership_changes_total{change="stood-down",reason="ML394"}'), "1")
  const conflicts = all.cluster.events().filter(event => event.includes("addressConflict"))
  assert.deepEqual(conflicts, [])
})

test("a speaker whose pod is deleted is stood in for first: there is an answer at every moment, with one MAC", async () => {
  const all = await company()
  all.pod("node-1", true)
  await all.clock.advance(100)
  let ended = false
  const stopping = all.speakers
    .get("node-1")
    ?.running.stop()
    .then(() => {
      ended = true
    })
  for (let at = 0; at < 300 && !ended; at += 1) {
    const answers = ["node-1", "node-2", "node-3"].flatMap(node => said(all, node))
    assert.notEqual(answers.length, 0)
    for (const answer of answers) assert.match(answer, new RegExp(`is at ${macOf("node-1")} `))
    await all.clock.advance(1)
  }
  await all.clock.advance(5_000)
  await stopping
  assert.equal(all.owner(), "node-2")
  assert.deepEqual(statusOf(all), ["node-1"], "its pod is replaced, its node announces")
})

test("a node that dies while its speaker is away is replaced within 0.3 s, and announced anew", async () => {
  const { all } = await killed()
  await all.clock.advance(2_000)
  all.lan.powerOff("node-1")
  const after = await untilItself(all, "node-2")
  assert.ok(after < 300, `${after} ms`)
  await all.clock.advance(5_000)
  assert.deepEqual(statusOf(all), ["node-2"])
})

test("a stand-in that is killed too is followed by the third, in the first one's name", async () => {
  const { all } = await killed()
  await all.clock.advance(1_000)
  all.lan.kill("node-2")
  without(all, "node-2")
  assert.ok((await until(all, "node-3")) < 50)
  assert.match(said(all, "node-3")[0] ?? "", new RegExp(`is at ${macOf("node-1")} `))
})

test("a speaker that is asked to stop while its pod stays hands over for good: its machine may shut down", async () => {
  const all = await company()
  void all.speakers.get("node-1")?.running.stop()
  await untilItself(all, "node-2")
})

test("the speaker of a node that its kubelet calls not ready hands over for good", async () => {
  const all = await company()
  all.pod("node-1", true)
  all.ready("node-1", "False")
  await all.clock.advance(1_000)
  assert.equal(all.owner(), "node-1")
  void all.speakers.get("node-1")?.running.stop()
  await untilItself(all, "node-2")
})

test("an owner whose last local endpoint goes while its speaker is away is taken over from", async () => {
  const all = await company()
  all.service(true)
  await all.clock.advance(1_000)
  all.lan.kill("node-1")
  without(all, "node-1")
  await until(all, "node-2")
  all.endpoints("node-2", "node-3")
  await untilItself(all, "node-2")
})

test("while all speakers are replaced one after another there is an answer at every moment, with one MAC", async () => {
  for (const order of [
    ["node-1", "node-2", "node-3"],
    ["node-3", "node-2", "node-1"],
    ["node-2", "node-1", "node-3"],
  ]) {
    const all = await company()
    const pass = async (ms: number) => {
      for (let at = 0; at < ms; at += 5) {
        const answers = [...all.speakers.keys()].flatMap(node => said(all, node))
        assert.notEqual(answers.length, 0, `${order} at ${all.clock.monotonic()} ms`)
        for (const answer of answers) assert.match(answer, new RegExp(`is at ${macOf("node-1")} `))
        await all.clock.advance(5)
      }
    }
    for (const node of order) {
      all.pod(node, true)
      await pass(50)
      let ended = false
      const stopping = all.speakers
        .get(node)
        ?.running.stop()
        .then(() => {
          ended = true
        })
      for (let at = 0; at < 3_000 && !ended; at += 5) await pass(5)
      await stopping
      without(all, node)
      all.lan.kill(node)
      await pass(700)
      const again = all.start(node)
      all.speakers.set(node, again)
      for (let at = 0; at < 10_000 && again.running.missing().length > 0; at += 5) await pass(5)
      assert.deepEqual(again.running.missing(), [])
    }
    await pass(3_000)
    assert.equal(all.owner(), "node-1")
    assert.deepEqual(statusOf(all), ["node-1"])
  }
})

test("nobody stands in for an address that its owner may not announce, since another machine has it", async () => {
  const all = await company()
  const conflict = { address: vip, mac: "02:bb:00:00:00:01", interface: "eth0", node: "node-1" }
  all.cluster.put(collections.statuses, {
    metadata: {
      name: `conflict-${createHash("sha256").update(vip).digest("hex").slice(0, 16)}`,
      namespace: "metallb-system",
      labels: { [conflictLabel]: "" },
    },
    status: { conflict: { ...conflict, serviceName: "web", serviceNamespace: "default" } },
  })
  await all.clock.advance(1_000)
  all.lan.kill("node-1")
  void all.speakers.get("node-1")?.running.stop()
  without(all, "node-1")
  await all.clock.advance(2_000)
  assert.equal(all.owner(), "")
})
