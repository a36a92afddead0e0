import type { SessionEffect } from "../../../../agent/core/bgp/session/effect.ts"
import type { SessionEvent } from "../../../../agent/core/bgp/session/event.ts"
import type { LaneState } from "../../../../agent/core/bgp/session/lane.ts"
import { createSession, type Session, type SessionStart } from "../../../../agent/core/bgp/session/session.ts"
import { type SessionSettings, sessionSettings } from "../../../../agent/core/bgp/session/settings.ts"
import { step } from "../../../../agent/core/bgp/session/step.ts"
import type { Capability } from "../../../../agent/core/bgp/wire/capability.ts"
import { emptyFramer, push, take } from "../../../../agent/core/bgp/wire/framer.ts"
import { encodeKeepalive, type Message, messageLimit } from "../../../../agent/core/bgp/wire/message.ts"
import { decodeNotification } from "../../../../agent/core/bgp/wire/notification.ts"
import { encodeOpen, type Open } from "../../../../agent/core/bgp/wire/open.ts"
import type { BgpPeer } from "../../../../agent/core/config/bgp/model.ts"
import type { Address } from "../../../../agent/core/ip/address.ts"
import { address } from "../../allocate/fixtures.ts"
import { assertFilled } from "./filled.ts"

export const node = address("10.0.0.11")
export const router = address("10.0.0.1")

const peer: BgpPeer = {
  name: "tor",
  source: "resource",
  myASN: 64512,
  remote: { kind: "as", asn: 64513 },
  localASN: undefined,
  endpoint: { kind: "address", address: router },
  sourceAddress: undefined,
  port: 179,
  timers: { holdTime: undefined, keepaliveTime: undefined, connectTime: undefined },
  routerID: undefined,
  nodeSelectors: [],
  password: { from: "nothing" },
  bfdProfile: undefined,
  gracefulRestart: false,
  ebgpMultiHop: false,
  ttlSecurityHops: undefined,
  vrf: "",
  dualStackAddressFamily: false,
}

/** AS 64513 at 10.0.0.1, seen from AS 64512. */
export const peerOf = (changes: Partial<BgpPeer> = {}): BgpPeer => ({ ...peer, ...changes })

/** AS 64512 at 10.0.0.11 with AS 64513 at 10.0.0.1, hold time 90 s. */
export const settingsWith = (
  changes: Partial<SessionSettings> = {},
  peerChanges: Partial<BgpPeer> = {},
): SessionSettings => ({
  ...sessionSettings(peerOf(peerChanges), { namespace: "metallb-system", nodeId: 7, accepts: true, restartTime: 120 }),
  ...changes,
})

export const fourOctet = (asn: number): Capability => ({ kind: "four-octet-as", asn })
export const ipv4: Capability = { kind: "multiprotocol", family: { afi: 1, safi: 1 } }
export const ipv6: Capability = { kind: "multiprotocol", family: { afi: 2, safi: 1 } }

export const openOf = (changes: Partial<Open> = {}): Open => ({
  asn: 64513,
  holdTime: 90,
  identifier: 0x0a000001,
  capabilities: [ipv4, { kind: "route-refresh" }, fourOctet(64513)],
  ...changes,
})

/** One session on virtual time, driven by events; the peer is played by the test. */
export class Driver {
  session: Session
  now = 0
  /** Of the last step. */
  effects: readonly SessionEffect[] = []
  wakeAt: number | undefined
  /** Bytes sent and not read by the test, by connection. */
  readonly #sent = new Map<string, Uint8Array[]>()

  constructor(
    changes: Partial<SessionSettings> = {},
    start: Partial<SessionStart> = {},
    peerChanges: Partial<BgpPeer> = {},
  ) {
    const settings = settingsWith(changes, peerChanges)
    this.session = createSession(settings, { seed: 1, restarted: false, preserved: true, ...start }, 0)
  }

  get state(): LaneState {
    return this.session.main.state
  }

  get reason(): string {
    return this.session.why.reason
  }

  do(event: SessionEvent): readonly SessionEffect[] {
    const stepped = step(this.session, event, this.now)
    this.session = stepped.next
    this.effects = stepped.effects
    this.wakeAt = stepped.wakeAt
    assertFilled(this.session.why)
    if (this.session.last !== undefined) assertFilled(this.session.last.explained)
    for (const effect of stepped.effects) {
      if (effect.kind !== "send") continue
      this.#sent.set(effect.connection, [...(this.#sent.get(effect.connection) ?? []), effect.bytes])
    }
    return stepped.effects
  }

  /** Lets time pass, with a tick whenever one is asked for. */
  pass(ms: number): void {
    const end = this.now + ms
    for (let ticks = 0; this.wakeAt !== undefined && this.wakeAt <= end; ticks += 1) {
      if (ticks > 10_000) throw new Error("the session asks for ticks without end")
      this.now = Math.max(this.now, this.wakeAt)
      this.do({ kind: "tick" })
    }
    this.now = end
  }

  /** The messages sent on a connection since the last call. */
  sent(connection: string): readonly Message[] {
    let framer = emptyFramer()
    for (const bytes of this.#sent.get(connection) ?? []) framer = push(framer, bytes)
    this.#sent.delete(connection)
    const messages: Message[] = []
    for (;;) {
      const taken = take(framer, messageLimit.extended)
      if (!taken.ok) throw new Error(`what was sent is no message: ${taken.fault.name}`)
      if (taken.value === undefined) return messages
      messages.push(taken.value.message)
      framer = taken.value.rest
    }
  }

  /** "open keepalive notification 6/2". */
  said(connection: string): string {
    return this.sent(connection)
      .map(({ type, body }) => {
        if (type !== "notification") return type
        const { code, subcode } = decodeNotification(body)
        return `notification ${code}/${subcode}`
      })
      .join(" ")
  }

  /** "dial out-1", "close out-1 flush": what the last step did besides sending and telling. */
  get acts(): readonly string[] {
    return this.effects.flatMap(effect => {
      if (effect.kind === "dial") return [`dial ${effect.connection}`]
      return effect.kind === "close" ? [`close ${effect.connection} ${effect.how}`] : []
    })
  }

  hear(connection: string, ...messages: readonly Uint8Array[]): void {
    for (const bytes of messages) this.do({ kind: "received", connection, bytes })
  }

  connected(connection: string, ends: { local?: Address; remote?: Address } = {}): void {
    this.do({ kind: "connected", connection, local: node, remote: router, ...ends })
  }

  accepted(connection: string): void {
    this.do({ kind: "accepted", connection, local: node, remote: router })
  }

  closed(connection: string, code = ""): void {
    this.do({ kind: "closed", connection, code, message: "" })
  }

  /** From the start to an established session on out-1. */
  establish(open: Open = openOf()): void {
    this.do({ kind: "start" })
    this.connected("out-1")
    this.hear("out-1", encodeOpen(open), encodeKeepalive())
    if (this.state !== "Established") throw new Error(`not established: ${this.reason}`)
    this.sent("out-1")
  }
}
