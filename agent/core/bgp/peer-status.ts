import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"

/** A session of one node with one peer, as the node's speaker tells it. Plain JSON; instants in milliseconds since the epoch. */
export type PeerStatus = {
  /** Name of the BGPPeer. */
  readonly peer: string
  readonly node: string
  /** "" where the peer is not found yet. */
  readonly address: string
  readonly port: number
  readonly localAsn: number
  /** What the BGPPeer asks for: a number, "internal" or "external". */
  readonly remoteAsn: number | "internal" | "external"
  /** As RFC 4271 section 8.2.2 names it. */
  readonly state: string
  /** When the session was established, or since when it is not, whatever is tried meanwhile. */
  readonly since: number
  readonly why: Told
  /** What ended the last session or attempt; null where nothing ever failed. */
  readonly last: (Told & { readonly at: number; readonly by: "us" | "peer" | "network" }) | null
  /** Times that the session was established. */
  readonly established: number
  /** null while the session is not established. */
  readonly up: PeerUp | null
  /** null where the peer has no BFD profile, or none that can be used. */
  readonly bfd: PeerBfd | null
  readonly messages: {
    readonly sent: Counts
    readonly received: Counts
    readonly refused: Counts
    /** UPDATEs that were not taken as they are, by what became of them: "discard", "withdraw", "reset". */
    readonly malformed: Counts
  }
}

/** A reason code, the facts that fill its sentences, and the short one filled: whoever does not know the code reads that. */
export type Told = { readonly reason: ReasonCode; readonly facts: Facts; readonly text: string }

type Counts = Readonly<Record<string, number>>

export type PeerUp = {
  readonly since: number
  readonly local: string
  readonly remote: string
  /** Who opened the connection. */
  readonly opener: "us" | "peer"
  readonly asn: number
  /** BGP identifiers, as dotted quads. */
  readonly identifier: string
  readonly peerIdentifier: string
  /** Seconds; 0: off. */
  readonly holdTime: number
  readonly keepaliveTime: number
  /** What the peer says that it can do, and what of it this side said too. */
  readonly capabilities: readonly string[]
  readonly agreed: readonly string[]
  /** Whether the peer keeps the routes while this speaker restarts. */
  readonly gracefulRestart: boolean
  readonly families: readonly PeerFamily[]
  /** Routes that the peer sent; none is used. */
  readonly learned: number
  readonly congested: boolean
}

/** Prefixes meant for the peer and told to it; `why` is what keeps some from it. */
export type PeerFamily = {
  readonly family: string
  readonly wanted: number
  readonly told: number
  readonly why: Told | null
}

export type PeerBfd = Told & {
  readonly state: string
  readonly since: number
  /** Milliseconds, as they are in force. */
  readonly transmitInterval: number
  readonly detectionTime: number
}

/** What one node says of all of its sessions. */
export type PeersAnswer = {
  readonly node: string
  readonly peers: readonly PeerStatus[]
  /** Why no peer can open a connection to this node, a line each. */
  readonly deaf: readonly string[]
}
