import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  type Election,
  electionAtStart,
  identityText,
  type LeaseEffect,
  type LeaseEvent,
  type LeaseRecord,
  mayWrite,
} from "../../../agent/core/lease/election.ts"
import { step } from "../../../agent/core/lease/step.ts"

/** What happens to one request: how long it takes to arrive and to be answered, and what is lost. */
type Fate = { readonly there: number; readonly back: number; readonly lost: "no" | "request" | "answer" }
type Script = {
  readonly fates: readonly Fate[]
  /** Every so many events a candidate is held up for this long, as by SIGSTOP. */
  readonly stops: readonly { readonly who: number; readonly at: number; readonly lasts: number }[]
  readonly releases: readonly { readonly who: number; readonly at: number }[]
}

const fate = fc.record({
  there: fc.integer({ min: 1, max: 2_000 }),
  back: fc.integer({ min: 1, max: 2_000 }),
  lost: fc.constantFrom<Fate["lost"]>("no", "no", "no", "no", "request", "answer"),
})
const script: fc.Arbitrary<Script> = fc.record({
  fates: fc.array(fate, { minLength: 1, maxLength: 40 }),
  stops: fc.array(
    fc.record({
      who: fc.nat(2),
      at: fc.integer({ min: 0, max: 100_000 }),
      lasts: fc.integer({ min: 1, max: 40_000 }),
    }),
    { maxLength: 6 },
  ),
  releases: fc.array(fc.record({ who: fc.nat(2), at: fc.integer({ min: 0, max: 100_000 }) }), { maxLength: 1 }),
})

const horizon = 120_000
const limit = 4_000

/** Three controllers and one API server; every millisecond in which somebody may write is accounted for. */
const run = ({ fates, stops, releases }: Script) => {
  let lease: LeaseRecord | undefined
  let version = 0
  let serial = 0
  const agenda: { readonly at: number; readonly run: (now: number) => void; readonly order: number }[] = []
  const plan = (at: number, job: (now: number) => void) => agenda.push({ at, run: job, order: serial++ })
  const states: Election[] = [0, 1, 2].map(n => electionAtStart({ name: `c${n}`, instance: `u${n}` }))
  const wakes: (number | undefined)[] = [0, 0, 0]
  let requests = 0
  let clashes = 0
  let led = 0

  const stoppedUntil = (who: number, now: number) =>
    Math.max(0, ...stops.filter(s => s.who === who && s.at <= now && now < s.at + s.lasts).map(s => s.at + s.lasts))

  const serve = (effect: LeaseEffect & { kind: "read" | "write" }, now: number, sentAt: number): LeaseEvent => {
    if (effect.kind === "read") return { kind: "read", record: lease }
    if (effect.base !== lease?.version)
      return lease === undefined ? { kind: "read", record: undefined } : { kind: "refused" }
    version++
    const { holder, transitions } = effect
    lease = {
      holder,
      transitions,
      duration: holder === "" ? 1_000 : 15_000,
      renewedAt: String(now),
      version: String(version),
    }
    return { kind: "written", record: lease, sentAt }
  }

  const feed = (who: number, event: LeaseEvent, now: number): void => {
    const until = stoppedUntil(who, now)
    if (until > 0) return void plan(until, later => feed(who, event, later))
    const before = states[who] ?? assert.fail()
    const { next, effects, wakeAt } = step(before, event, now, 0.5)
    states[who] = next
    wakes[who] = wakeAt
    if (wakeAt !== undefined)
      plan(Math.max(now, wakeAt), at => wakes[who] === wakeAt && feed(who, { kind: "tick" }, at))
    for (const effect of effects) {
      if (effect.kind !== "read" && effect.kind !== "write") continue
      const { there, back, lost } = fates[requests++ % fates.length] ?? assert.fail()
      const failed: LeaseEvent = { kind: "failed" }
      if (lost === "request" || there >= limit) plan(now + limit, at => feed(who, failed, at))
      else
        plan(now + there, arrival => {
          const answer = serve(effect, arrival, now)
          if (lost === "answer") plan(now + limit, at => feed(who, failed, at))
          else plan(arrival + back, at => feed(who, answer, at))
        })
    }
  }
  for (const who of [0, 1, 2]) plan(who * 700, now => feed(who, { kind: "tick" }, now))
  for (const { who, at } of releases) plan(at, now => feed(who, { kind: "release" }, now))
  let now = 0
  while (agenda.length > 0) {
    agenda.sort((a, b) => a.at - b.at || a.order - b.order)
    const first = agenda.shift() ?? assert.fail()
    if (first.at > horizon) break
    now = first.at
    first.run(now)
    // Whoever is stopped looks at its clock when it goes on, so only the clock counts here.
    const writers = states.filter(state => mayWrite(state, now)).map(state => identityText(state.who))
    if (writers.length > 1) clashes++
    if (writers.length === 1) led++
  }
  return { clashes, led }
}

test("whatever is late, lost or held up, two controllers never may write at the same moment", () => {
  fc.assert(
    fc.property(script, each => {
      assert.equal(run(each).clashes, 0)
    }),
    { numRuns: 300 },
  )
})

test("the simulation has leaders at all: without faults somebody may write nearly all the time", () => {
  const fates = [{ there: 5, back: 5, lost: "no" as const }]
  const { led } = run({ fates, stops: [], releases: [] })
  assert.ok(led > 50, `${led} moments with a leader`)
})
