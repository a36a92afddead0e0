import { diagnostic } from "../../../agent/core/bfd/diagnostic.ts"
import { type ControlPacket, readControlPacket, type SessionState } from "../../../agent/core/bfd/packet.ts"
import { type Plan, planOf } from "../../../agent/core/bfd/plan.ts"
import { newSession, type Session } from "../../../agent/core/bfd/session.ts"
import type { Settings } from "../../../agent/core/bfd/settings.ts"
import { type SessionEffect, type SessionEvent, sessionStep } from "../../../agent/core/bfd/step.ts"

export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"))
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

/** A packet of a session that is up, all fields different. */
export const upPacket: ControlPacket = {
  diagnostic: 0,
  state: "Up",
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 7,
  yourDiscriminator: 9,
  desiredMinTx: 50_000,
  requiredMinRx: 60_000,
  requiredMinEchoRx: 70_000,
}

/** 50 ms x 3, active, no echo. */
export const fast: Settings = {
  transmitInterval: 50_000,
  receiveInterval: 50_000,
  detectMultiplier: 3,
  passive: false,
  echoInterval: undefined,
  echoReceiveInterval: 0,
}

/** What the peer of a test says; a session that is up as far as it is concerned. */
export const fromPeer = (fields: Partial<ControlPacket> = {}): ControlPacket => ({
  ...upPacket,
  myDiscriminator: 900,
  yourDiscriminator: 1,
  desiredMinTx: 50_000,
  requiredMinRx: 50_000,
  requiredMinEchoRx: 0,
  ...fields,
})

/** One session, discriminator 1, in virtual time; its peer is 900. */
export class Driver {
  session: Session
  now = 10_000
  /** All effects so far. */
  readonly effects: SessionEffect[] = []

  constructor(settings: Settings = fast) {
    this.session = newSession(settings, 1)
  }

  step(event: SessionEvent): readonly SessionEffect[] {
    const { next, effects } = sessionStep(this.session, event, this.now)
    this.session = next
    this.effects.push(...effects)
    return effects
  }

  hear(fields: Partial<ControlPacket> = {}): readonly SessionEffect[] {
    return this.step({ kind: "packet", packet: fromPeer(fields), at: this.now })
  }

  silence(): readonly SessionEffect[] {
    return this.step({ kind: "silent", since: this.session.heard?.at ?? this.now })
  }

  /** Brings it to a state the way a peer would. */
  reach(state: SessionState): this {
    if (state === "AdminDown") this.step({ kind: "disable", diagnostic: diagnostic.administrativelyDown })
    if (state === "Init" || state === "Up") this.hear({ state: "Down", yourDiscriminator: 0, desiredMinTx: 1_000_000 })
    if (state === "Up") this.hear({ state: "Init", desiredMinTx: 1_000_000 })
    return this
  }

  /** Up, with the first Poll answered: all at full pace. */
  settle(fields: Partial<ControlPacket> = {}): this {
    this.reach("Up")
    this.hear({ ...fields, final: true })
    this.hear(fields)
    return this
  }

  get plan(): Plan {
    return planOf(this.session, this.now)
  }

  /** What is sent periodically; fails where nothing is. */
  get sends(): ControlPacket {
    const reading = readControlPacket(this.plan.packet ?? new Uint8Array(0))
    if (!reading.ok) throw new Error("nothing is sent periodically")
    return reading.packet
  }
}

/** Packets that were sent at once. */
export const sent = (effects: readonly SessionEffect[]): readonly ControlPacket[] =>
  effects.flatMap(effect => (effect.kind === "send" ? [effect.packet] : []))
