import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { parseAddress } from "../ip/parse.ts"
import type { QuarantineEntry } from "../model.ts"

/** Milliseconds since the epoch: a quarantine outlives the controller that began it. */
export type Instant = number

/** What stands in the place of a MAC where a host behind a router answered echo requests. */
export const byEcho = "echo"

/** Who answered, in words; a quarantine that somebody wrote by hand names nobody. */
export const stationText = (mac: string): string =>
  mac === "" ? "somebody" : mac === byEcho ? "a host behind a router" : mac

/** An address that another machine answered for, and until when it is given on request alone. */
export type Quarantine = {
  readonly address: Address
  /** As formatMac writes it; "" where none is known. */
  readonly mac: string
  readonly since: Instant
  readonly until: Instant
}

export const shortest = 600_000
export const longest = 86_400_000
/** After its end, so that the next one on the same address is known to be the next one. */
export const rememberedFor = 86_400_000
/** BOUNDED in the status of a pool; of more, those that end first give way. */
export const quarantinesMax = 256

/** The first lasts ten minutes, each next one that follows within a day twice as long as the one before, a day at most. */
export const quarantineOf = (
  found: { readonly address: Address; readonly mac: string },
  before: Quarantine | undefined,
  now: Instant,
): Quarantine => {
  const since = Math.floor(now / 1000) * 1000
  const last = before === undefined || isForgotten(before, now) ? 0 : before.until - before.since
  const lasts = Math.min(Math.max(2 * last, shortest), longest)
  return { ...found, since, until: since + lasts }
}

export const isOver = ({ until }: Quarantine, now: Instant): boolean => until <= now

export const isForgotten = ({ until }: Quarantine, now: Instant): boolean => until + rememberedFor <= now

/** Entries of a status; one that is no address or no time is left out. */
export const readQuarantines = (entries: readonly QuarantineEntry[]): readonly Quarantine[] =>
  entries.flatMap(({ address: text, mac, since, until }) => {
    const address = parseAddress(text)
    return address === undefined || since <= 0 || until < since ? [] : [{ address, mac, since, until }]
  })

/** The entry as the API has it; times in UTC and whole seconds. */
export const entryOf = ({ address, mac, since, until }: Quarantine) => ({
  address: formatAddress(address),
  ...(mac === "" ? {} : { mac }),
  since: timeText(since),
  until: timeText(until),
})

/** "2026-01-31T12:00:00Z". */
export const timeText = (instant: Instant): string => `${new Date(instant).toISOString().slice(0, 19)}Z`
