import type { GoneKind } from "../detector/message.ts"
import type { LinkId, NodeName, OwnLink, Peer } from "../detector/peer.ts"
import type { Millis } from "../detector/timings.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import type { Book } from "./book.ts"
import type { Claim } from "./claim.ts"
import type { Delivery } from "./delivery.ts"
import type { OwnershipMessage } from "./message.ts"
import type { Shelf } from "./shelf.ts"
import { lanOwnership, type OwnershipTimings } from "./timings.ts"

export type OwnershipState = {
  readonly self: NodeName
  readonly boot: number
  readonly timings: OwnershipTimings
  readonly policy: Policy
  /** The API server does not answer: nothing is planned until it does. */
  readonly apiAway: boolean
  /** This process is about to end. "restarts": its node goes on forwarding and another process comes; else everything is handed over. */
  readonly leaving: false | "restarts" | "for good"
  readonly links: ReadonlyMap<LinkId, LinkState>
  readonly peers: ReadonlyMap<NodeName, Peer>
  /** BOUNDED by the VIPs that the caller names; at most 16,384 of them are claimed on one link. */
  readonly seats: ReadonlyMap<string, Seat>
  /** Who claims what, by "link VIP", from the shelves. */
  readonly claimants: ReadonlyMap<string, readonly Claimant[]>
  /** By "node link", like the next three. BOUNDED: one for each peer and each own link. */
  readonly shelves: ReadonlyMap<string, Shelf>
  readonly deliveries: ReadonlyMap<string, Delivery>
  readonly gone: ReadonlyMap<string, { readonly own: boolean; readonly kind: GoneKind }>
  /** What the detector was told of each node's VIPs. */
  readonly told: ReadonlyMap<string, { readonly vip: string; readonly near: boolean }>
  /** The MACs of the nodes that this speaker stands in for: the detector asks whether they still answer for themselves. */
  readonly watched: ReadonlyMap<string, string>
}

export type Policy = {
  /** How long a node must be first in the order before it takes a VIP back from a living owner; undefined: it never does. */
  readonly failbackAfter: Millis | undefined
  /**
   * A live speaker is not ours: exactly MetalLB's order, the first answers and everybody else does not, at once.
   */
  readonly mixed: boolean
}

export type LinkState = OwnLink & {
  readonly book: Book
  /** Nothing is answered on the link until the present owners are known. */
  readonly learning:
    | { readonly since: Millis; readonly until: Millis; readonly askAt: Millis; readonly waiting: readonly NodeName[] }
    | undefined
  /** When somebody was last asked whether this end hears anything. */
  readonly askedAt: Millis | undefined
}

/** One VIP: what is wanted, and what this speaker does about it. */
export type Seat = Wanted & {
  /** Of its claimants. */
  readonly key: string
  /**
   * "paused": owned, and not answered while this speaker learns what happened when it stood still. "stands": answered in the name of
   * `absent`, who owns it.
   */
  readonly mine: "no" | "yes" | "paused" | "stands"
  readonly since: Millis
  /** Whom this speaker stands in for; while it is "paused" too. */
  readonly absent: Absent | undefined
  /** Whom it was last left to because its speaker was back, when, and how often in a row. */
  readonly leftTo: { readonly node: NodeName; readonly at: Millis; readonly times: number } | undefined
  /** Nobody else claims it for good since then. */
  readonly vacantSince: Millis | undefined
  /** This node is first among those that live since then. */
  readonly firstSince: Millis | undefined
  /** It is answered although this node may not announce it any longer, since then. */
  readonly holdSince: Millis | undefined
  /** The last announcement against another speaker's: at most one a second. */
  readonly contestedAt: Millis | undefined
  /** Why it is as it is, for people. */
  readonly reason: ReasonCode
  readonly facts: Facts
  /** When to decide again if nothing happens. */
  readonly dueAt: Millis | undefined
}

/** An owner whose speaker is away while its node answers for itself (stand-in.ts). */
export type Absent = {
  readonly node: NodeName
  /** What the answers carry, as that speaker told it. */
  readonly mac: string
  /** Since when it is stood in for. */
  readonly since: Millis
  /** Its speaker is heard again since then. */
  readonly backSince: Millis | undefined
}

/** A VIP that is to be announced, as the election says (announce/). */
export type Wanted = {
  readonly vip: string
  /** The link that its clients are on. */
  readonly link: LinkId
  /** All nodes that may announce it, best first, this one included if it may. */
  readonly ranking: readonly NodeName[]
  /** This node's place as a number that others can compare (claim.ts); any text where it may not announce. */
  readonly precedence: string
  /** Those of the ranking that Kubernetes calls not ready, or that are cordoned: they may be about to end, so nobody stands in for them. */
  readonly doubtful?: readonly NodeName[]
}

export type Claimant = Omit<Claim, "vip"> & { readonly node: NodeName }

/** Everything that happens to the ownership, as data. */
export type OwnershipEvent =
  | { readonly type: "peers"; readonly peers: readonly Peer[] }
  | { readonly type: "links"; readonly links: readonly OwnLink[] }
  /** All VIPs that are to be announced by anybody. */
  | { readonly type: "wanted"; readonly wanted: readonly Wanted[] }
  | { readonly type: "policy"; readonly policy: Policy }
  | { readonly type: "api"; readonly away: boolean }
  | {
      readonly type: "message"
      readonly from: NodeName
      readonly boot: number
      readonly link: LinkId
      readonly message: OwnershipMessage
    }
  /** Somebody else's ARP or Neighbor Advertisement claims the VIP. */
  | { readonly type: "wire"; readonly link: LinkId; readonly vip: string; readonly mac: string }
  | {
      readonly type: "gone"
      readonly node: NodeName
      readonly link: LinkId
      readonly own: boolean
      readonly gone: GoneKind
    }
  | { readonly type: "back"; readonly node: NodeName; readonly link: LinkId }
  | { readonly type: "stalled" }
  | { readonly type: "leave"; readonly restarts: boolean }
  | { readonly type: "wake" }

/** What the ownership wants done. */
export type OwnershipEffect =
  /** Answer for the VIP from now on, and announce it: at once, then as the schedule of a take-over says. */
  | {
      readonly type: "start"
      readonly vip: string
      readonly link: LinkId
      readonly reason: ReasonCode
      readonly from: NodeName | undefined
      /** How long nobody else claimed it. */
      readonly vacantFor: Millis
    }
  /** Answer no more. `to`: who is known to own it now. */
  | {
      readonly type: "stop"
      readonly vip: string
      readonly link: LinkId
      readonly reason: ReasonCode
      readonly to: NodeName | undefined
    }
  /** Answer for the VIP with the MAC of `node`, and announce nothing. Said again for one that is stood in for: no change. */
  | {
      readonly type: "stand-in"
      readonly vip: string
      readonly link: LinkId
      readonly reason: ReasonCode
      readonly node: NodeName
      readonly mac: string
    }
  /** Answer in that name no more. A "start" ends it as well. */
  | {
      readonly type: "stand-down"
      readonly vip: string
      readonly link: LinkId
      readonly reason: ReasonCode
      readonly node: NodeName
      readonly to: NodeName | undefined
    }
  /** Announce once more. */
  | {
      readonly type: "announce"
      readonly vip: string
      readonly link: LinkId
      readonly reason: ReasonCode
      readonly facts: Facts
    }
  | {
      readonly type: "foreign"
      readonly vip: string
      readonly link: LinkId
      readonly mac: string
      /** Beside MetalLB's speakers, who defend nothing, it is told alone. */
      readonly defend: boolean
      readonly reason: ReasonCode
    }
  | { readonly type: "send"; readonly to: NodeName; readonly link: LinkId; readonly message: OwnershipMessage }
  | { readonly type: "ask"; readonly link: LinkId; readonly addresses: readonly string[] }
  /** For the detector: a VIP to ask for when the node falls silent. */
  | {
      readonly type: "owns"
      readonly node: NodeName
      readonly link: LinkId
      readonly vip: string | undefined
      readonly near: boolean
      readonly mac: string | undefined
    }
  /** For the detector: say when the node does not answer for itself on the link any longer; `mac` undefined: watch no more. */
  | { readonly type: "watch"; readonly node: NodeName; readonly link: LinkId; readonly mac: string | undefined }
  /** Everything is handed over or given up: the process may end. */
  | { readonly type: "left" }

export const newOwnership = (
  self: NodeName,
  boot: number,
  policy: Policy,
  timings: OwnershipTimings = lanOwnership,
): OwnershipState => ({
  self,
  boot,
  timings,
  policy,
  apiAway: false,
  leaving: false,
  links: new Map(),
  peers: new Map(),
  seats: new Map(),
  claimants: new Map(),
  shelves: new Map(),
  deliveries: new Map(),
  gone: new Map(),
  told: new Map(),
  watched: new Map(),
})

export const keyOf = (node: NodeName, link: LinkId): string => `${node} ${link}`
export const claimKey = (link: LinkId, vip: string): string => `${link} ${vip}`
