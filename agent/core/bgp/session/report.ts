import type { Address } from "../../ip/address.ts"
import type { IpFamily } from "../../model.ts"
import type { Capability } from "../wire/capability.ts"
import { outboundOf } from "./advertise.ts"
import type { Counters } from "./counters.ts"
import { type Explained, explain } from "./explain.ts"
import type { Established, LaneState } from "./lane.ts"
import type { Learned } from "./learned.ts"
import type { LastEnd, Session } from "./session.ts"
import type { Millis } from "./time.ts"

/** A session as people and metrics see it. Instants are of the clock that the steps were given. */
export type SessionReport = {
  readonly peer: string
  readonly state: LaneState
  readonly why: Explained
  readonly since: Millis
  readonly last: LastEnd | undefined
  readonly counters: Counters
  /** Undefined while the session is not established. */
  readonly up: EstablishedReport | undefined
}

export type EstablishedReport = {
  readonly since: Millis
  readonly local: Address
  readonly remote: Address
  readonly opener: "us" | "peer"
  readonly asn: number
  readonly internal: boolean
  /** BGP identifiers of this side and of the peer. */
  readonly identifier: number
  readonly peerIdentifier: number
  /** Seconds and milliseconds; 0: off. */
  readonly holdTime: number
  readonly keepaliveTime: Millis
  /** What the peer said that it can do, and what of it this side said too. */
  readonly capabilities: readonly Capability[]
  readonly agreed: readonly Capability[]
  readonly gracefulRestart: boolean
  readonly families: readonly FamilyReport[]
  readonly learned: Learned
  readonly congested: boolean
}

/** What a peer has of one family. `why`: what keeps routes from it; undefined where nothing does. */
export type FamilyReport = {
  readonly family: IpFamily
  readonly wanted: number
  readonly told: number
  readonly why: Explained | undefined
}

export const sessionReport = (session: Session): SessionReport => {
  const { settings, main, why, since, last, counters } = session
  const up = main.state === "Established" ? establishedReport(session, main) : undefined
  return { peer: settings.peer, state: main.state, why, since, last, counters, up }
}

const establishedReport = (session: Session, lane: Established): EstablishedReport => {
  const { link, agreed, upSince, learned } = lane
  return {
    since: upSince,
    local: link.local,
    remote: link.remote,
    opener: link.opener,
    asn: agreed.asn,
    internal: agreed.wire.internal,
    identifier: link.identifier,
    peerIdentifier: agreed.identifier,
    holdTime: agreed.holdTime,
    keepaliveTime: agreed.keepaliveTime,
    capabilities: agreed.capabilities,
    agreed: agreed.common,
    gracefulRestart: agreed.gracefulRestart !== undefined,
    families: (["IPv4", "IPv6"] as const).map(family => familyReport(session, lane, family)),
    learned,
    congested: link.congestedSince !== undefined,
  }
}

const familyReport = (session: Session, lane: Established, family: IpFamily): FamilyReport => {
  const { wanted, told } = session.ribs[family]
  return { family, wanted: wanted.size, told: told.size, why: obstacleOf(session, lane, family) }
}

const obstacleOf = (session: Session, lane: Established, family: IpFamily): Explained | undefined => {
  const { wanted, unfit, dirty } = session.ribs[family]
  if (wanted.size === 0 && dirty.size === 0) return undefined
  if (!lane.agreed.wire.families.includes(family)) return explain(session, "ML455", { family })
  if (outboundOf(session, lane, family).hops === undefined) return explain(session, "ML456", { family })
  const { congestedSince } = lane.link
  if (dirty.size > 0 && congestedSince !== undefined) return explain(session, "ML458", { count: dirty.size })
  if (unfit.size > 0) return explain(session, "ML457", { count: unfit.size })
  return dirty.size === 0 ? undefined : explain(session, "ML460", { count: dirty.size })
}
