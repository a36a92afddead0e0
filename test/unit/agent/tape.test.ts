import assert from "node:assert/strict"
import { test } from "node:test"
import type { MembershipEvent } from "../../../agent/core/membership/event.ts"
import type { State } from "../../../agent/core/membership/state.ts"
import { step } from "../../../agent/core/membership/step.ts"
import { type SpeakerState, speakerStep } from "../../../agent/core/ownership/speaker.ts"
import { fromPlain, toPlain } from "../../../agent/core/plain.ts"
import type { TapedEvent } from "../../../agent/speaker/guard-terms.ts"
import { createTape, type TapedLine } from "../../../agent/speaker/tape.ts"
import { createNetwork } from "../../sim/membership/network.ts"
import { crypto } from "../../sim/ownership/order.ts"
import { makeSchedule } from "../../sim/ownership/schedule.ts"
import { World } from "../../sim/ownership/world.ts"

/** What there was and what happened, after a way through a file. */
const read = <S>(lines: readonly TapedLine[]) => {
  const [start, ...events] = (JSON.parse(JSON.stringify(lines)) as readonly TapedLine[]).map(({ at, event }) => ({
    at,
    event: fromPlain(event),
  }))
  assert.ok(start)
  return { state: (start.event as { state: S }).state, events }
}

/** As a file would have it: what is undefined is not there, and the order of fields says nothing. */
const inFile = (value: unknown): unknown => JSON.parse(JSON.stringify(toPlain(value)))

test("what a speaker's tape says leads to the very state that the speaker is in, whatever has happened", () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const schedule = makeSchedule(seed)
    const world = new World(schedule)
    for (const event of schedule.events) world.timeline.at(event.at, () => world.trouble(event))
    world.timeline.runUntil(schedule.duration)
    for (const node of world.nodes.values()) {
      const { state: before, events } = read<SpeakerState>(node.tape.lines())
      let state = before
      for (const { at, event } of events) {
        const { steadySince, ...happened } = event as TapedEvent
        state = speakerStep(state, happened, at, crypto, steadySince).next
      }
      assert.deepEqual(inFile(state), inFile(node.speaker), `seed ${seed}, ${node.name}`)
    }
  }
})

test("so does the tape of a member, from the middle on too", () => {
  const network = createNetwork({ nodes: 4, seed: 5 })
  network.run(3_000)
  const tape = createTape<State, MembershipEvent>(20)
  let state = network.state("n1")
  for (const { at, event } of read<State>(network.tape("n1")).events) {
    tape.note(state, event as MembershipEvent, at)
    state = step(state, event as MembershipEvent, at).next
  }
  const { state: before, events } = read<State>(tape.lines())
  assert.ok(events.length > 0 && events.length < 100)
  let again = before
  for (const { at, event } of events) again = step(again, event as MembershipEvent, at).next
  assert.deepEqual(inFile(again), inFile(state))
})

test("a tape holds two sides at most, and lists count by what is in them", () => {
  const tape = createTape<number, { readonly list: readonly number[] }>(100)
  assert.deepEqual(tape.lines(), [])
  for (let at = 0; at < 10_000; at += 1) tape.note(at, { list: [] }, at)
  const short = tape.lines()
  assert.ok(short.length > 50 && short.length <= 101, String(short.length))
  assert.deepEqual(short[0]?.event, { state: 10_000 - short.length + 1 })
  for (let at = 10_000; at < 10_010; at += 1) tape.note(at, { list: new Array(99).fill(1) }, at)
  assert.deepEqual(tape.lines().length, 3)
})
