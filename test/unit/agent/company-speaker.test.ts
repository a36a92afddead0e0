import assert from "node:assert/strict"
import { test } from "node:test"
import { company, names, steady, until, vip, without } from "./company.ts"
import { collections, installNamespace } from "./harness.ts"

test("the first in the order owns the address, and readiness of nodes and pods moves nothing", async () => {
  const all = await company()
  assert.equal(all.owner(), "node-1")
  all.ready("node-1", "False")
  await all.clock.advance(60_000)
  assert.equal(all.owner(), "node-1")
})

test("an owner that is powered off is replaced by the second within 0.3 s, though the API still calls it ready", async () => {
  const all = await company()
  all.lan.powerOff("node-1")
  without(all, "node-1")
  assert.ok((await until(all, "node-2")) < 300)
})

test("an owner whose process is killed is replaced within 50 ms", async () => {
  const all = await company()
  all.lan.kill("node-1")
  without(all, "node-1")
  assert.ok((await until(all, "node-2")) < 50)
})

test("an owner that is asked to stop hands over first: there is an owner at every moment", async () => {
  const all = await company()
  let ended = false
  const stopping = all.speakers
    .get("node-1")
    ?.running.stop()
    .then(() => {
      ended = true
    })
  for (let at = 0; at < 1_000 && !ended; at += 1) {
    assert.notEqual(all.owner(), "")
    await all.clock.advance(1)
  }
  assert.equal(all.owner(), "node-2")
  await all.clock.advance(5_000)
  await stopping
  assert.equal(all.owner(), "node-2")
})

test("a node that may not announce any longer hands over: there is an owner at every moment", async () => {
  const all = await company()
  all.service(true)
  await all.clock.advance(1_000)
  all.endpoints("node-3")
  for (let at = 0; at < 3_000 && all.owner() !== "node-3"; at += 1) {
    assert.notEqual(all.owner(), "")
    await all.clock.advance(1)
  }
  assert.equal(all.owner(), "node-3")
})

test("an API that is away moves nothing, and a dead owner is replaced all the same", async () => {
  const all = await company()
  all.cluster.api.down()
  await all.clock.advance(60_000)
  assert.equal(all.owner(), "node-1")
  all.lan.powerOff("node-1")
  without(all, "node-1")
  assert.ok((await until(all, "node-2")) < 300)
})

test("a stand-still silences the owner once for all that waited, and neither status nor events hear of it", async () => {
  const all = await company()
  await all.clock.advance(2_000)
  const one = all.speakers.get("node-1")
  const statuses = () => JSON.stringify(all.cluster.api.store.list(collections.statuses))
  const before = statuses()
  all.lan.starve("node-1", true)
  await all.clock.advance(120)
  all.lan.starve("node-1", false)
  one?.host.taken()
  one?.host.ask(2, vip, 150)
  assert.deepEqual(one?.host.taken(), [])
  for (let passed = 0; passed < 1_000; passed += 20) {
    await all.clock.advance(20)
    one?.host.ask(2, vip, 170 + passed)
  }
  assert.equal(all.owner(), "node-1")
  await all.clock.advance(5_000)
  assert.equal(one?.metric('metallb_ownership_changes_total{change="given-up",reason="ML368"}'), "1")
  assert.equal(statuses(), before)
  assert.equal(all.cluster.events().length, 1)
})

test("a process that stood still answers nothing before it has found that out, not even what was asked just now", async () => {
  const all = await company()
  await all.clock.advance(2_000)
  const one = all.speakers.get("node-1")
  one?.host.taken()
  all.clock.stall(400)
  one?.host.ask(2, vip, 0)
  assert.deepEqual(one?.host.taken(), [])
})

test("a loop that was busy while heartbeats left answers what waited for it, and pauses nothing", async () => {
  const all = await company()
  await all.clock.advance(2_000)
  const one = all.speakers.get("node-1")
  one?.host.taken()
  one?.host.ask(2, vip, 400)
  assert.ok(one?.host.taken().some(frame => frame.includes(`reply ${vip} `)))
  await all.clock.advance(1_000)
  assert.equal(all.owner(), "node-1")
  assert.equal(one?.metric('metallb_ownership_changes_total{change="given-up",reason="ML368"}'), undefined)
})

test("a container that starts again while the API is away announces what the one before it knew", async () => {
  const all = await company()
  all.cluster.api.down()
  const kept = all.speakers.get("node-1")?.kept
  assert.notEqual(kept?.read(), undefined)
  for (const name of names) {
    void all.speakers.get(name)?.running.stop()
    await all.clock.advance(3_000)
    without(all, name)
  }
  const again = all.start("node-1", kept)
  all.speakers.set("node-1", again)
  await until(all, "node-1", 10_000)
  assert.deepEqual(again.running.missing().slice(0, 1), ["services not read yet"])
})

test("a better node that is back waits for as long as the failback says, and takes over without a gap", async () => {
  const all = await company({ without: "node-1" })
  assert.equal(all.owner(), "node-2")
  all.speakers.set("node-1", all.start("node-1"))
  await all.clock.advance(9_000)
  assert.equal(all.owner(), "node-2")
  for (let at = 0; at < 5_000 && all.owner() !== "node-1"; at += 1) {
    assert.notEqual(all.owner(), "")
    await all.clock.advance(1)
  }
  assert.equal(all.owner(), "node-1")
})

test("an owner is left alone for ever where failback is never", async () => {
  const all = await company({ without: "node-1", failbackAfter: undefined })
  all.speakers.set("node-1", all.start("node-1"))
  await all.clock.advance(120_000)
  assert.equal(all.owner(), "node-2")
})

test("beside a speaker of MetalLB that comes first nobody of ours answers, and as soon as it is gone the next one does", async () => {
  const all = await company({ without: "node-1" })
  all.lan.foreign("node-1", true)
  await all.clock.advance(100)
  assert.equal(all.owner(), "")
  const second = all.speakers.get("node-2")
  const answer = second?.running.questions?.["company"]?.("") as { readonly mixed: boolean } | undefined
  assert.equal(answer?.mixed, true)
  all.lan.foreign("node-1", false)
  assert.ok((await until(all, "node-2")) < 100)
})

test("without a secret the API alone decides, as if nobody knew anybody", async () => {
  const all = await company({ secret: false })
  assert.equal(all.owner(), "node-1")
  all.ready("node-1", "False")
  await all.clock.advance(1_000)
  assert.equal(all.owner(), "node-2")
  all.ready("node-1", "True")
  await all.clock.advance(1_000)
  assert.equal(all.owner(), "node-1")
  all.pod("node-1", true)
  await all.clock.advance(1_000)
  assert.equal(all.owner(), "node-2", "its pod is being deleted")
})

test("speakers that were alone join as soon as there is a secret, without a restart and with a pause of 0.3 s at most", async () => {
  const all = await company({ secret: false })
  const states = () =>
    [...all.speakers.values()].map(({ running }) => {
      const answer = running.questions?.["company"]?.("") as { readonly state: string }
      return answer.state
    })
  assert.deepEqual(states(), ["alone", "alone", "alone"])
  all.secret("made late")
  let silent = 0
  for (let at = 0; at < 5_000; at += 1) {
    const owner = all.owner()
    assert.ok(owner === "" || owner === "node-1", owner)
    if (owner === "") silent += 1
    await all.clock.advance(1)
  }
  assert.deepEqual(states(), ["settled", "settled", "settled"])
  assert.ok(silent <= 300, `${silent} ms without an answer`)
  all.lan.powerOff("node-1")
  without(all, "node-1")
  assert.ok((await until(all, "node-2")) < 300)
})

test("a changed secret moves nothing, though one speaker hears of it seven seconds late", async () => {
  const all = await company({ late: "node-2" })
  const unread = () =>
    [...all.speakers.values()].map(({ metric }) => metric('metallb_membership_events_total{name="detector-tag"}'))
  all.secret("another one")
  await steady(all, "node-1", 12_000)
  assert.deepEqual(unread(), [undefined, undefined, undefined])
  assert.equal(all.cluster.events().length, 1)
  all.secret("and another")
  await steady(all, "node-1", 12_000)
  assert.deepEqual(unread(), [undefined, undefined, undefined])
  all.lan.powerOff("node-1")
  without(all, "node-1")
  assert.ok((await until(all, "node-2")) < 300)
})

test("a secret that is deleted stays in use, which is said once", async () => {
  const all = await company()
  all.cluster.api.store.remove("secrets", `${installNamespace}/memberlist`)
  await steady(all, "node-1", 5_000)
  await all.clock.advance(60_000)
  const told = all.speakers.get("node-1")?.lines.filter(line => line.includes("its key stays in use"))
  assert.equal(told?.length, 1)
  all.lan.powerOff("node-1")
  without(all, "node-1")
  assert.ok((await until(all, "node-2")) < 300)
})

test("events, metrics and status follow the owner", async () => {
  const all = await company()
  all.lan.powerOff("node-1")
  void all.speakers.get("node-1")?.running.stop()
  without(all, "node-1")
  await until(all, "node-2")
  await all.clock.advance(5_000)
  assert.deepEqual(all.cluster.events(), [
    'Service/web nodeAssigned: announcing from node "node-1" with protocol "layer2"',
    'Service/web nodeAssigned: announcing from node "node-2" with protocol "layer2"',
  ])
  const statuses = all.cluster.api.store.list(collections.statuses)
  assert.deepEqual(
    statuses.map(({ status }) => (status as { node: string }).node),
    ["node-2"],
  )
  const second = all.speakers.get("node-2")
  assert.equal(second?.metric('metallb_ownership_changes_total{change="taken",reason="ML361"}'), "1")
  assert.equal(second?.metric("metallb_membership_members"), "2")
})

test("the history of an address has the takeover, with what had become of the owner before", async () => {
  const all = await company()
  all.lan.powerOff("node-1")
  without(all, "node-1")
  await until(all, "node-2")
  const history = all.speakers.get("node-2")?.running.questions?.["history"]?.(vip)
  const change: unknown = Array.isArray(history) ? history[0] : undefined
  const told = Array.isArray(change) ? change.slice(1, 7) : change
  assert.deepEqual(told, [vip, "node-2", "started", "node-1", "ML361", "ML352"])
})
