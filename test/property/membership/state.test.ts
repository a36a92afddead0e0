import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { nextWake } from "../../../agent/core/membership/clockwork.ts"
import type { MembershipEvent } from "../../../agent/core/membership/event.ts"
import { isLive } from "../../../agent/core/membership/member.ts"
import { lanSettings, type Settings, swiftSettings } from "../../../agent/core/membership/settings.ts"
import { createState, limits, type State } from "../../../agent/core/membership/state.ts"
import { step } from "../../../agent/core/membership/step.ts"
import type { PacketMessage } from "../../../agent/core/membership/wire/message.ts"
import { addressOf, aliveOf, markedMeta, placeOf } from "../../unit/membership/node.ts"

const names = ["n1", "n2", "n3", "n4", "n5"] as const
const node = fc.constantFrom(...names)
const small = fc.integer({ min: 0, max: 6 })
const none = new Uint8Array(0)

const claim: fc.Arbitrary<PacketMessage> = fc.oneof(
  fc.tuple(node, small, fc.boolean()).map(([n, i, ours]) => aliveOf(n, i, ours ? { meta: markedMeta(1) } : {})),
  fc
    .tuple(node, node, small)
    .map(([n, from, incarnation]) => ({ kind: "suspect", node: n, from, incarnation }) as const),
  fc.tuple(node, node, small).map(([n, from, incarnation]) => ({ kind: "dead", node: n, from, incarnation }) as const),
  small.map(sequence => ({ kind: "ack", sequence, payload: none }) as const),
  small.map(sequence => ({ kind: "nack", sequence }) as const),
  fc.tuple(node, small).map(([n, sequence]) => ({ kind: "ping", node: n, sequence, source: undefined }) as const),
  fc.tuple(node, small).map(
    ([n, sequence]) =>
      ({
        kind: "indirect-ping",
        node: n,
        sequence,
        target: addressOf(n),
        port: 7946,
        nack: true,
        source: undefined,
      }) as const,
  ),
)

const records = fc.array(
  fc.tuple(node, small, fc.constantFrom("alive", "suspect", "dead", "left")).map(([n, i, state]) => {
    const { kind: _, ...told } = aliveOf(n, i)
    return { ...told, state } as const
  }),
  { maxLength: 5 },
)
const pushPull = records.map(list => ({ kind: "push-pull", join: false, records: list, userState: none }) as const)

type Move = { readonly wait: number; readonly event: MembershipEvent | undefined }

const move: fc.Arbitrary<Move> = fc.record({
  wait: fc.constantFrom(0, 1, 50, 200, 1000, 10_000, 40_000),
  event: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    {
      weight: 6,
      arbitrary: fc
        .array(claim, { minLength: 1, maxLength: 4 })
        .map(messages => ({ kind: "packet", from: placeOf("n2"), messages }) as const),
    },
    {
      weight: 2,
      arbitrary: pushPull.map(message => ({ kind: "request", stream: 1, from: placeOf("n3"), message }) as const),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(small, pushPull)
        .map(([exchange, message]) => ({ kind: "reply", exchange, message }) as const),
    },
    { weight: 1, arbitrary: small.map(exchange => ({ kind: "hangup", exchange, sent: false }) as const) },
    {
      weight: 1,
      arbitrary: fc.subarray([...names]).map(list => ({ kind: "peers", endpoints: list.map(placeOf) }) as const),
    },
  ),
})

const settings: fc.Arbitrary<Settings | "automatic"> = fc.constantFrom(lanSettings, swiftSettings, "automatic" as const)

const begin = (chosen: Settings | "automatic", seed: number): State => {
  const state = createState(
    { name: "n1", endpoint: placeOf("n1"), meta: markedMeta(1), settings: chosen, overhead: 0 },
    seed,
    0,
  )
  assert.ok(state !== undefined)
  return state
}

/** Plays moves as an edge would, ticks included, and hands every step to `look`. */
const play = (
  start: State,
  moves: readonly Move[],
  look: (before: State, after: State, now: number, event: MembershipEvent) => void,
): State => {
  let state = start
  let now = 0
  const on = (event: MembershipEvent) => {
    const { next } = step(state, event, now)
    look(state, next, now, event)
    state = next
  }
  for (const { wait, event } of moves) {
    const until = now + wait
    for (let at = nextWake(state, now); at <= until; at = nextWake(state, now)) {
      now = at
      on({ kind: "tick", due: at })
    }
    now = until
    if (event !== undefined) on(event)
  }
  return state
}

const runs = { numRuns: 150 }

describe("whatever a node hears", () => {
  it("it never doubts itself, and its incarnation only rises", () => {
    fc.assert(
      fc.property(settings, fc.nat(), fc.array(move, { maxLength: 40 }), (chosen, seed, moves) => {
        play(begin(chosen, seed), moves, (before, after) => {
          const [old, self] = [before.members.get("n1"), after.members.get("n1")]
          assert.ok(old !== undefined && self !== undefined)
          assert.equal(self.state, "alive")
          assert.ok(self.incarnation >= old.incarnation)
        })
      }),
      runs,
    )
  })

  it("no member's incarnation falls while it is one, and a suspect always has a time to die", () => {
    fc.assert(
      fc.property(settings, fc.nat(), fc.array(move, { maxLength: 40 }), (chosen, seed, moves) => {
        play(begin(chosen, seed), moves, (before, after) => {
          for (const [name, member] of after.members) {
            const old = before.members.get(name)
            if (old !== undefined && isLive(old)) assert.ok(member.incarnation >= old.incarnation)
            assert.equal(after.suspicions.has(name), member.state === "suspect", name)
          }
        })
      }),
      runs,
    )
  })

  it("its tables stay within their bounds and fit each other", () => {
    fc.assert(
      fc.property(settings, fc.nat(), fc.array(move, { maxLength: 40 }), (chosen, seed, moves) => {
        play(begin(chosen, seed), moves, (_, after) => {
          assert.deepEqual([...after.order].sort(), [...after.members.keys()].sort())
          assert.ok(after.broadcasts.size <= names.length)
          assert.ok(after.exchanges.size <= limits.exchanges)
          assert.ok(after.relays.size <= limits.relays)
          assert.ok(after.awareness >= 0 && after.awareness < 8)
          assert.equal(new Set(after.urgent).size, after.urgent.length)
        })
      }),
      runs,
    )
  })

  it("the next tick is wanted later than now, once what was due is done", () => {
    fc.assert(
      fc.property(settings, fc.nat(), fc.array(move, { maxLength: 40 }), (chosen, seed, moves) => {
        play(begin(chosen, seed), moves, (before, after, now, event) => {
          if (event.kind === "tick" && nextWake(after, now) <= now)
            assert.notDeepEqual(after, before, "a tick that does nothing is wanted again at once")
        })
      }),
      runs,
    )
  })

  it("the same seed and the same events give the same state, and no step changes the state before it", () => {
    fc.assert(
      fc.property(settings, fc.nat(), fc.array(move, { maxLength: 25 }), (chosen, seed, moves) => {
        const snapshots: { readonly state: State; readonly copy: State }[] = []
        const first = play(begin(chosen, seed), moves, before =>
          snapshots.push({ state: before, copy: structuredClone(before) }),
        )
        for (const { state, copy } of snapshots) assert.deepEqual(state, copy)
        assert.deepEqual(
          play(begin(chosen, seed), moves, () => undefined),
          first,
        )
      }),
      { numRuns: 60 },
    )
  })
})
