import type { PacketCrypto } from "../core/crypto.ts"
import { nextWake } from "../core/membership/clockwork.ts"
import type { Effect } from "../core/membership/effect.ts"
import { type Endpoint, endpointKey } from "../core/membership/endpoint.ts"
import type { MembershipEvent } from "../core/membership/event.ts"
import type { Happened } from "../core/membership/happening.ts"
import { isLive, type Member } from "../core/membership/member.ts"
import type { Settings } from "../core/membership/settings.ts"
import { createState, type Mode, type State } from "../core/membership/state.ts"
import { step } from "../core/membership/step.ts"
import { type Envelope, envelopeOverhead } from "../core/membership/wire/envelope.ts"
import type { WireFault } from "../core/membership/wire/fault.ts"
import { openPacket, sealPacket } from "../core/membership/wire/packet.ts"
import type { Clock, Millis, Timer } from "./clock.ts"
import type { LinkSockets } from "./link-socket.ts"
import type { Log } from "./log.ts"
import { membershipLog } from "./membership-log.ts"
import { type Neighbour, openTcp } from "./membership-tcp.ts"
import { openUdp, type Udp } from "./membership-udp.ts"

/** What a speaker is told: members that change, messages of other speakers, and whether the cluster is mixed. */
export type MembershipNews = Extract<Effect, { kind: "member" | "heard" | "mode" }>

export type MembershipOptions = {
  /** The Kubernetes node's name: the others know this speaker by it. */
  readonly name: string
  /** The pod's address and --ml-bindport (7946), for UDP and TCP. */
  readonly bind: Endpoint
  /** Keys (`keyOfSecret`), label, compression. */
  readonly envelope: Envelope
  readonly settings: Settings | "automatic"
  /** `encodeMark(…)` of the detector, or nothing to be taken for a speaker of MetalLB. */
  readonly meta: Uint8Array
  /** Called before each step with what it is called with, for recordings. */
  readonly onStep?: (state: State, event: MembershipEvent, at: Millis) => void
  /** Any number, another one at every start. */
  readonly seed: number
  readonly clock: Clock
  readonly crypto: PacketCrypto
  readonly log: Log
  /** For its datagrams. */
  readonly sockets: LinkSockets
  /** The detector, which has the same port. */
  readonly neighbour: Neighbour | undefined
  readonly onNews: (news: MembershipNews) => void
  /** Called for everything that happened or was refused, by name, for the metrics. */
  readonly onCount: (name: Happened | WireFault | "send-failed") => void
}

export type Membership = {
  /** All live members, this node included, by name. */
  readonly members: () => readonly Member[]
  readonly mode: () => Mode
  /** 0 for well; each step more says that this node misses what others get. */
  readonly health: () => number
  /** The state as it is, for recordings and for what a speaker shows of itself. */
  readonly state: () => State
  /** Where the API says that speakers are; members that are not there yet are joined, and looked for until they are. */
  readonly setPeers: (endpoints: readonly Endpoint[]) => void
  readonly setMeta: (meta: Uint8Array) => void
  /** The first key encrypts, all decrypt: to rotate, add the new one behind, then swap, then take the old one away. */
  readonly setKeys: (keys: readonly Uint8Array[]) => void
  /** A message to one member: in a packet (about 1,300 bytes, may get lost), or over a connection. */
  readonly say: (to: string, payload: Uint8Array, reliable: boolean) => void
  /** Takes a packet that another socket on this port has read. */
  readonly receive: (bytes: Uint8Array, from: Endpoint) => void
  /** Tells the others that this node goes, for at most `within`, and closes the sockets. Can be called again. */
  readonly stop: (within: Millis) => Promise<void>
}

/** Opens port 7946 and runs the protocol. Rejects in one sentence where the port or the address cannot be had. */
export const startMembership = async (options: MembershipOptions): Promise<Membership> => {
  const { bind, clock, crypto, log, onCount } = options
  let envelope = options.envelope
  const config = {
    name: options.name,
    endpoint: bind,
    meta: options.meta,
    settings: options.settings,
    overhead: envelopeOverhead(envelope),
  }
  const created = createState(config, options.seed, clock.monotonic())
  if (created === undefined) throw new Error(`membership: --ml-bindaddr must be an IP address, it is "${bind.address}"`)
  let state = created
  let wake: { readonly at: Millis; readonly timer: Timer } | undefined
  let closing: Promise<void> | undefined
  let whenLeft: () => void = () => undefined
  const left = new Promise<void>(resolve => {
    whenLeft = resolve
  })
  const tell = membershipLog(log, clock, options.name)

  const dispatch = (event: MembershipEvent): void => {
    if (closing !== undefined) return
    const now = clock.monotonic()
    options.onStep?.(state, event, now)
    const { next, effects, happenings } = step(state, event, now)
    state = next
    for (const happening of happenings) {
      onCount(happening.what)
      tell.happened(happening)
    }
    for (const effect of effects) perform(effect)
    arm()
  }

  /** The packets that have already come are read before a deadline is judged: the loop may have been busy, not the network. */
  const tick = (due: Millis) => setImmediate(() => dispatch({ kind: "tick", due }))

  const arm = () => {
    const now = clock.monotonic()
    const at = nextWake(state, now)
    if (wake?.at === at) return
    wake?.timer.cancel()
    wake = undefined
    if (!Number.isFinite(at)) return
    const timer = clock.after(Math.ceil(at - now), () => {
      wake = undefined
      tick(at)
    })
    wake = { at, timer }
  }

  const perform = (effect: Effect): void => {
    if (effect.kind === "send") udp.send(sealPacket(effect.messages, effect.checksum, envelope, crypto), effect.to)
    else if (effect.kind === "dial") tcp.dial({ ...effect, within: Math.max(0, effect.until - clock.monotonic()) })
    else if (effect.kind === "answer") tcp.answer(effect.stream, effect.message)
    else if (effect.kind === "close") tcp.closeStream(effect.stream)
    else if (effect.kind === "left") whenLeft()
    else options.onNews(effect)
  }

  const onFault = (fault: WireFault, from: Endpoint) => {
    onCount(fault)
    tell.refused(fault, from)
  }
  const onError = (error: Error) => log.error("membership: socket failed", { error: error.message })
  const { neighbour } = options
  const receive = (bytes: Uint8Array, from: Endpoint) => {
    if (neighbour !== undefined && bytes[0] === neighbour.firstByte) {
      neighbour.onPacket(bytes, from)
      return
    }
    const { messages, faults } = openPacket(bytes, envelope, crypto)
    for (const fault of faults) onFault(fault, from)
    if (messages.length > 0) dispatch({ kind: "packet", from, messages })
  }

  const cannot = (protocol: string) => (error: unknown) => {
    throw new Error(`membership: cannot listen on ${endpointKey(bind)} (${protocol})`, { cause: error })
  }
  const tcp = await openTcp(
    { bind, envelope: () => envelope, crypto, clock, neighbour, timeout: state.settings.tcpTimeout },
    {
      onRequest: (stream, from, message) => dispatch({ kind: "request", stream, from, message }),
      onReply: (exchange, message) => dispatch({ kind: "reply", exchange, message }),
      onHangup: (exchange, sent) => dispatch({ kind: "hangup", exchange, sent }),
      onFault,
      onError,
    },
  ).catch(cannot("TCP"))
  let udp: Udp
  try {
    udp = openUdp(bind, options.sockets, { onPacket: receive, onSendError: () => onCount("send-failed"), onError })
  } catch (error) {
    await tcp.close()
    return cannot("UDP")(error)
  }

  const close = async () => {
    wake?.timer.cancel()
    udp.close()
    await tcp.close()
  }
  const stop = async (within: Millis) => {
    dispatch({ kind: "leave", within })
    await left
    closing ??= close()
    await closing
  }

  return {
    members: () => [...state.members.values()].filter(isLive).sort(byName),
    mode: () => state.mode,
    health: () => state.awareness,
    state: () => state,
    setPeers: endpoints => dispatch({ kind: "peers", endpoints }),
    setMeta: meta => dispatch({ kind: "meta", meta }),
    setKeys: keys => {
      envelope = { ...envelope, keys }
    },
    say: (to, payload, reliable) => dispatch({ kind: "say", to, payload, reliable }),
    receive,
    stop,
  }
}

const byName = (a: Member, b: Member): number => (a.name < b.name ? -1 : 1)
