import type { LocalAddresses } from "../../core/bgp/rib/hops.ts"
import type { SessionEffect } from "../../core/bgp/session/effect.ts"
import type { SessionEvent } from "../../core/bgp/session/event.ts"
import type { ConnectionId } from "../../core/bgp/session/link.ts"
import { createSession, type LastEnd, type Session, type SessionStart } from "../../core/bgp/session/session.ts"
import type { SessionSettings } from "../../core/bgp/session/settings.ts"
import { step } from "../../core/bgp/session/step.ts"
import type { PasswordSource } from "../../core/config/bgp/model.ts"
import type { Address } from "../../core/ip/address.ts"
import type { BgpTransport, Caller, DialListener, Stream, StreamEnds } from "../../ports/bgp-transport.ts"
import type { Clock, Millis, Timer } from "../../ports/clock.ts"
import { textOf } from "../../ports/log.ts"
import type { Whereabouts } from "./addresses.ts"

export type RunnerEdges = {
  readonly clock: Clock
  readonly transport: BgpTransport
  /** Rejects with an Error whose message says what cannot be read. */
  readonly password: (peer: string, source: PasswordSource) => Promise<Uint8Array>
  /** The addresses of the interface that has this one. */
  readonly addressesBeside: (local: Address, where: Whereabouts) => LocalAddresses
  /** Each step as it is taken, for recordings. */
  readonly stepped?: (event: SessionEvent, at: Millis, effects: readonly SessionEffect[]) => void
}

export type Changed = Extract<SessionEffect, { readonly kind: "changed" }>

export type MalformedTold = Extract<SessionEffect, { readonly kind: "malformed" }>

export type RunnerListener = {
  /** `ended`: what went wrong with it in the same moment; undefined where nothing did. */
  readonly changed: (change: Changed, session: Session, ended: LastEnd | undefined) => void
  /** A session or an attempt at one ended, and not by anybody's will. */
  readonly failed: (last: LastEnd, session: Session) => void
  /** The peer sent an UPDATE that could not be taken as it is. */
  readonly malformed: (told: MalformedTold, session: Session) => void
}

/** A session at work. */
export type Runner = {
  readonly session: () => Session
  /** Monotonic; since when it is established, or is not, whatever is tried meanwhile. */
  readonly since: () => Millis
  readonly feed: (event: SessionEvent) => void
  /** The peer opened this connection. */
  readonly accept: (caller: Caller) => void
  /** Interfaces or addresses changed. */
  readonly refresh: () => void
  /** Resolves when nothing waits to be said any more. */
  readonly parted: () => Promise<unknown>
  /** Ends timers and connections, without a word to anybody. */
  readonly close: () => void
}

/** Performs what `step` asks for: connections, bytes and timers of one session. */
export const startRunner = (
  { clock, transport, password, addressesBeside, stepped: tell }: RunnerEdges,
  settings: SessionSettings,
  start: SessionStart,
  listener: RunnerListener,
): Runner => {
  let session = createSession(settings, start, clock.monotonic())
  // BOUNDED by the session: two connections, and those that say goodbye for 2 s.
  const streams = new Map<ConnectionId, Stream>()
  // BOUNDED as the streams are.
  const leaving = new Set<Promise<void>>()
  // BOUNDED as the streams: dials whose password is being read.
  const reading = new Set<ConnectionId>()
  let calls = 0
  let wake: { readonly at: Millis; readonly timer: Timer } | undefined
  // BOUNDED by what one step causes while it is performed.
  const waiting: SessionEvent[] = []
  let busy = false
  let closed = false

  const feed = (event: SessionEvent) => {
    if (closed) return
    waiting.push(event)
    if (busy) return
    busy = true
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) take(next)
    } finally {
      busy = false
    }
    arm()
  }

  let since = clock.monotonic()
  let wakeAt: Millis | undefined
  const take = (event: SessionEvent) => {
    const before = session.last
    const now = clock.monotonic()
    const stepped = step(session, event, now)
    tell?.(event, now, stepped.effects)
    if ((stepped.next.main.state === "Established") !== (session.main.state === "Established")) since = now
    session = stepped.next
    wakeAt = stepped.wakeAt
    const ended = session.last === before ? undefined : session.last
    for (const effect of stepped.effects) perform(effect, ended)
    if (ended !== undefined) listener.failed(ended, session)
  }

  const arm = () => {
    if (wake?.at === wakeAt) return
    wake?.timer.cancel()
    wake = undefined
    if (wakeAt === undefined || closed) return
    const tick = () => {
      wake = undefined
      feed({ kind: "tick" })
    }
    wake = { at: wakeAt, timer: clock.after(Math.max(0, wakeAt - clock.monotonic()), tick) }
  }

  const perform = (effect: SessionEffect, ended: LastEnd | undefined) => {
    switch (effect.kind) {
      case "dial":
        void dial(effect)
        break
      case "send":
        streams.get(effect.connection)?.send(effect.bytes)
        break
      case "close":
        reading.delete(effect.connection)
        if (effect.how === "flush") part(streams.get(effect.connection))
        else streams.get(effect.connection)?.abort()
        streams.delete(effect.connection)
        break
      case "changed":
        listener.changed(effect, session, ended)
        break
      case "malformed":
        listener.malformed(effect, session)
    }
  }

  const part = (stream: Stream | undefined) => {
    if (stream === undefined) return
    const end = stream.finish().then(() => void leaving.delete(end))
    leaving.add(end)
  }

  const dial = async ({ connection, to, port, from, device, leastTtl, ...plan }: Dial) => {
    let secret: Uint8Array | undefined
    if (plan.password) {
      reading.add(connection)
      try {
        secret = await password(session.settings.peer, session.settings.password)
      } catch (error) {
        if (reading.delete(connection)) feed({ kind: "closed", connection, code: "EPASSWORD", message: textOf(error) })
        return
      }
      if (!reading.delete(connection)) return
    }
    const request = { to, port, from, device, leastTtl, password: secret }
    streams.set(connection, transport.dial(request, listenerOf(connection)))
  }

  const listenerOf = (connection: ConnectionId): DialListener => ({
    connected: ends => {
      addressesOf(ends)
      feed({ kind: "connected", connection, ...ends })
    },
    received: bytes => feed({ kind: "received", connection, bytes }),
    congested: () => feed({ kind: "congested", connection }),
    drained: () => feed({ kind: "drained", connection }),
    closed: (code, message) => {
      streams.delete(connection)
      feed({ kind: "closed", connection, code, message })
    },
  })

  /** What the session must know before it tells the first route. */
  const addressesOf = ({ local }: Pick<StreamEnds, "local">) => {
    const where = { device: session.place?.device, vrf: session.settings.vrf }
    feed({ kind: "addresses", addresses: addressesBeside(local, where) })
  }

  const localEnd = (): Address | undefined =>
    session.main.state === "Established" ? session.main.link.local : undefined

  return {
    session: () => session,
    since: () => since,
    feed,
    accept: caller => {
      calls += 1
      const connection = `in-${calls}`
      const { connected: _, ...listener } = listenerOf(connection)
      streams.set(connection, caller.take(listener))
      addressesOf(caller)
      feed({ kind: "accepted", connection, local: caller.local, remote: caller.remote })
    },
    refresh: () => {
      const local = localEnd()
      if (local !== undefined) addressesOf({ local })
    },
    parted: () => Promise.all(leaving),
    close: () => {
      closed = true
      wake?.timer.cancel()
      for (const stream of streams.values()) stream.abort()
      streams.clear()
      reading.clear()
    },
  }
}

type Dial = Extract<SessionEffect, { readonly kind: "dial" }>
