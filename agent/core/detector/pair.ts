import type { GoneKind } from "./message.ts"
import type { LinkId, NodeName } from "./peer.ts"
import type { Millis, Timings } from "./timings.ts"

/** What this speaker knows of one other node on one link. */
export type Pair = {
  readonly node: NodeName
  readonly link: LinkId
  /** The process that was heard last; undefined: never heard. */
  readonly boot: number | undefined
  readonly mac: string | undefined
  /** The last heartbeat. Undefined: none is expected, either because none ever came or because it said goodbye. */
  readonly beatAt: Millis | undefined
  /** One VIP that this node alone claims on the link, to ask for. */
  readonly vip: string | undefined
  /** This speaker is among the next to take that node's VIPs, so it must see for itself. */
  readonly near: boolean
  /** The last sign of life of any kind. */
  readonly aliveAt: Millis | undefined
  /** What the ownership was told: gone as seen by this speaker, or as others say. */
  readonly held: "own" | "told" | undefined
  /** Excuses in a row: how long to wait before the next question. */
  readonly excuses: number
  readonly phase: Phase
}

export type Phase =
  /** All is well, or nothing is known. */
  | { readonly name: "quiet" }
  | Asking
  /** It lives, and its heartbeats do not come: asked again at `until`. */
  | { readonly name: "excused"; readonly until: Millis }
  | Gone
  /** This speaker hears nobody: asked again when it does. */
  | { readonly name: "cut-off"; readonly until: Millis }

/** Questions are out on the wire. */
export type Asking = {
  readonly name: "asking"
  readonly cause: "silence" | "suspected" | "membership" | "connection"
  readonly until: Millis
  readonly nextAt: Millis
  /** The time was prolonged, since the node answers for itself. */
  readonly longer: boolean
  readonly nodeAnswered: boolean
  readonly vipAnswered: "owner" | "other" | undefined
}

/** It does not answer. `own`: found by asking; else others say so, which is enough to pass it over and not to take its VIPs. */
export type Gone = {
  readonly name: "gone"
  readonly gone: GoneKind
  readonly own: boolean
  readonly since: Millis
  /** When to tell the others again; undefined where this speaker is no watcher. */
  readonly renewAt: Millis | undefined
  /** When hearsay is forgotten; undefined: held until it is heard or told to live. */
  readonly until: Millis | undefined
}

export type Asks = Pick<Pair, "node" | "link">

export const keyOf = (node: NodeName, link: LinkId): string => `${node} ${link}`

export const newPair = (node: NodeName, link: LinkId): Pair => ({
  node,
  link,
  boot: undefined,
  mac: undefined,
  beatAt: undefined,
  vip: undefined,
  near: false,
  aliveAt: undefined,
  held: undefined,
  excuses: 0,
  phase: { name: "quiet" },
})

export const asking = (cause: Asking["cause"], now: Millis, timings: Timings): Asking => ({
  name: "asking",
  cause,
  until: now + timings.askFor,
  nextAt: now,
  longer: false,
  nodeAnswered: false,
  vipAnswered: undefined,
})

/** How long an excuse lasts, doubling each time: a path that stays broken is not asked about ten times a second for ever. */
export const excuse = (pair: Pair, now: Millis, timings: Timings): Pair => ({
  ...pair,
  excuses: Math.min(pair.excuses + 1, 16),
  phase: { name: "excused", until: now + Math.min(timings.excuseFirst * 2 ** pair.excuses, timings.excuseMost) },
})

/** When the pair wants to be looked at next; undefined: only when something happens. */
export const dueAt = (pair: Pair, timings: Timings): Millis | undefined => {
  const { phase } = pair
  if (phase.name === "asking") return Math.min(phase.nextAt, phase.until)
  if (phase.name === "excused" || phase.name === "cut-off") return phase.until
  if (phase.name === "gone") return earliest(phase.renewAt, phase.until)
  return pair.beatAt === undefined ? undefined : pair.beatAt + timings.silence
}

export const earliest = (...instants: readonly (Millis | undefined)[]): Millis | undefined =>
  instants.reduce((least, at) => (at === undefined || (least !== undefined && least <= at) ? least : at), undefined)
