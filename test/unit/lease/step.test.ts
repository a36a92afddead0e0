import assert from "node:assert/strict"
import { test } from "node:test"
import {
  type Election,
  electionAtStart,
  type Identity,
  identityText,
  type LeaseEffect,
  type LeaseEvent,
  type LeaseRecord,
  mayWrite,
} from "../../../agent/core/lease/election.ts"
import { step } from "../../../agent/core/lease/step.ts"

const me: Identity = { name: "controller-a", instance: "uid-1" }
const other: Identity = { name: "controller-b", instance: "uid-2" }

const record = (who: Identity | undefined, version = "1", more: Partial<LeaseRecord> = {}): LeaseRecord => ({
  holder: who === undefined ? "" : identityText(who),
  duration: 15_000,
  renewedAt: `renewal ${version}`,
  transitions: 3,
  version,
  ...more,
})

/** One candidate that is fed events by hand. */
const candidate = (who = me) => {
  let state: Election = electionAtStart(who)
  let wakeAt: number | undefined
  const feed = (event: LeaseEvent, now: number): readonly LeaseEffect[] => {
    const result = step(state, event, now, 0.5)
    state = result.next
    wakeAt = result.wakeAt
    return result.effects
  }
  return {
    feed,
    tick: (now: number) => feed({ kind: "tick" }, now),
    read: (now: number, found: LeaseRecord | undefined) => feed({ kind: "read", record: found }, now),
    written: (now: number, version: string, sentAt = now) =>
      feed({ kind: "written", record: record(who, version), sentAt }, now),
    leads: (now: number) => mayWrite(state, now),
    wakeAt: () => wakeAt,
    state: () => state,
  }
}

const leader = () => {
  const one = candidate()
  one.tick(0)
  one.read(5, undefined)
  one.written(10, "1", 5)
  return one
}

const kinds = (effects: readonly LeaseEffect[]) => effects.map(({ kind }) => kind)

test("where there is no Lease, it is created at once and led after two requests", () => {
  const one = candidate()
  assert.deepEqual(kinds(one.tick(0)), ["read"])
  const [create] = one.read(5, undefined)
  assert.deepEqual(create, {
    kind: "write",
    base: undefined,
    holder: "controller-a_uid-1",
    transitions: 0,
    acquired: true,
  })
  assert.deepEqual(one.written(10, "1", 5), [{ kind: "lead", after: "nobody" }])
  assert.equal(one.leads(10), true)
  assert.equal(one.wakeAt(), 2_005, "the next renewal is due one period after this one was sent")
})

test("a container that starts again in the same pod takes its own Lease back at once, without a transition", () => {
  const one = candidate()
  one.tick(0)
  const [write] = one.read(5, record(me, "7"))
  assert.deepEqual(write, { kind: "write", base: "7", holder: "controller-a_uid-1", transitions: 3, acquired: false })
  assert.deepEqual(one.written(10, "8"), [{ kind: "lead", after: "itself" }])
})

test("a Lease that was given back is taken at once, and its taker knows that another wrote before", () => {
  const one = candidate()
  one.tick(0)
  const [write] = one.read(5, record(undefined, "7"))
  assert.deepEqual(write, { kind: "write", base: "7", holder: "controller-a_uid-1", transitions: 4, acquired: true })
  assert.deepEqual(one.written(10, "8"), [{ kind: "lead", after: "other" }])
})

test("a standby looks every period at most, and takes what stays the same for its whole duration, not a moment earlier", () => {
  const one = candidate()
  one.tick(0)
  assert.deepEqual(one.read(100, record(other, "7")), [])
  let now = one.wakeAt() ?? assert.fail()
  while (now < 15_100) {
    assert.ok(now - 100 > 0 && now <= 15_100)
    assert.deepEqual(kinds(one.tick(now)), ["read"], `at ${now}`)
    assert.deepEqual(one.read(now, record(other, "7")), [], `at ${now}`)
    const next: number = one.wakeAt() ?? assert.fail()
    assert.ok(next - now <= 2_000)
    now = next
  }
  assert.equal(now, 15_100, "it wakes exactly when the Lease runs out")
  one.tick(now)
  assert.deepEqual(kinds(one.read(now, record(other, "7"))), ["write"])
})

test("each renewal that is seen starts the duration anew, and the duration is the one that the Lease names", () => {
  const one = candidate()
  one.tick(0)
  one.read(0, record(other, "7", { duration: 3_000 }))
  one.tick(1_750)
  one.read(1_750, record(other, "8", { duration: 3_000 }))
  one.tick(3_000)
  assert.deepEqual(one.read(3_000, record(other, "8", { duration: 3_000 })), [])
  one.tick(4_750)
  assert.deepEqual(kinds(one.read(4_750, record(other, "8", { duration: 3_000 }))), ["write"])
})

test("an edit of the Lease that renews nothing does not prolong it", () => {
  const one = candidate()
  one.tick(0)
  one.read(0, record(other, "7", { renewedAt: "x" }))
  one.tick(10_000)
  one.read(10_000, record(other, "9", { renewedAt: "x" }))
  one.tick(15_000)
  const [write] = one.read(15_000, record(other, "9", { renewedAt: "x" }))
  assert.equal(write?.kind === "write" ? write.base : undefined, "9")
})

test("another process of the own name gets one period and a half for a sign of life", () => {
  const same: Identity = { name: me.name, instance: "uid-9" }
  const one = candidate()
  one.tick(0)
  assert.deepEqual(one.read(0, record(same, "7")), [])
  assert.equal(one.wakeAt(), 1_750)
  one.tick(1_750)
  assert.deepEqual(one.read(1_750, record(same, "7")), [])
  assert.equal(one.wakeAt(), 3_000)
  one.tick(3_000)
  assert.deepEqual(kinds(one.read(3_000, record(same, "7"))), ["write"])
  const two = candidate()
  two.tick(0)
  two.read(0, record(same, "7"))
  two.tick(3_000)
  assert.deepEqual(two.read(3_000, record(same, "8")), [], "it lives: its renewal is waited for like anybody's")
})

test("a name that is the beginning of another is another name", () => {
  const longer: Identity = { name: "controller-a_b", instance: "uid-9" }
  const one = candidate()
  one.tick(0)
  one.read(0, record(longer, "7"))
  one.tick(3_000)
  assert.deepEqual(one.read(3_000, record(longer, "7")), [])
})

test("of two who take the same Lease one is refused, reads again and stands by", () => {
  const one = candidate()
  one.tick(0)
  one.read(5, record(undefined, "7"))
  assert.deepEqual(kinds(one.feed({ kind: "refused" }, 10)), ["read"])
  assert.deepEqual(one.read(15, record(other, "8")), [])
  assert.equal(one.leads(15), false)
})

test("a leader renews every period with what it wrote last", () => {
  const one = leader()
  const [renewal] = one.tick(2_005)
  assert.deepEqual(renewal, { kind: "write", base: "1", holder: "controller-a_uid-1", transitions: 3, acquired: false })
  assert.deepEqual(one.written(2_010, "2", 2_005), [])
  assert.equal(one.leads(12_004), true)
  assert.equal(one.leads(12_005), false, "the deadline counts from the moment before the request")
})

test("a leader that cannot renew writes no more after the deadline, and goes on when the Lease is still its own", () => {
  const one = leader()
  for (const now of [2_005, 4_005, 6_005, 8_005]) {
    assert.deepEqual(kinds(one.tick(now)), ["write"], `at ${now}`)
    one.feed({ kind: "failed" }, now)
  }
  assert.equal(one.wakeAt(), 10_005)
  assert.equal(one.leads(10_004), true)
  const atDeadline = one.tick(10_005)
  assert.ok(kinds(atDeadline).includes("suspend"))
  assert.equal(one.leads(10_005), false)
  assert.deepEqual(one.written(10_020, "2", 10_006), [{ kind: "resume" }])
  assert.equal(one.leads(10_020), true)
})

test("the gate is shut on the clock alone, also while no event comes", () => {
  const one = leader()
  assert.equal(one.leads(10_004), true)
  assert.equal(one.leads(60_000), false)
})

test("a process that was stopped for a minute suspends first, whatever it hears first", () => {
  const one = leader()
  one.tick(2_005)
  const effects = one.written(62_000, "2", 2_005)
  assert.deepEqual(kinds(effects), ["suspend"], "the answer is older than the deadline that it would set")
  assert.equal(one.leads(62_000), false)
  assert.deepEqual(kinds(one.tick(62_000)), ["write"])
  one.feed({ kind: "refused" }, 62_010)
  assert.deepEqual(one.read(62_020, record(other, "9")), [{ kind: "follow", holder: "controller-b_uid-2" }])
  assert.equal(one.leads(62_020), false)
})

test("a Lease that somebody deleted is created again by its leader", () => {
  const one = leader()
  one.tick(2_005)
  const [create] = one.read(2_010, undefined)
  assert.equal(create?.kind === "write" ? create.base : "x", undefined)
  assert.deepEqual(one.written(2_020, "9", 2_010), [])
  assert.equal(one.leads(2_020), true)
})

test("a leader that stops gives the Lease back, after the renewal that is under way", () => {
  const quiet = leader()
  const [given] = quiet.feed({ kind: "release" }, 1_000)
  assert.deepEqual(given, { kind: "write", base: "1", holder: "", transitions: 3, acquired: false })
  assert.deepEqual(kinds(quiet.feed({ kind: "written", record: record(undefined, "2"), sentAt: 1_000 }, 1_010)), [
    "released",
  ])
  assert.equal(quiet.leads(1_010), false)
  assert.equal(quiet.wakeAt(), undefined)

  const renewing = leader()
  renewing.tick(2_005)
  assert.deepEqual(renewing.feed({ kind: "release" }, 2_006), [])
  const [afterwards] = renewing.written(2_010, "2", 2_005)
  assert.equal(afterwards?.kind === "write" ? afterwards.base : undefined, "2")
})

test("a release that fails is not tried again, and a standby has nothing to give back", () => {
  const one = leader()
  one.feed({ kind: "release" }, 1_000)
  assert.deepEqual(kinds(one.feed({ kind: "failed" }, 1_500)), ["released"])
  const standby = candidate()
  standby.tick(0)
  standby.read(0, record(other, "7"))
  assert.deepEqual(kinds(standby.feed({ kind: "release" }, 10)), ["released"])
})

test("who stops while it takes the Lease gives it back without ever leading", () => {
  const one = candidate()
  one.tick(0)
  one.read(5, undefined)
  one.feed({ kind: "release" }, 6)
  assert.deepEqual(kinds(one.written(10, "1", 5)), ["write"])
})
