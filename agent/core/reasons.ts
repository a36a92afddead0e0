import { allocationReasons } from "./reasons/allocation.ts"
import { announcementReasons } from "./reasons/announcement.ts"
import { bfdReasons } from "./reasons/bfd.ts"
import { bgpReasons } from "./reasons/bgp.ts"
import { bgpRouteReasons } from "./reasons/bgp-routes.ts"
import { clusterReasons } from "./reasons/cluster.ts"
import { configurationReasons } from "./reasons/configuration.ts"
import { detectorReasons } from "./reasons/detector.ts"
import { drainReasons } from "./reasons/drain.ts"
import { linkReasons } from "./reasons/link.ts"
import { membershipReasons } from "./reasons/membership.ts"
import { ownershipReasons } from "./reasons/ownership.ts"
import { programReasons } from "./reasons/program.ts"
import { quarantineReasons } from "./reasons/quarantine.ts"
import type { Reason } from "./reasons/reason.ts"
import { reservationReasons } from "./reasons/reservation.ts"
import { serviceReasons } from "./reasons/service.ts"
import { severalReasons } from "./reasons/several.ts"
import { standInReasons } from "./reasons/stand-in.ts"

export type { Reason } from "./reasons/reason.ts"

/**
 * Every reason that a decision can carry, once. The agent's events and metrics, the plugin's `why-ip` and `explain`, and
 * docs/reasons.md are all printed from this table; a file below reasons/ is one range of numbers.
 *
 * A number is never given a second meaning; a code that is no longer used stays listed as retired.
 */
const table = {
  ...serviceReasons,
  ...allocationReasons,
  ...severalReasons,
  ...reservationReasons,
  ...quarantineReasons,
  ...configurationReasons,
  ...announcementReasons,
  ...linkReasons,
  ...detectorReasons,
  ...ownershipReasons,
  ...membershipReasons,
  ...drainReasons,
  ...standInReasons,
  ...bgpRouteReasons,
  ...bgpReasons,
  ...bfdReasons,
  ...clusterReasons,
  ...programReasons,
} as const satisfies Record<string, Reason>

export type ReasonCode = keyof typeof table

/** The entry of a code. */
export const reasonOf = (code: ReasonCode): Reason => table[code]

/** All codes in ascending order. */
export const reasonCodes = (): readonly ReasonCode[] => (Object.keys(table) as ReasonCode[]).sort()

/** Whether a text, of whatever origin, is a code of this table. */
export const isReasonCode = (text: string): text is ReasonCode => Object.hasOwn(table, text)
