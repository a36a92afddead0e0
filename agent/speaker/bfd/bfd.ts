import { deviceOf, lowestTtl } from "../../core/bfd/demultiplex.ts"
import { type Diagnostic, diagnostic } from "../../core/bfd/diagnostic.ts"
import { type SessionState, writeControlPacket } from "../../core/bfd/packet.ts"
import type { BfdLink, BfdWanted } from "../../core/bfd/place.ts"
import { planOf, wakeAt } from "../../core/bfd/plan.ts"
import { type SessionEffect, type SessionEvent, sessionStep } from "../../core/bfd/step.ts"
import { formatAddress } from "../../core/ip/format.ts"
import type { Facts } from "../../core/outcome.ts"
import type { ReasonCode } from "../../core/reasons.ts"
import type { StartBfdWire } from "../../ports/bfd-wire.ts"
import type { Clock, Millis } from "../../ports/clock.ts"
import type { Forwards } from "../../ports/forwarding.ts"
import { textOf } from "../../ports/log.ts"
import { createIncoming } from "./incoming.ts"
import { createLines } from "./lines.ts"
import { countsOf, type Member, newMember, type Request, settingsFor } from "./member.ts"
import { placing } from "./placing.ts"
import { type BfdStatus, statusOf } from "./status.ts"

export type BfdEdges = {
  readonly clock: Clock
  /** The thread is started for the first session and ended with the last. */
  readonly startWire: StartBfdWire
  /** The interfaces as they are now. */
  readonly links: () => readonly BfdLink[]
  readonly forwards: Forwards
  /** 1 to 2^32-1, not to be guessed. */
  readonly newDiscriminator: () => number
}

/** A session of these clients changed its state. */
export type BfdChange = {
  /** Sorted. */
  readonly names: readonly string[]
  readonly peer: string
  readonly from: SessionState
  readonly to: SessionState
  /** The path failed: what depends on it is to be torn down (RFC 5882 section 4.2; BGP: Cease, BFD Down, RFC 9384). */
  readonly failure: boolean
  readonly reason: ReasonCode
  readonly facts: Facts
}

export type BfdListener = {
  readonly changed: (change: BfdChange) => void
  /** Something that concerns no session or all of them, by name, to be logged. */
  readonly trouble: (what: string, facts: Facts) => void
}

export type Bfd = {
  /** These sessions and no others from now on. What stays keeps its state, whatever changed of its profile or its interface. */
  readonly setSessions: (wanted: readonly BfdWanted[]) => void
  /** Interfaces or addresses changed. */
  readonly refresh: () => void
  /** By the first client's name. */
  readonly status: () => readonly BfdStatus[]
  /** Packets that belong to no session, by the name of the rule that dropped them. */
  readonly strays: () => Readonly<Record<string, number>>
  /** Turns the session of a client off, which the peer takes for no failure; until `adminUp`, or until no client wants it. */
  readonly adminDown: (name: string, why?: Diagnostic) => void
  readonly adminUp: (name: string) => void
  /** Tells all peers that this is no failure, waits until they must have heard it or for 500 ms, and ends. */
  readonly stop: () => Promise<void>
}

/** Between two tries to open sockets that were refused. */
const retryEvery: Millis = 10_000
const partingMost: Millis = 500

/** Runs `sessionStep` on the wire for the sessions that its clients want. */
export const createBfd = (edges: BfdEdges, listener: BfdListener): Bfd => {
  const { clock } = edges
  // BOUNDED by mostSessions, both; leaving sessions count.
  const members = new Map<string, Member>()
  const byDiscriminator = new Map<number, Member>()
  let wanted: readonly BfdWanted[] = []
  let unplaced: readonly BfdStatus[] = []
  // BOUNDED by the names of clients that were wanted when they were turned off.
  const off = new Map<string, Diagnostic>()
  let stopped = false

  const incoming = createIncoming(
    { byDiscriminator: discriminator => byDiscriminator.get(discriminator), byPath: key => members.get(key) },
    (member, packet, at) => step(member, { kind: "packet", packet, at }),
  )

  const known = (discriminator: number, event: SessionEvent) => {
    const member = byDiscriminator.get(discriminator)
    if (member !== undefined) step(member, event)
  }

  const step = (member: Member, event: SessionEvent): void => {
    const { next, effects } = sessionStep(member.session, event, clock.monotonic())
    member.session = next
    for (const effect of effects) perform(member, effect)
    follow(member)
  }

  const perform = (member: Member, effect: SessionEffect): void => {
    if (effect.kind === "send") member.wire?.line.send(writeControlPacket(effect.packet))
    else if (effect.kind === "refused") {
      member.refused.set(effect.refusal, (member.refused.get(effect.refusal) ?? 0) + 1)
    } else tell(member, effect)
  }

  const tell = (member: Member, { from, to, failure }: Extract<SessionEffect, { kind: "changed" }>) => {
    member.since = clock.wall()
    if (to === "Up") member.ups += 1
    if (from === "Up") member.downs += 1
    if (member.leaving) return
    member.told += 1
    const { names, peer, reason, facts } = statusOf(member)
    listener.changed({ names, peer, from, to, failure, reason, facts })
  }

  /** Hands the plan that follows from the session to the wire. */
  const follow = (member: Member): void => {
    const fault = member.wire?.line.setPlan(planOf(member.session, clock.monotonic()))
    if (fault !== undefined) member.echoFault = fault.message
    arm(member, wakeAt(member.session))
  }

  const arm = (member: Member, at: Millis | undefined) => {
    if (member.wake?.at === at) return
    member.wake?.timer.cancel()
    member.wake = undefined
    if (at === undefined) return
    const timer = clock.after(Math.max(0, at - clock.monotonic()), () => {
      member.wake = undefined
      if (member.leaving) drop(member)
      else step(member, { kind: "wake" })
    })
    member.wake = { at, timer }
  }

  const lines = createLines(
    clock,
    edges.startWire,
    {
      received: incoming.received,
      silent: (discriminator, since) => known(discriminator, { kind: "silent", since }),
      echoLost: discriminator => known(discriminator, { kind: "echo-lost" }),
      echoReturned: discriminator => known(discriminator, { kind: "echo-returned" }),
    },
    count => listener.trouble("packets dropped", { count }),
  )

  /** Sockets for a session that has none; tried again where they are refused. */
  const connect = (member: Member): void => {
    member.retry?.cancel()
    member.retry = undefined
    const { path, local } = member.request.place
    const interfaceIndex = deviceOf(path)
    const vrf = path.hops === "single" ? "" : path.vrf
    try {
      const { discriminator } = member.session
      member.wire = lines.open(
        { hops: path.hops, family: path.peer.family, vrf, interfaceIndex },
        { discriminator, interfaceIndex, local, peer: path.peer, lowestTtl: lowestTtl(path) },
      )
      member.fault = undefined
      member.echoFault = undefined
      follow(member)
    } catch (error) {
      member.fault = textOf(error)
      member.retry = clock.after(retryEvery, () => connect(member))
    }
  }

  const disconnect = (member: Member): void => {
    member.retry?.cancel()
    member.retry = undefined
    member.before = countsOf(member)
    const { heardAt } = member.before
    // The next line counts silence from there.
    if (heardAt !== undefined) step(member, { kind: "alive", at: heardAt })
    if (member.wire !== undefined) lines.close(member.wire)
    member.wire = undefined
  }

  const create = (request: Request): void => {
    let discriminator = edges.newDiscriminator()
    while (byDiscriminator.has(discriminator)) discriminator = edges.newDiscriminator()
    const member = newMember(request, settingsFor(request, edges.forwards), discriminator, clock.wall())
    members.set(request.key, member)
    byDiscriminator.set(discriminator, member)
    connect(member)
  }

  /** A session that stays: new settings by a Poll Sequence, a new address of ours by new sockets, and its state as it is. */
  const update = (member: Member, request: Request): void => {
    const before = member.request.place
    member.request = request
    member.leaving = false
    const moved = formatAddress(before.local) !== formatAddress(request.place.local)
    const ttl = lowestTtl(before.path) !== lowestTtl(request.place.path)
    // A VRF that was made anew has its name and another device.
    const device = deviceOf(before.path) !== deviceOf(request.place.path)
    if (moved || ttl || device) {
      disconnect(member)
      connect(member)
    }
    step(member, { kind: "settings", settings: settingsFor(request, edges.forwards) })
  }

  const leave = (member: Member): void => {
    if (member.leaving) return
    member.leaving = true
    step(member, { kind: "disable", diagnostic: diagnostic.administrativelyDown })
    if (member.wake === undefined) drop(member)
  }

  const drop = (member: Member): void => {
    disconnect(member)
    member.wake?.timer.cancel()
    members.delete(member.request.key)
    byDiscriminator.delete(member.session.discriminator)
    if (members.size === 0) lines.end()
  }

  const administer = (member: Member): void => {
    const why = member.request.clients.map(client => off.get(client.name)).find(code => code !== undefined)
    if (why !== undefined) step(member, { kind: "disable", diagnostic: why })
    else if (!member.leaving) step(member, { kind: "enable" })
  }

  const reconcile = (): void => {
    if (stopped) return
    const { requests, unplaced: others } = placing(wanted, edges.links(), clock.wall())
    unplaced = others
    const keys = new Set(requests.map(request => request.key))
    for (const member of [...members.values()]) if (!keys.has(member.request.key)) leave(member)
    for (const request of requests) {
      const member = members.get(request.key)
      if (member === undefined) create(request)
      else update(member, request)
    }
    for (const member of [...members.values()]) administer(member)
  }

  return {
    setSessions: next => {
      wanted = next
      for (const name of [...off.keys()]) if (!next.some(client => client.name === name)) off.delete(name)
      reconcile()
    },
    refresh: reconcile,
    status: () =>
      [...[...members.values()].filter(member => !member.leaving).map(statusOf), ...unplaced].sort((a, b) =>
        (a.names[0] ?? "") < (b.names[0] ?? "") ? -1 : 1,
      ),
    strays: incoming.strays,
    adminDown: (name, why = diagnostic.administrativelyDown) => {
      if (!wanted.some(client => client.name === name)) return
      off.set(name, why)
      for (const member of members.values()) administer(member)
    },
    adminUp: name => {
      off.delete(name)
      for (const member of members.values()) administer(member)
    },
    stop: async () => {
      if (stopped) return
      stopped = true
      for (const member of [...members.values()]) leave(member)
      const limit = clock.monotonic() + partingMost
      // BOUNDED by partingMost, 20 ms at a time.
      while (members.size > 0 && clock.monotonic() < limit) {
        await new Promise<void>(resolve => void clock.after(20, resolve))
      }
      for (const member of [...members.values()]) drop(member)
      lines.end()
    },
  }
}
