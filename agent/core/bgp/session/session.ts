import type { Seed } from "../../membership/random.ts"
import type { IpFamily } from "../../model.ts"
import { emptyRib, type FamilyRib } from "../rib/family-rib.ts"
import { type LocalAddresses, noAddresses } from "../rib/hops.ts"
import { type Counters, noCounters } from "./counters.ts"
import { type Explained, explain } from "./explain.ts"
import type { Lane } from "./lane.ts"
import { type Place, placeOf, type SessionSettings } from "./settings.ts"
import type { Millis } from "./time.ts"

/** Everything about one peer. Values are never changed in place. */
export type Session = {
  readonly settings: SessionSettings
  /** Where the peer is; undefined where it is not found. */
  readonly place: Place | undefined
  readonly addresses: LocalAddresses
  readonly seed: Seed
  /** Between a start and a stop. */
  readonly started: boolean
  /** The session itself; then a connection beside it, which becomes it or goes (RFC 4271 sections 6.8 and 8.2.1). */
  readonly main: Lane
  readonly second: Lane | undefined
  /** Connections opened so far: the next one's name. */
  readonly dials: number
  /** ConnectRetryCounter: attempts since the session was last up. */
  readonly retries: number
  /** Sessions lost in a row, without one that stayed up long. */
  readonly losses: number
  /** This process follows one that was up with the peer, and no session was up since: the R bit of RFC 4724. */
  readonly restarted: boolean
  /** Packets for the routes were forwarded all the while: the F bit. */
  readonly preserved: boolean
  /** The peer refused optional parameters: the next OPEN has none (RFC 5492 section 3). */
  readonly plain: boolean
  /** Why the session is in its state, and since when it is in it. */
  readonly why: Explained
  readonly since: Millis
  /** What ended the last session or attempt; undefined where nothing ever failed. */
  readonly last: LastEnd | undefined
  readonly ribs: Readonly<Record<IpFamily, FamilyRib>>
  readonly counters: Counters
  /** When a malformed UPDATE was told last, and how many came since. */
  readonly malformedTold: { readonly at: Millis | undefined; readonly untold: number }
}

export type LastEnd = {
  readonly at: Millis
  /** Who closed: this side, the peer, or the network between them. */
  readonly by: "us" | "peer" | "network"
  readonly explained: Explained
}

export type SessionStart = {
  /** Any number 0..2^32-1, another for each session: it spreads the timers. */
  readonly seed: Seed
  /** See `Session`. */
  readonly restarted: boolean
  readonly preserved: boolean
}

/** A session that has not begun. */
export const createSession = (
  settings: SessionSettings,
  { seed, restarted, preserved }: SessionStart,
  now: Millis,
): Session => {
  const place = placeOf(settings)
  return {
    settings,
    place,
    addresses: noAddresses,
    seed,
    started: false,
    main: { state: "Idle", until: undefined },
    second: undefined,
    dials: 0,
    retries: 0,
    losses: 0,
    restarted,
    preserved,
    plain: false,
    why: explain({ settings, place }, "ML421"),
    since: now,
    last: undefined,
    ribs: { IPv4: emptyRib(), IPv6: emptyRib() },
    counters: noCounters,
    malformedTold: { at: undefined, untold: 0 },
  }
}
