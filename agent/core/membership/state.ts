import type { Broadcast } from "./broadcasts.ts"
import { bytesOfAddress, type Endpoint } from "./endpoint.ts"
import type { Exchange } from "./exchange.ts"
import { hasMark } from "./mark.ts"
import { type Member, ourVersions } from "./member.ts"
import type { Probe } from "./probe.ts"
import type { Seed } from "./random.ts"
import type { Peer } from "./reconnect.ts"
import type { Relay } from "./relay.ts"
import { lanSettings, type Settings, swiftSettings } from "./settings.ts"
import type { Suspicion } from "./suspicion.ts"
import type { Millis } from "./time.ts"

export const limits = {
  /** Kubernetes' largest cluster has 5,000 nodes. A member more is refused. */
  members: 8192,
  /** Indirect probes that are being made for others at one time. */
  relays: 1024,
  /** Connections that this node has opened and not yet closed. */
  exchanges: 64,
  /** Of them to join or to find peers again. */
  joins: 8,
  /** A loop that stood still for longer does not hold the silence of that time against others. */
  pause: 100,
} as const

export type Config = {
  /** The Kubernetes node's name, at most 253 bytes. */
  readonly name: string
  readonly endpoint: Endpoint
  readonly meta: Uint8Array
  /** One group of settings for good, or "automatic": swift among our speakers alone, the library's LAN settings in mixed company. */
  readonly settings: Settings | "automatic"
  /** Bytes that label and encryption add to a packet. */
  readonly overhead: number
}

/** "swift" and "compatible" are what "automatic" chooses between. */
export type Mode = "swift" | "compatible" | "fixed"

/** Everything that one node knows. Values are never changed in place. */
export type State = {
  readonly config: Config
  readonly mode: Mode
  readonly settings: Settings
  readonly seed: Seed
  /** Of the last ping. Wraps at 2^32. */
  readonly sequence: number
  /** This node among them. BOUNDED by `limits.members`; the dead leave it after gossipToTheDeadTime. */
  readonly members: ReadonlyMap<string, Member>
  /** Names in the order of probing, one round long, and how far it has come. BOUNDED: the keys of `members`. */
  readonly order: readonly string[]
  readonly cursor: number
  /** Lifeguard's health score, 0 (well) to awarenessMaxMultiplier - 1: probes take that many times longer. */
  readonly awareness: number
  /** BOUNDED: one a suspect member. */
  readonly suspicions: ReadonlyMap<string, Suspicion>
  /** What is still to be told. BOUNDED: one a member. */
  readonly broadcasts: ReadonlyMap<string, Broadcast>
  readonly broadcastCount: number
  readonly probe: Probe | undefined
  /** To be probed before the others, because somebody suspects them. BOUNDED: members, each once. */
  readonly urgent: readonly string[]
  /** By the sequence of our own ping. BOUNDED by `limits.relays`. */
  readonly relays: ReadonlyMap<number, Relay>
  /** BOUNDED by `limits.exchanges`. */
  readonly exchanges: ReadonlyMap<number, Exchange>
  readonly exchangeCount: number
  /** Where the API says that speakers are. BOUNDED by `limits.members`. */
  readonly peers: ReadonlyMap<string, Peer>
  readonly due: Due
  readonly phase: "running" | "leaving" | "left"
  /** While leaving: when to stop waiting for the others to hear of it. */
  readonly leaveBy: Millis
}

/** When each regular activity is next to happen. */
export type Due = {
  readonly probe: Millis
  readonly gossip: Millis
  readonly pushPull: Millis
  readonly reconnect: Millis
}

/**
 * A node that knows only itself. `seed` is any number 0..2^32-1 and should differ between nodes and starts. Undefined where
 * the endpoint's address is none.
 */
export const createState = (config: Config, seed: Seed, now: Millis): State | undefined => {
  const own = bytesOfAddress(config.endpoint.address)
  if (own === undefined) return undefined
  const self: Member = {
    name: config.name,
    address: own.bytes,
    endpoint: { address: own.address, port: config.endpoint.port },
    meta: config.meta,
    ours: hasMark(config.meta),
    versions: ourVersions,
    incarnation: 1,
    state: "alive",
    since: now,
  }
  const { mode, settings } = initialMode(config)
  return {
    config: { ...config, endpoint: self.endpoint },
    mode,
    settings,
    seed,
    sequence: seed,
    members: new Map([[self.name, self]]),
    order: [self.name],
    cursor: 0,
    awareness: 0,
    suspicions: new Map(),
    broadcasts: new Map(),
    broadcastCount: 0,
    probe: undefined,
    urgent: [],
    relays: new Map(),
    exchanges: new Map(),
    exchangeCount: 0,
    peers: new Map(),
    due: { probe: now, gossip: now, pushPull: now + settings.pushPullInterval, reconnect: Number.POSITIVE_INFINITY },
    phase: "running",
    leaveBy: 0,
  }
}

const initialMode = ({ settings, meta }: Config): { mode: Mode; settings: Settings } => {
  if (settings !== "automatic") return { mode: "fixed", settings }
  return hasMark(meta) ? { mode: "swift", settings: swiftSettings } : { mode: "compatible", settings: lanSettings }
}
