import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { decodeMark } from "../../../agent/core/detector/mark.ts"
import { decodeMessage } from "../../../agent/core/detector/message.ts"
import { magic, openPacket, type PacketType, packetTypes } from "../../../agent/core/detector/packet.ts"
import { type OwnershipMessage, pageSize } from "../../../agent/core/ownership/message.ts"
import {
  newSpeaker,
  type SpeakerEffect,
  type SpeakerEvent,
  speakerStep,
} from "../../../agent/core/ownership/speaker.ts"
import { nodeCrypto } from "../../../agent/ports/crypto.ts"
import { signingCrypto } from "../../../agent/ports/signing-crypto.ts"

const types = Object.values(packetTypes) as PacketType[]
const lan = "192.168.1.0/24"
const nodes = ["n1", "n2", "n3", "n4"]
const vips = ["192.168.1.11", "192.168.1.12", "fd00::1"]

test("no bytes make a reader throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...types), (bytes, type) => {
      decodeMark(bytes)
      decodeMessage(type, bytes)
      const packet = Uint8Array.of(magic, 1, type, ...bytes)
      assert.equal(openPacket(packet, () => true, [new Uint8Array(32)], signingCrypto).ok, false)
    }),
    { numRuns: 2_000 },
  )
})

const node = fc.constantFrom(...nodes)
const vip = fc.constantFrom(...vips)
const claim = fc.record(
  {
    vip,
    precedence: fc.constantFrom("0".repeat(16), "8".repeat(16), "0000020000000001", "0000020000000002"),
    weak: fc.boolean(),
    restarts: fc.constant(true),
    standIn: fc.constant(true),
  },
  { requiredKeys: ["vip", "precedence", "weak"] },
)
const ownershipMessage: fc.Arbitrary<OwnershipMessage> = fc.oneof(
  fc.record({
    type: fc.constant("claims" as const),
    page: fc.nat(2),
    pages: fc.constant(3),
    version: fc.nat(5),
    mac: fc.constantFrom("02:00:00:00:00:01", "02:00:00:00:00:02"),
    claims: fc.uniqueArray(claim, { selector: one => one.vip, maxLength: pageSize }),
  }),
  fc.record({ type: fc.constant("ack" as const), page: fc.nat(3), version: fc.nat(5) }),
  fc.record({ type: fc.constant("query" as const) }),
)
const word = fc.record({
  type: fc.constantFrom("suspect" as const, "hears" as const),
  about: node,
  boot: fc.nat(3),
})
const verdict = fc.record({
  type: fc.constant("verdict" as const),
  about: node,
  boot: fc.nat(3),
  gone: fc.constantFrom("speaker" as const, "node" as const, "process" as const),
})
const beat = fc.record({ type: fc.constant("heartbeat" as const), mac: fc.constant("02:00:00:00:00:02") })
const bye = fc.record({ type: fc.constant("bye" as const) })

/** Anything that may happen, in any order: what a mistaken or malicious member of the cluster could bring about too. */
const happening: fc.Arbitrary<SpeakerEvent> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("wake" as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("packet" as const),
      from: node,
      boot: fc.nat(3),
      link: fc.constantFrom(lan, "10.0.0.0/8"),
      via: fc.constantFrom(lan, undefined),
      at: fc.nat(1_000),
      message: fc.oneof(ownershipMessage, word, verdict, beat, bye),
    }),
  },
  fc.record({
    type: fc.constant("frame" as const),
    link: fc.constant(lan),
    mac: fc.constantFrom("02:00:00:00:00:02", "02:aa:00:00:00:01"),
    claims: fc.option(vip, { nil: undefined }),
    at: fc.nat(1_000),
  }),
  fc.record({
    type: fc.constant("peers" as const),
    peers: fc.uniqueArray(
      fc.record({
        node,
        boot: fc.option(fc.nat(3), { nil: undefined }),
        alive: fc.boolean(),
        links: fc.constantFrom([], [{ link: lan, address: "192.168.1.102" }]),
      }),
      { selector: peer => peer.node },
    ),
  }),
  fc.record({
    type: fc.constant("links" as const),
    links: fc
      .boolean()
      .map(up => [{ link: lan, mac: "02:00:00:00:00:01", address: "192.168.1.101", up, gateways: [] }]),
  }),
  fc.record({
    type: fc.constant("wanted" as const),
    wanted: fc.uniqueArray(
      fc.record({
        vip,
        link: fc.constant(lan),
        ranking: fc.shuffledSubarray(nodes),
        precedence: fc.constant("4".repeat(16)),
      }),
      { selector: one => one.vip },
    ),
  }),
  fc.record({
    type: fc.constant("connection" as const),
    node,
    state: fc.constantFrom("lost" as const, "refused" as const, "accepted" as const),
  }),
  fc.record({ type: fc.constant("api" as const), away: fc.boolean() }),
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leave" as const), restarts: fc.boolean() }) },
  fc.record({ type: fc.constant("stalled" as const), since: fc.integer({ min: -1_000, max: 10_000 }) }),
)

/** For which VIPs whoever follows the effects would say that the speaker answers, stands in, or pauses. */
type Told = Readonly<Record<"yes" | "stands" | "paused", Set<string>>>

/** A pause is told as an end, and the end of what pauses is told once more, with its reason. */
const follow = ({ yes, stands, paused }: Told, effect: SpeakerEffect): void => {
  if (effect.type === "start" || effect.type === "stand-in") {
    const { vip } = effect
    const answers = effect.type === "start" ? yes : stands
    assert.ok(!answers.has(vip), `${effect.type} twice`)
    assert.ok(effect.type === "start" || !yes.has(vip), "stands in for itself")
    for (const one of [yes, stands, paused]) one.delete(vip)
    answers.add(vip)
  }
  if (effect.type === "stop" || effect.type === "stand-down") {
    const { vip } = effect
    assert.ok(
      (effect.type === "stop" ? yes : stands).delete(vip) || paused.delete(vip),
      `${effect.type} without a start`,
    )
    if (effect.reason === "ML368") paused.add(vip)
  }
}

test("whatever happens in whatever order, a speaker answers exactly for what its state says, and its past stays as it was", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(happening, fc.nat(300)), { maxLength: 80 }), events => {
      let state = newSpeaker("n1", 1, { failbackAfter: 0, mixed: false })
      let now = 0
      const told: Told = { yes: new Set(), stands: new Set(), paused: new Set() }
      for (const [event, later] of events) {
        now += later
        const before = JSON.stringify(state, plain)
        const { next, effects, wakeAt } = speakerStep(state, event, now, nodeCrypto)
        assert.equal(JSON.stringify(state, plain), before, "a step changes its input")
        for (const effect of effects) follow(told, effect)
        for (const mine of ["yes", "stands", "paused"] as const) {
          const so = [...next.ownership.seats.values()].filter(seat => seat.mine === mine).map(seat => seat.vip)
          assert.deepEqual(so.sort(), [...told[mine]].sort(), mine)
        }
        for (const seat of next.ownership.seats.values()) {
          const up = next.ownership.links.get(seat.link)?.up === true
          assert.ok(up || seat.mine === "no", "owned on a link that is down")
        }
        assert.ok(wakeAt === undefined || Number.isFinite(wakeAt))
        state = next
      }
    }),
    { numRuns: 500 },
  )
})

test("a speaker that is woken as often as it asks never asks to be woken for ever at one instant", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(happening, fc.nat(300)), { maxLength: 60 }), events => {
      let state = newSpeaker("n1", 1, { failbackAfter: 0, mixed: false })
      let now = 0
      for (const [event, later] of events) {
        now += later
        let step = speakerStep(state, event, now, nodeCrypto)
        for (let woken = 0; step.wakeAt !== undefined && step.wakeAt <= now; woken += 1) {
          assert.ok(woken < 10, `woken again and again by ${JSON.stringify(event)}`)
          step = speakerStep(step.next, { type: "wake" }, now, nodeCrypto)
        }
        state = step.next
      }
    }),
    { numRuns: 500 },
  )
})

const plain = (_: string, value: unknown) => (value instanceof Map ? [...value] : value)
