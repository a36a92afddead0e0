import type { Millis } from "./time.ts"

/** How fast a node probes, gossips and gives up. The first group are the library's own settings, under its names. */
export type Settings = {
  readonly probeInterval: Millis
  /** Silence after which others are asked to probe. */
  readonly probeTimeout: Millis
  readonly indirectChecks: number
  readonly disableTcpPings: boolean
  /** A suspect has suspicionMult x log10(nodes) x probeInterval to defend itself once others confirm the suspicion … */
  readonly suspicionMult: number
  /** … and this many times longer while nobody does. */
  readonly suspicionMaxTimeoutMult: number
  /** False leaves log10(nodes) out: eager gossip reaches a LAN's nodes in a few milliseconds, however many they are. */
  readonly suspicionBySize: boolean
  readonly awarenessMaxMultiplier: number
  readonly gossipInterval: Millis
  readonly gossipNodes: number
  readonly gossipToTheDeadTime: Millis
  readonly retransmitMult: number
  readonly pushPullInterval: Millis
  readonly tcpTimeout: Millis
  readonly udpBufferSize: number
  /** After this long a dead node's name may come back under another address; 0 for never. */
  readonly deadNodeReclaimTime: Millis

  /** How many others must confirm a suspicion; undefined for the library's rule, suspicionMult - 2 where there are as many. */
  readonly confirmations: number | undefined
  /** Probe a node as soon as somebody suspects it, and gossip what is urgent at once. */
  readonly eager: boolean
  /** How often known peers that are no members are tried. Doubles for a peer that stays silent, up to reconnectMost. */
  readonly reconnectInterval: Millis
  readonly reconnectMost: Millis
}

/** The library's DefaultLANConfig, which MetalLB uses. */
export const lanSettings: Settings = {
  probeInterval: 1000,
  probeTimeout: 500,
  indirectChecks: 3,
  disableTcpPings: false,
  suspicionMult: 4,
  suspicionMaxTimeoutMult: 6,
  suspicionBySize: true,
  awarenessMaxMultiplier: 8,
  gossipInterval: 200,
  gossipNodes: 3,
  gossipToTheDeadTime: 30_000,
  retransmitMult: 4,
  pushPullInterval: 30_000,
  tcpTimeout: 10_000,
  udpBufferSize: 1400,
  deadNodeReclaimTime: 0,
  confirmations: undefined,
  eager: false,
  reconnectInterval: 10_000,
  reconnectMost: 60_000,
}

/** The library's DefaultWANConfig, chosen with --ml-wan-config. */
export const wanSettings: Settings = {
  ...lanSettings,
  tcpTimeout: 30_000,
  suspicionMult: 6,
  pushPullInterval: 60_000,
  probeTimeout: 3000,
  probeInterval: 5000,
  gossipNodes: 4,
  gossipInterval: 500,
  gossipToTheDeadTime: 60_000,
}

/**
 * For a LAN on which only our speakers are: a dead node is declared in about a second. Every suspicion is checked by others
 * at once, and it takes two of them, or three times as long, to declare a death; that is what makes the short times safe.
 * News are told twice as often as in the library: with its 4, one of 20 nodes misses a given message once in 5,000 times,
 * and would choose other owners than the rest until the next exchange of states.
 */
export const swiftSettings: Settings = {
  ...lanSettings,
  probeInterval: 200,
  probeTimeout: 80,
  suspicionMult: 2.4,
  suspicionBySize: false,
  suspicionMaxTimeoutMult: 3,
  gossipInterval: 50,
  retransmitMult: 8,
  pushPullInterval: 10_000,
  tcpTimeout: 5000,
  deadNodeReclaimTime: 5000,
  confirmations: 2,
  eager: true,
  reconnectInterval: 1000,
  reconnectMost: 8000,
}
