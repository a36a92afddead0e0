import type { Crypto } from "../crypto.ts"
import type { Beat } from "../detector/expected.ts"
import type { DetectorMessage } from "../detector/message.ts"
import { earliest } from "../detector/pair.ts"
import type { LinkId, NodeName, OwnLink, Peer } from "../detector/peer.ts"
import { type DetectorEffect, type DetectorEvent, type DetectorState, newDetector } from "../detector/state.ts"
import { detectorStep } from "../detector/step.ts"
import type { Millis } from "../detector/timings.ts"
import type { OwnershipMessage } from "./message.ts"
import {
  newOwnership,
  type OwnershipEffect,
  type OwnershipEvent,
  type OwnershipState,
  type Policy,
  type Wanted,
} from "./state.ts"
import { ownershipStep } from "./step.ts"

/** Detector and ownership of one speaker as one machine: what one finds is an event of the other. */
export type SpeakerState = {
  readonly detector: DetectorState
  readonly ownership: OwnershipState
  /** When each asked to be woken: waking much later means that the loop stood still. */
  readonly detectorWake: Millis | undefined
  readonly ownershipWake: Millis | undefined
  /** The end of the last stand-still that was dealt with. */
  readonly stalledAt: Millis | undefined
}

/** Everything that happens to the layer 2 side of a speaker. Plain data: recorded, it can be played again. */
export type SpeakerEvent =
  /** All known speakers of ours besides this one: from their marks, the membership and the API. Before `links` at the start. */
  | { readonly type: "peers"; readonly peers: readonly Peer[] }
  /** All own links that carry VIPs; on every change of address, carrier or MAC. */
  | { readonly type: "links"; readonly links: readonly OwnLink[] }
  | { readonly type: "wanted"; readonly wanted: readonly Wanted[] }
  | { readonly type: "policy"; readonly policy: Policy }
  | { readonly type: "api"; readonly away: boolean }
  /** A signed packet, opened and taken once. `via`: the link that it came in on, where its socket is bound to one. */
  | {
      readonly type: "packet"
      readonly from: NodeName
      readonly boot: number
      readonly link: LinkId
      readonly via: LinkId | undefined
      /** When the kernel received it. */
      readonly at: Millis
      readonly message: DetectorMessage | OwnershipMessage
    }
  /** The last of the heartbeats that are expected; before every other event. */
  | { readonly type: "heard"; readonly beats: readonly Beat[] }
  /**
   * An ARP packet or a neighbour solicitation or advertisement of somebody else. `claims` is the address that its sender
   * claims for itself: the sender of an ARP packet, the target of an advertisement; undefined: none.
   */
  | {
      readonly type: "frame"
      readonly link: LinkId
      readonly mac: string
      readonly claims: string | undefined
      readonly at: Millis
      /** Where the frame itself came from, if that is another station than `mac`. */
      readonly source?: string | undefined
    }
  | { readonly type: "connection"; readonly node: NodeName; readonly state: "lost" | "refused" | "accepted" }
  /** The loop stood still until now, as a packet shows that the kernel received at `since`, over 100 ms ago. */
  | { readonly type: "stalled"; readonly since: Millis }
  /** This process is about to end; `restarts`: its node goes on forwarding, and another process comes. */
  | { readonly type: "leave"; readonly restarts: boolean }
  | { readonly type: "wake" }

/** What is to be done outside. "gone", "back" and "count" are for the log, metrics and history alone. */
export type SpeakerEffect =
  | Exclude<DetectorEffect, { type: "send" }>
  | Exclude<OwnershipEffect, { type: "send" | "owns" | "watch" }>
  /** Sign, and send to the node's address on the link `via`. */
  | {
      readonly type: "send"
      readonly to: NodeName
      readonly link: LinkId
      readonly via: LinkId
      readonly message: DetectorMessage | OwnershipMessage
    }
  /** Drop what the packet sockets hold that was received before now, unanswered. */
  | { readonly type: "discard-older" }

export type Spoken = {
  readonly next: SpeakerState
  readonly effects: readonly SpeakerEffect[]
  readonly wakeAt: Millis | undefined
}

export const newSpeaker = (self: NodeName, boot: number, policy: Policy): SpeakerState => ({
  detector: newDetector(self, boot),
  ownership: newOwnership(self, boot, policy),
  detectorWake: undefined,
  ownershipWake: undefined,
  stalledAt: undefined,
})

/**
 * One step of a speaker at `now` (monotonic). Step with "wake" at `wakeAt`, after everything that has arrived. `steadySince`: since when
 * the heartbeats of this node have left without a gap that others could take for silence; undefined: not known.
 */
export const speakerStep = (
  state: SpeakerState,
  event: SpeakerEvent,
  now: Millis,
  crypto: Crypto,
  steadySince?: Millis,
): Spoken => {
  const run: Run = { state: { ...state }, effects: [], now, crypto }
  const due = earliest(state.detectorWake, state.ownershipWake)
  // What is still overdue after a stand-still was dealt with tells of no other one.
  const since = due === undefined ? now : Math.max(due, state.stalledAt ?? due)
  const late = now - since > state.detector.timings.stall
  // What waited in a queue through one stand-still tells of it packet by packet.
  const told = event.type === "stalled" && event.since > (state.stalledAt ?? Number.NEGATIVE_INFINITY)
  if (late) onStall(run, since, steadySince)
  else if (told) onStall(run, event.since, steadySince)
  if (event.type !== "stalled") handle(run, event)
  const { detectorWake, ownershipWake } = run.state
  return { next: run.state, effects: run.effects, wakeAt: earliest(detectorWake, ownershipWake) }
}

/** One step in progress. */
type Run = {
  readonly state: { -readonly [Field in keyof SpeakerState]: SpeakerState[Field] }
  readonly effects: SpeakerEffect[]
  readonly now: Millis
  readonly crypto: Crypto
}

const handle = (run: Run, event: Exclude<SpeakerEvent, { type: "stalled" }>): void => {
  if (event.type === "packet") onPacket(run, event)
  else if (event.type === "frame") onFrame(run, event)
  else if (event.type === "connection" || event.type === "heard") detect(run, event)
  else if (event.type === "peers" || event.type === "links" || event.type === "wake") {
    detect(run, event)
    own(run, event)
  } else own(run, event)
}

/**
 * Nothing was read since then, so silence proves nothing. Where heartbeats left all the while, nobody took this node for dead and took over
 * from it, so what it owned it owns.
 */
const onStall = (run: Run, since: Millis, steadySince: Millis | undefined): void => {
  const seemedDead = steadySince === undefined || steadySince > since
  run.state.stalledAt = run.now
  if (seemedDead) run.effects.push({ type: "discard-older" })
  detect(run, { type: "stalled" })
  if (seemedDead) own(run, { type: "stalled" })
}

/** Claims count on the link that they are about alone: two owners that hear each other there are what must not last. */
const onPacket = (run: Run, event: Extract<SpeakerEvent, { type: "packet" }>): void => {
  const { message } = event
  if (message.type === "claims" || message.type === "ack" || message.type === "query") {
    detect(run, { ...event, type: "message", message: { type: "other" } })
    if (event.via === event.link) own(run, { ...event, type: "message", message })
  } else detect(run, { ...event, type: "message", message })
}

const onFrame = (run: Run, event: Extract<SpeakerEvent, { type: "frame" }>): void => {
  const { link, claims, at } = event
  const mac = speakerOf(run, event)
  detect(run, { type: "frame", link, mac, address: claims, at })
  // A new owner announces its addresses to all, and each step looks at every address.
  if (claims !== undefined && run.state.ownership.seats.get(claims)?.mine === "yes")
    own(run, { type: "wire", link, vip: claims, mac })
}

/**
 * Whose word a frame is. One that says "it is at another's MAC" and comes from a known node is a stand-in's: no sign of life of the
 * one it speaks for. From any other station (some wireless bridges put their own address on every frame) it is as good as its content.
 */
const speakerOf = ({ state }: Run, { link, mac, source }: Extract<SpeakerEvent, { type: "frame" }>): string => {
  if (source === undefined || source === mac) return mac
  const known = [...state.ownership.shelves].some(([key, shelf]) => shelf.mac === source && key.endsWith(` ${link}`))
  return known ? source : mac
}

const detect = (run: Run, event: DetectorEvent): void => {
  const { next, effects, wakeAt } = detectorStep(run.state.detector, event, run.now, run.crypto)
  run.state.detector = next
  run.state.detectorWake = wakeAt
  for (const effect of effects) {
    run.effects.push(effect)
    if (effect.type === "gone" || effect.type === "back") own(run, effect)
  }
}

const own = (run: Run, event: OwnershipEvent): void => {
  const { next, effects, wakeAt } = ownershipStep(run.state.ownership, event, run.now, run.state.detector.voices)
  run.state.ownership = next
  run.state.ownershipWake = wakeAt
  for (const effect of effects) {
    if (effect.type === "left") detect(run, { type: "leave" })
    if (effect.type === "owns" || effect.type === "watch") detect(run, effect)
    else run.effects.push(effect.type === "send" ? { ...effect, via: effect.link } : effect)
  }
}
