import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  type ControlPacket,
  readControlPacket,
  sessionStates,
  writeControlPacket,
} from "../../../agent/core/bfd/packet.ts"
import { planOf } from "../../../agent/core/bfd/plan.ts"
import { newSession, type Session } from "../../../agent/core/bfd/session.ts"
import type { Settings } from "../../../agent/core/bfd/settings.ts"
import { type SessionEvent, sessionStep } from "../../../agent/core/bfd/step.ts"

const u32 = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0, 1, 10_000, 50_000, 1_000_000))
const multiplier = fc.integer({ min: 1, max: 255 })
const interval = fc.integer({ min: 10_000, max: 60_000_000 })

const packets: fc.Arbitrary<ControlPacket> = fc.record({
  diagnostic: fc.integer({ min: 0, max: 31 }),
  state: fc.constantFrom(...sessionStates),
  poll: fc.boolean(),
  final: fc.boolean(),
  controlPlaneIndependent: fc.boolean(),
  demand: fc.boolean(),
  detectMultiplier: multiplier,
  myDiscriminator: fc.constantFrom(900, 901, 1, 2 ** 32 - 1),
  yourDiscriminator: u32,
  desiredMinTx: u32,
  requiredMinRx: u32,
  requiredMinEchoRx: u32,
})

const settings: fc.Arbitrary<Settings> = fc.record({
  transmitInterval: interval,
  receiveInterval: interval,
  detectMultiplier: multiplier,
  passive: fc.boolean(),
  echoInterval: fc.option(interval, { nil: undefined }),
  echoReceiveInterval: fc.constantFrom(0, 10_000, 50_000),
})

const events: fc.Arbitrary<SessionEvent> = fc.oneof(
  { weight: 8, arbitrary: packets.map(packet => ({ kind: "packet" as const, packet, at: 0 })) },
  fc.integer({ min: 0, max: 20_000 }).map(since => ({ kind: "silent" as const, since })),
  fc.constantFrom<SessionEvent>({ kind: "echo-returned" }, { kind: "echo-lost" }, { kind: "enable" }, { kind: "wake" }),
  settings.map(wanted => ({ kind: "settings" as const, settings: wanted })),
  fc.integer({ min: 0, max: 31 }).map(diagnostic => ({ kind: "disable" as const, diagnostic })),
)

/** What RFC 5880 wants of a session whatever happens to it. */
const check = (session: Session, now: number): void => {
  const plan = planOf(session, now)
  const { remote, state } = session
  if (state !== "Up") assert.ok(session.desiredMinTx >= 1_000_000, "slow unless up")
  if (state !== "Up" && session.farewell === undefined) assert.ok(plan.interval >= 1_000_000)
  assert.ok(plan.interval >= remote.minRx || session.farewell !== undefined, "no faster than the peer can take")
  if (session.settings.passive && remote.discriminator === 0) assert.equal(plan.packet, undefined)
  if (remote.minRx === 0) assert.equal(plan.packet, undefined)
  if (remote.discriminator === 0) assert.equal(plan.detection, undefined)
  else assert.ok((plan.detection ?? 0) >= 10_000, "a detection time that no packet can meet")
  if (plan.echo !== undefined)
    assert.ok(state === "Up" && remote.minEchoRx > 0 && plan.echo.interval >= remote.minEchoRx)
  if (plan.packet !== undefined) {
    const reading = readControlPacket(plan.packet)
    assert.ok(reading.ok)
    const { packet } = reading
    assert.ok(!packet.final && !packet.demand && !packet.controlPlaneIndependent)
    assert.deepEqual([packet.state, packet.yourDiscriminator], [state, remote.discriminator])
  }
}

test("whatever a peer and a user do, a session keeps the rules of RFC 5880", () => {
  fc.assert(
    fc.property(
      settings,
      fc.array(fc.tuple(events, fc.integer({ min: 0, max: 2_000 })), { maxLength: 60 }),
      (s, steps) => {
        let session = newSession(s, 1)
        let now = 10_000
        for (const [event, ms] of steps) {
          now += ms
          const timed = event.kind === "packet" ? { ...event, at: now } : event
          const { next, effects } = sessionStep(session, timed, now)
          const changes = effects.filter(effect => effect.kind === "changed")
          assert.equal(changes.length, next.state === session.state ? 0 : 1)
          for (const effect of effects) {
            if (effect.kind !== "send") continue
            assert.ok(!(effect.packet.poll && effect.packet.final), "never Poll and Final")
            assert.equal(effect.packet.final, event.kind === "packet" && event.packet.poll)
          }
          session = next
          check(session, now)
        }
      },
    ),
    { numRuns: 400 },
  )
})

test("any bytes at all are a packet or refused with a reason", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
      const reading = readControlPacket(bytes)
      if (!reading.ok) assert.ok(reading.fault.length > 0)
      else assert.equal(writeControlPacket(reading.packet).length, 24)
    }),
    { numRuns: 2_000 },
  )
})

test("what is written is read back", () => {
  fc.assert(
    fc.property(packets, packet => {
      assert.deepEqual(readControlPacket(writeControlPacket(packet)), {
        ok: true,
        packet: { ...packet },
        authenticationType: undefined,
      })
    }),
  )
})
