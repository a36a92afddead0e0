import type { SessionEffect } from "../../../agent/core/bgp/session/effect.ts"
import type { SessionEvent } from "../../../agent/core/bgp/session/event.ts"
import { createSession, type Session } from "../../../agent/core/bgp/session/session.ts"
import type { SessionSettings } from "../../../agent/core/bgp/session/settings.ts"
import { step } from "../../../agent/core/bgp/session/step.ts"
import { decodeUpdate } from "../../../agent/core/bgp/wire/decode-update.ts"
import { emptyFramer, type Framer, push, take } from "../../../agent/core/bgp/wire/framer.ts"
import { messageLimit } from "../../../agent/core/bgp/wire/message.ts"
import type { Address } from "../../../agent/core/ip/address.ts"
import { formatCidr } from "../../../agent/core/ip/cidr.ts"
import type { Random } from "../ownership/random.ts"

export type SpeakerPlan = { readonly address: Address; readonly settings: SessionSettings }

/** One end of a TCP connection. */
type End = {
  readonly owner: Speaker
  readonly connection: string
  peer: End | undefined
  /** Nothing arrives before it: bytes keep their order. */
  arrivesAt: number
  open: boolean
}

/** A speaker with one session, and what it has been told on each connection. */
export type Speaker = {
  readonly plan: SpeakerPlan
  session: Session
  running: boolean
  wakeAt: number | undefined
  accepted: number
  readonly ends: Map<string, End>
  readonly heard: Map<string, { framer: Framer; readonly routes: Map<string, string> }>
  readonly changes: string[]
}

type Due = { readonly at: number; readonly order: number; readonly run: () => void }

/** Two speakers and a cable between them, on virtual time. Bytes arrive in order, in pieces of any size, after 0 to 20 ms. */
export class BgpNetwork {
  now = 0
  readonly speakers: readonly [Speaker, Speaker]
  readonly #random: Random
  #due: Due[] = []
  #count = 0
  #isCut = false

  constructor(plans: readonly [SpeakerPlan, SpeakerPlan], random: Random) {
    this.#random = random
    this.speakers = [this.#speaker(plans[0]), this.#speaker(plans[1])]
  }

  tell(speaker: Speaker, event: SessionEvent): void {
    const { next, effects, wakeAt } = step(speaker.session, event, this.now)
    speaker.session = next
    speaker.wakeAt = wakeAt
    for (const effect of effects) this.#perform(speaker, effect)
  }

  /** Nothing arrives while the cable is cut; what was on its way is lost, as TCP would send it again, with the connection. */
  cut(): void {
    this.#isCut = true
  }

  mend(): void {
    this.#isCut = false
    for (const { ends } of this.speakers)
      for (const end of [...ends.values()]) if (end.open && end.peer !== undefined) this.#break(end, "ETIMEDOUT")
  }

  /** The process dies without a word, and another takes its place. */
  restart(speaker: Speaker, preserved: boolean): void {
    for (const end of [...speaker.ends.values()]) this.#break(end, "ECONNRESET")
    const routes = speaker.session.ribs
    const start = { seed: this.#random.between(0, 2 ** 32 - 1), restarted: true, preserved }
    speaker.session = { ...createSession(speaker.plan.settings, start, this.now), ribs: routes }
    speaker.ends.clear()
    speaker.heard.clear()
    this.tell(speaker, { kind: "start" })
  }

  run(ms: number): void {
    const end = this.now + ms
    for (let steps = 0; ; steps += 1) {
      if (steps > 1_000_000) throw new Error("the network never comes to rest")
      const next = Math.min(
        this.#due[0]?.at ?? Number.POSITIVE_INFINITY,
        ...this.speakers.map(({ wakeAt }) => wakeAt ?? Number.POSITIVE_INFINITY),
      )
      if (next > end) break
      this.now = Math.max(this.now, next)
      const [first] = this.#due
      if (first !== undefined && first.at <= this.now) {
        this.#due.shift()
        first.run()
        continue
      }
      for (const speaker of this.speakers)
        if ((speaker.wakeAt ?? Number.POSITIVE_INFINITY) <= this.now) this.tell(speaker, { kind: "tick" })
    }
    this.now = end
  }

  /** What a speaker was told on the connection of its session, "prefix attributes" each. */
  routesOf({ session, heard }: Speaker): ReadonlyMap<string, string> {
    const { main } = session
    return main.state === "Established" ? (heard.get(main.link.id)?.routes ?? new Map()) : new Map()
  }

  #speaker(plan: SpeakerPlan): Speaker {
    const start = { seed: this.#random.between(0, 2 ** 32 - 1), restarted: false, preserved: true }
    const session = createSession(plan.settings, start, 0)
    return {
      plan,
      session,
      running: true,
      wakeAt: undefined,
      accepted: 0,
      ends: new Map(),
      heard: new Map(),
      changes: [],
    }
  }

  #other(speaker: Speaker): Speaker {
    return speaker === this.speakers[0] ? this.speakers[1] : this.speakers[0]
  }

  #after(ms: number, run: () => void): void {
    this.#at(this.now + ms, run)
  }

  #at(at: number, run: () => void): void {
    this.#count += 1
    this.#due.push({ at, order: this.#count, run })
    this.#due.sort((a, b) => a.at - b.at || a.order - b.order)
  }

  #perform(speaker: Speaker, effect: SessionEffect): void {
    switch (effect.kind) {
      case "dial":
        this.#dial(speaker, effect.connection)
        break
      case "send":
        this.#send(speaker.ends.get(effect.connection), effect.bytes)
        break
      case "close":
        this.#close(speaker.ends.get(effect.connection), effect.how)
        break
      case "changed":
        speaker.changes.push(`${this.now} ${effect.from} ${effect.to} ${effect.reason}`)
    }
  }

  #dial(speaker: Speaker, connection: string): void {
    const end: End = { owner: speaker, connection, peer: undefined, arrivesAt: 0, open: true }
    speaker.ends.set(connection, end)
    this.#after(this.#random.between(0, 20), () => {
      if (!end.open || this.#isCut) return
      const to = this.#other(speaker)
      to.accepted += 1
      const peer: End = { owner: to, connection: `in-${to.accepted}`, peer: end, arrivesAt: 0, open: true }
      end.peer = peer
      to.ends.set(peer.connection, peer)
      const [local, remote] = [speaker.plan.address, to.plan.address]
      this.tell(speaker, { kind: "connected", connection, local, remote })
      this.tell(to, { kind: "accepted", connection: peer.connection, local: remote, remote: local })
    })
  }

  #send(end: End | undefined, bytes: Uint8Array): void {
    const peer = end?.peer
    if (end?.open !== true || peer === undefined) return
    for (let at = 0; at < bytes.length; ) {
      const size = this.#random.between(1, bytes.length - at)
      const piece = bytes.slice(at, at + size)
      at += size
      peer.arrivesAt = Math.max(peer.arrivesAt, this.now + this.#random.between(0, 20))
      this.#at(peer.arrivesAt, () => {
        if (!peer.open || this.#isCut) return
        this.#listen(peer, piece)
        this.tell(peer.owner, { kind: "received", connection: peer.connection, bytes: piece })
      })
    }
  }

  #close(end: End | undefined, how: "flush" | "abort"): void {
    if (end === undefined || !end.open) return
    end.open = false
    end.owner.ends.delete(end.connection)
    const { peer } = end
    if (peer === undefined) return
    const at = how === "abort" ? this.now : Math.max(peer.arrivesAt, this.now)
    this.#at(at, () => {
      if (!this.#isCut) this.#lose(peer, how === "abort" ? "ECONNRESET" : "")
    })
  }

  /** Both ends are lost. */
  #break(end: End, code: string): void {
    const { peer } = end
    end.open = false
    if (peer !== undefined) this.#after(0, () => this.#lose(peer, code))
    if (end.owner.ends.has(end.connection)) this.#after(0, () => this.#lose(end, code, true))
  }

  #lose(end: End, code: string, anyhow = false): void {
    if (!end.open && !anyhow) return
    end.open = false
    if (end.owner.ends.get(end.connection) !== end) return
    end.owner.ends.delete(end.connection)
    this.tell(end.owner, { kind: "closed", connection: end.connection, code, message: "" })
  }

  /** Keeps what the UPDATEs of a connection say, which the session itself only counts. */
  #listen({ owner, connection }: End, bytes: Uint8Array): void {
    const known = owner.heard.get(connection) ?? { framer: emptyFramer(), routes: new Map<string, string>() }
    owner.heard.set(connection, known)
    known.framer = push(known.framer, bytes)
    for (;;) {
      const taken = take(known.framer, messageLimit.extended)
      if (!taken.ok) throw new Error(`a speaker of ours sent what is no message: ${taken.fault.name}`)
      if (taken.value === undefined) return
      known.framer = taken.value.rest
      if (taken.value.message.type !== "update") continue
      const wire = { fourOctet: true, internal: false, families: ["IPv4", "IPv6"], extendedNextHop: ["IPv4"] } as const
      const reading = decodeUpdate(taken.value.message.body, wire)
      if (reading.outcome !== "good") throw new Error(`an UPDATE of ours is read as ${reading.outcome}`)
      const { withdrawn, announced, attributes } = reading.update
      for (const prefix of [...withdrawn, ...(attributes.unreach?.prefixes ?? [])])
        known.routes.delete(formatCidr(prefix))
      const text = JSON.stringify([attributes.med ?? null, attributes.communities ?? []])
      for (const prefix of [...announced, ...(attributes.reach?.prefixes ?? [])])
        known.routes.set(formatCidr(prefix), text)
    }
  }
}
