import type { ReasonCode } from "../reasons.ts"
import type { Connection } from "./connection.ts"
import type { Beat, Expected } from "./expected.ts"
import type { DetectorMessage, GoneKind } from "./message.ts"
import type { Pair } from "./pair.ts"
import type { Path } from "./path.ts"
import type { LinkId, NodeName, OwnLink, Peer } from "./peer.ts"
import { lanTimings, type Millis, type Timings } from "./timings.ts"
import type { Voices } from "./voices.ts"

export type DetectorState = {
  readonly self: NodeName
  /** When this process started, in milliseconds since the epoch: tells its packets from those of the one before. */
  readonly boot: number
  readonly timings: Timings
  readonly links: ReadonlyMap<LinkId, OwnLink>
  /** BOUNDED by `maxPeers`; each peer has at most `maxLinks` links. */
  readonly peers: ReadonlyMap<NodeName, Peer>
  /** BOUNDED: one for each peer and each own link that it shares. */
  readonly pairs: ReadonlyMap<string, Pair>
  /** By "node link". BOUNDED: one for each peer and each own link. */
  readonly paths: ReadonlyMap<string, Path>
  readonly voices: Voices
  /** Messages to all that are sent again, since a datagram may be lost. BOUNDED: one of each type for each pair. */
  readonly copies: readonly Copy[]
  readonly targets: readonly Target[]
  /** BOUNDED: the nodes that are watched. */
  readonly connections: ReadonlyMap<NodeName, Connection>
  /** What is heard and not told one by one. BOUNDED: one for each pair. */
  readonly expected: readonly Expected[]
  /** No silence is concluded from before this instant: the loop stood still, what arrived meanwhile is being read. */
  readonly graceUntil: Millis
  /** This process ends: it sends no more heartbeats. */
  readonly leaving: boolean
}

export type Copy = { readonly link: LinkId; readonly message: DetectorMessage; readonly at: readonly Millis[] }

/** Whom the native thread sends heartbeats to. */
export type Target = { readonly node: NodeName; readonly link: LinkId; readonly address: string }

/** Everything that happens to the detector, as data. */
export type DetectorEvent =
  /** All known speakers of ours, without this one. */
  | { readonly type: "peers"; readonly peers: readonly Peer[] }
  /** All own links that carry VIPs. */
  | { readonly type: "links"; readonly links: readonly OwnLink[] }
  /** What the node claims on the link: a VIP to ask for, and whether this speaker is among the next to take it. */
  | {
      readonly type: "owns"
      readonly node: NodeName
      readonly link: LinkId
      readonly vip: string | undefined
      readonly near: boolean
      /** That node's MAC, where its claims told it. */
      readonly mac: string | undefined
    }
  /** A signed packet, taken once. `via` is the link that it arrived on; undefined where it came by another way. */
  | {
      readonly type: "message"
      readonly from: NodeName
      readonly boot: number
      readonly link: LinkId
      readonly via: LinkId | undefined
      readonly at: Millis
      /** "other": nothing for the detector, apart from the sign of life. */
      readonly message: DetectorMessage | { readonly type: "other" }
    }
  /** The last of the heartbeats that are expected, all at once: none of those that are not among them came since. */
  | { readonly type: "heard"; readonly beats: readonly Beat[] }
  /** An ARP reply or a Neighbor Advertisement for `address`, or any other frame (`address` undefined). */
  | {
      readonly type: "frame"
      readonly link: LinkId
      readonly mac: string
      readonly address: string | undefined
      readonly at: Millis
    }
  /** The kept TCP connection to a watched node. "lost": it closed, or nothing was acknowledged. */
  | { readonly type: "connection"; readonly node: NodeName; readonly state: "lost" | "refused" | "accepted" }
  /** Somebody answers in that node's name: say when it does not answer for itself; `mac` undefined: no more. */
  | { readonly type: "watch"; readonly node: NodeName; readonly link: LinkId; readonly mac: string | undefined }
  /** The loop stood still until now. */
  | { readonly type: "stalled" }
  /** This process is about to end: nobody is to wait for its heartbeats. */
  | { readonly type: "leave" }
  | { readonly type: "wake" }

/** What the detector wants done. */
export type DetectorEffect =
  | { readonly type: "heartbeats"; readonly targets: readonly Target[] }
  /** These heartbeats and no others need not be told (expected.ts). */
  | { readonly type: "expect"; readonly expected: readonly Expected[] }
  /** `link` is what the message is about, `via` the link to send it on. */
  | {
      readonly type: "send"
      readonly to: NodeName
      readonly link: LinkId
      readonly via: LinkId
      readonly message: DetectorMessage
    }
  /**
   * Broadcast an ARP request, or multicast a Neighbor Solicitation, for each address; with `mac` to that station alone (RFC 1122
   * section 2.3.2.1, RFC 4861 section 7.3.3).
   */
  | { readonly type: "ask"; readonly link: LinkId; readonly addresses: readonly string[]; readonly mac?: string }
  /** Open a connection to that node's port 7946 (the kept one was lost) and say whether it is refused. */
  | { readonly type: "connect"; readonly node: NodeName; readonly address: string }
  | { readonly type: "disconnect"; readonly node: NodeName }
  /** The node answers no more for its VIPs on the link. `own`: seen by this speaker itself. */
  | {
      readonly type: "gone"
      readonly node: NodeName
      readonly link: LinkId
      readonly boot: number | undefined
      readonly gone: GoneKind
      readonly own: boolean
      readonly reason: ReasonCode
    }
  | { readonly type: "back"; readonly node: NodeName; readonly link: LinkId; readonly reason: ReasonCode }
  /** For metrics and the log; nothing depends on it. */
  | { readonly type: "count"; readonly node: NodeName; readonly link: LinkId; readonly reason: ReasonCode }

export const newDetector = (self: NodeName, boot: number, timings: Timings = lanTimings): DetectorState => ({
  self,
  boot,
  timings,
  links: new Map(),
  peers: new Map(),
  pairs: new Map(),
  paths: new Map(),
  voices: new Map(),
  copies: [],
  targets: [],
  connections: new Map(),
  expected: [],
  graceUntil: 0,
  leaving: false,
})
