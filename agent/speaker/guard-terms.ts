import type { Crypto, SigningCrypto } from "../core/crypto.ts"
import type { LinkId, NodeName, OwnLink, Peer } from "../core/detector/peer.ts"
import type { SpeakerEffect, SpeakerEvent } from "../core/ownership/speaker.ts"
import type { Policy, Seat, Wanted } from "../core/ownership/state.ts"
import type { Clock, Millis } from "../ports/clock.ts"
import type { Heartbeats } from "../ports/heartbeat.ts"
import type { Lifelines } from "../ports/lifeline.ts"
import type { LinkSocket, LinkSockets, ReceivedDatagram } from "../ports/link-socket.ts"
import type { TapedLine } from "./tape.ts"

export type GuardEdges<Socket extends LinkSocket> = {
  readonly clock: Clock
  readonly linkSockets: LinkSockets<Socket>
  readonly heartbeats: Heartbeats<Socket>
  readonly lifelines: Lifelines
  readonly crypto: Crypto
  readonly signing: SigningCrypto
}

export type GuardOptions = {
  readonly node: NodeName
  /** Start of this process in milliseconds since the epoch; in the mark too. */
  readonly boot: number
  readonly keys: readonly Uint8Array[]
  readonly policy: Policy
  /** The membership's port, 7946. */
  readonly port: number
}

/** An end of a link that carries VIPs; `interfaceIndex` is the kernel's number of its interface. */
export type GuardLink = OwnLink & { readonly interfaceIndex: number }

export type Done = Extract<
  SpeakerEffect,
  { type: "start" | "stop" | "stand-in" | "stand-down" | "announce" | "foreign" | "gone" | "back" | "count" }
>

export type GuardListener = {
  /** Answer, stop, announce once more; or something to log and count. */
  readonly done: (effect: Done) => void
  /** All of one step was given to `done`, and others will hear of it next: what is to be answered for should be by then. */
  readonly performed: () => void
  /** Ask for these addresses on the link, all stations or the one with `mac`; what answers comes back through `frame`. */
  readonly ask: (link: LinkId, addresses: readonly string[], mac?: string) => void
  /** The loop stood still: what the packet sockets received before now is not to be answered. */
  readonly discardOlder: () => void
  /** The loop turns; after this instant it may have stood still, and the guard has not come to look yet: it hears of a frame before that is answered. */
  readonly steadyUntil: (until: Millis) => void
  /** A datagram of the membership that came to a socket of the guard. */
  readonly passOn: (datagram: ReceivedDatagram) => void
  /** A packet or a socket that is no good, by name. */
  readonly trouble: (what: string, facts: Readonly<Record<string, string>>) => void
}

export type Guard = {
  /** All speakers of ours but this one. Before the first `setLinks`. */
  readonly setPeers: (peers: readonly Peer[]) => void
  readonly setLinks: (links: readonly GuardLink[]) => void
  readonly setWanted: (wanted: readonly Wanted[]) => void
  readonly setPolicy: (policy: Policy) => void
  readonly setApiAway: (away: boolean) => void
  readonly setKeys: (keys: readonly Uint8Array[]) => void
  /** Somebody else's ARP packet or neighbour message, received `age` milliseconds ago in a frame that came from `source`. */
  readonly frame: (link: LinkId, mac: string, claims: string | undefined, age: Millis, source?: string) => void
  /** A datagram of the detector that came to the membership's socket. */
  readonly datagram: (datagram: ReceivedDatagram) => void
  /** A packet shows that the loop stood still for over 100 ms. */
  readonly stalled: (age: Millis) => void
  /** Each address that somebody may announce, and what this speaker makes of it. */
  readonly seats: () => readonly Pick<Seat, "vip" | "link" | "mine" | "reason" | "facts" | "ranking">[]
  /** The links on which the node was found to answer no more. */
  readonly silent: (node: NodeName) => readonly LinkId[]
  /** Hands everything over, or has it stood in for where the process `restarts`; resolves when that is done, or after `within`. */
  readonly leave: (within: Millis, restarts: boolean) => Promise<void>
  /** What happened last, to be played again. */
  readonly recording: () => readonly TapedLine[]
  readonly stop: () => void
}

/** With the fifth argument of `speakerStep`. */
export type TapedEvent = SpeakerEvent & { readonly steadySince: Millis | undefined }
