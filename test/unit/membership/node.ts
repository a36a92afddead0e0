import { encodeMark } from "../../../agent/core/detector/mark.ts"
import { nextWake } from "../../../agent/core/membership/clockwork.ts"
import type { Effect } from "../../../agent/core/membership/effect.ts"
import type { Endpoint } from "../../../agent/core/membership/endpoint.ts"
import type { MembershipEvent } from "../../../agent/core/membership/event.ts"
import { ourVersions } from "../../../agent/core/membership/member.ts"
import { lanSettings, type Settings } from "../../../agent/core/membership/settings.ts"
import { createState, type State } from "../../../agent/core/membership/state.ts"
import { type Stepped, step } from "../../../agent/core/membership/step.ts"
import { decodePacketMessage, decodeStreamMessage } from "../../../agent/core/membership/wire/decode.ts"
import type { Alive, PacketMessage, StreamMessage } from "../../../agent/core/membership/wire/message.ts"

/** Metadata of one of our speakers whose process started at `boot`. */
export const markedMeta = (boot: number): Uint8Array => encodeMark({ boot, links: [] })

export const none = new Uint8Array(0)

/** The endpoint of a node called n1, n2, … */
export const placeOf = (name: string): Endpoint => ({ address: `10.0.0.${name.slice(1)}`, port: 7946 })
export const addressOf = (name: string): Uint8Array => Uint8Array.of(10, 0, 0, Number(name.slice(1)))

export const aliveOf = (node: string, incarnation = 1, change: Partial<Alive> = {}): Alive => ({
  kind: "alive",
  incarnation,
  node,
  address: addressOf(node),
  port: 7946,
  meta: none,
  versions: ourVersions,
  ...change,
})

export type Sent = { readonly to: string; readonly messages: readonly PacketMessage[] }

/**
 * One node with a clock in the test's hand: it keeps what the last step did. With `answering` every ping of it is answered
 * at once, so that the others stay alive while time goes by.
 */
export const testNode = (
  settings: Settings | "automatic" = lanSettings,
  { name = "n1", seed = 1, answering = false } = {},
) => {
  const config = { name, endpoint: placeOf(name), meta: markedMeta(1), settings, overhead: 0 }
  const created = createState(config, seed, 0)
  if (created === undefined) throw new Error("the test's own address is one")
  let state: State = created
  let now = 0
  let last: Stepped = { next: state, effects: [], reason: "nothing-due", happenings: [] }
  const effects: Effect[] = []

  const on = (event: MembershipEvent): Stepped => {
    last = step(state, event, now)
    state = last.next
    effects.push(...last.effects)
    const done = last
    if (answering)
      for (const sequence of pingsOf(done.effects))
        on({ kind: "packet", from: placeOf("n9"), messages: [ackOf(sequence)] })
    return done
  }

  const node = {
    on,
    state: () => state,
    now: () => now,
    member: (of: string) => state.members.get(of),
    hear: (...messages: readonly PacketMessage[]) => on({ kind: "packet", from: placeOf("n9"), messages }),
    /** Lets every other node join, in the order given. */
    meet: (...names: readonly string[]) => node.hear(...names.map(other => aliveOf(other))),
    /** Goes through time, tick by tick, as an edge would. */
    wait: (millis: number) => {
      const until = now + millis
      for (let at = nextWake(state, now); at <= until; at = nextWake(state, now)) {
        now = at
        on({ kind: "tick", due: at })
      }
      now = until
    },
    /** The time goes on and no tick comes: the process stands still. */
    freeze: (millis: number) => {
      const due = nextWake(state, now)
      now += millis
      return on({ kind: "tick", due })
    },
    /** All effects since the last call. */
    take: (): readonly Effect[] => effects.splice(0),
    /** All packets since the last call. */
    sent: (): readonly Sent[] =>
      effects
        .splice(0)
        .flatMap(effect =>
          effect.kind === "send" ? [{ to: effect.to.address, messages: effect.messages.map(packetOf) }] : [],
        ),
    changes: (): readonly string[] =>
      effects.splice(0).flatMap(e => (e.kind === "member" ? [`${e.change} ${e.member.name}`] : [])),
  }
  return node
}

export const ackOf = (sequence: number) => ({ kind: "ack", sequence, payload: none }) as const

const pingsOf = (effects: readonly Effect[]): readonly number[] =>
  effects.flatMap(effect =>
    effect.kind === "send"
      ? effect.messages.map(packetOf).flatMap(message => (message.kind === "ping" ? [message.sequence] : []))
      : [],
  )

export const packetOf = (bytes: Uint8Array): PacketMessage => {
  const read = decodePacketMessage(bytes)
  if (!read.ok) throw new Error(read.fault)
  return read.value
}

export const streamOf = (bytes: Uint8Array): StreamMessage => {
  const read = decodeStreamMessage(bytes)
  if (!read.ok) throw new Error(read.fault)
  return read.value
}

export const kindsTo = (sent: readonly Sent[], to: string): readonly string[] =>
  sent.filter(s => s.to === to).flatMap(s => s.messages.map(m => m.kind))
