import type { IpFamily } from "../../../agent/core/model.ts"
import type { Cable } from "./cable.ts"
import type { Evidence, Need } from "./lacks.ts"

/** What a router is to be configured for: one session with the speaker under test. */
export type RouterPlan = {
  readonly asn: number
  readonly speakerAsn: number
  /** The family that the connection runs over; "unnumbered" is IPv6 link-local, found by router advertisements. */
  readonly transport: IpFamily | "unnumbered"
  readonly families: readonly IpFamily[]
  /** Whether it opens connections; if not, it waits for them. */
  readonly connects: boolean
  /** Seconds. */
  readonly holdTime: number
  readonly password: string | undefined
  /** The speaker is one hop away and has to prove it (RFC 5082). */
  readonly ttlSecurity: boolean
  readonly gracefulRestart: boolean
  /** It takes IPv4 routes with IPv6 next hops (RFC 8950). */
  readonly extendedNextHop: boolean
  /** Milliseconds between packets. */
  readonly bfd: number | undefined
  /** It has a route of its own to tell: `ownPrefix`. */
  readonly originates: boolean
}

export const ownPrefix = "203.0.113.0/24"

/** A route as a router shows that it has it of the speaker. Communities are texts "65000:1", "65000:1:2". */
export type SeenRoute = {
  readonly prefix: string
  readonly nextHop: string
  readonly asPath: readonly number[]
  readonly communities: readonly string[]
  readonly large: readonly string[]
  /** As the router writes them. */
  readonly extended: readonly string[]
}

/** A routing daemon in its namespace. */
export type Router = {
  readonly start: () => Promise<void>
  /** Whether it says that the session is established. */
  readonly isUp: () => Promise<boolean>
  readonly routes: () => Promise<readonly SeenRoute[]>
  /** Has it ask for all routes again (RFC 2918). */
  readonly refresh: () => Promise<unknown>
  /** Takes the session down with a text for the other operator (RFC 9003). */
  readonly shutDown: (text: string) => Promise<unknown>
  /** Whether its account of the session, or its log, has these words. */
  readonly says: (words: RegExp) => Promise<boolean>
  /** Its processes, to be frozen and gone on with. */
  readonly signal: (signal: NodeJS.Signals) => void
  readonly stop: () => Promise<void>
}

/** A kind of routing daemon. */
export type RouterKind = {
  readonly name: string
  readonly version: () => Promise<string>
  readonly lacks: Readonly<Partial<Record<Need, Evidence>>>
  readonly create: (cable: Cable, plan: RouterPlan) => Router
}
