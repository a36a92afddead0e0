import { type Ledger, usageOf } from "../allocate/ledger.ts"
import type { Withheld } from "../allocate/withheld.ts"
import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { parseAddress } from "../ip/parse.ts"
import { parseGoDuration } from "../membership/go-duration.ts"
import type { ObjectKey, ReservationResource } from "../model.ts"

/** Milliseconds since the epoch: a reservation outlives the controller that began to keep it. */
export type Instant = number

/** What one reservation keeps. */
export type Keeping = {
  readonly name: string
  readonly service: ObjectKey
  /** At most 16: what the service has, or what it had. */
  readonly addresses: readonly Address[]
  /** Since when the service has none of them; undefined while it has. */
  readonly awaySince: Instant | undefined
  /** When they are free for everybody; undefined: not by itself. */
  readonly expires: Instant | undefined
}

const shortest = 1_000
const longest = 8760 * 3_600_000

/** The time to live of a reservation: "never" without one, undefined where what is written cannot be used. */
export const ttlOf = ({ ttl }: Pick<ReservationResource, "ttl">): number | "never" | undefined => {
  if (ttl === undefined) return "never"
  const read = ttl.length > 40 ? undefined : parseGoDuration(ttl)
  return read === undefined || read < shortest || read > longest ? undefined : read
}

/** What the status says. A time to live that cannot be read ends nothing: in doubt an address is kept. */
export const keepingAsRead = (resource: ReservationResource): Keeping =>
  withExpiry(resource, {
    name: resource.name,
    service: resource.service,
    addresses: resource.kept.slice(0, 16).flatMap(text => parseAddress(text) ?? []),
    awaySince: resource.awaySince > 0 ? resource.awaySince : undefined,
  })

/**
 * What is to be kept now: the addresses that the service has, else those that it had until their time is over. `before` is what
 * was kept at the last look.
 */
export const keepingNow = (resource: ReservationResource, before: Keeping, ledger: Ledger, now: Instant): Keeping => {
  const { name, service } = resource
  const held = heldBy(service, ledger)
  if (held.length > 0) return { name, service, addresses: held, awaySince: undefined, expires: undefined }
  if (before.service !== service || before.addresses.length === 0) return nothing(name, service)
  const awaySince = before.awaySince ?? Math.floor(now / 1000) * 1000
  const away = withExpiry(resource, { name, service, addresses: before.addresses, awaySince })
  return away.expires !== undefined && away.expires <= now ? nothing(name, service) : away
}

/** The same where the controller's own memory is not at hand. */
export const keepingsAsRead = (
  resources: readonly ReservationResource[],
  ledger: Ledger,
  now: Instant,
): readonly Keeping[] => resources.map(resource => keepingNow(resource, keepingAsRead(resource), ledger, now))

/** The addresses that are kept from everybody but the services that they are kept for, in the order of names. */
export const keptBy = (keepings: Iterable<Keeping>): readonly Withheld[] => {
  const kept = new Map<string, { readonly address: Address; readonly by: Keeping[] }>()
  for (const keeping of [...keepings].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const address of keeping.addresses) {
      const text = formatAddress(address)
      const entry = kept.get(text) ?? { address, by: [] }
      entry.by.push(keeping)
      kept.set(text, entry)
    }
  }
  return [...kept].map(([text, { address, by }]) => ({
    address,
    reason: "ML150",
    facts: {
      address: text,
      keptFor: by.map(({ service }) => service),
      reservation: by[0]?.name ?? "",
      until: untilText(by.map(({ expires }) => expires)),
    },
    contested: false,
    keptFor: by.map(({ service }) => service),
  }))
}

/** When the next reservation ends; undefined where none does. */
export const nextExpiry = (keepings: Iterable<Keeping>): Instant | undefined => {
  let next: Instant | undefined
  for (const { expires } of keepings) if (expires !== undefined && expires < (next ?? Infinity)) next = expires
  return next
}

/** "2026-01-31T12:00:00Z". */
export const timeText = (instant: Instant): string => `${new Date(instant).toISOString().slice(0, 19)}Z`

/** The status as the API has it; null takes a field away (RFC 7396). */
export const statusOf = ({ addresses, awaySince, expires }: Keeping) => ({
  addresses: addresses.length === 0 ? null : addresses.map(formatAddress),
  awaySince: awaySince === undefined ? null : timeText(awaySince),
  expires: expires === undefined ? null : timeText(expires),
})

/** The addresses of a service of ours that nobody has a better right to. */
const heldBy = (service: ObjectKey, ledger: Ledger): readonly Address[] => {
  const claim = ledger.claims.get(service)
  if (claim?.ours !== true) return []
  return claim.addresses.filter(address => usageOf(ledger, address)?.accepted.has(service) === true).slice(0, 16)
}

const nothing = (name: string, service: ObjectKey): Keeping => ({
  name,
  service,
  addresses: [],
  awaySince: undefined,
  expires: undefined,
})

const withExpiry = (resource: ReservationResource, keeping: Omit<Keeping, "expires">): Keeping => {
  const ttl = ttlOf(resource)
  const ends = typeof ttl === "number" && keeping.awaySince !== undefined
  return { ...keeping, expires: ends ? keeping.awaySince + ttl : undefined }
}

const untilText = (ends: readonly (Instant | undefined)[]): string => {
  const last = ends.reduce((a, b) => (a === undefined || b === undefined ? undefined : Math.max(a, b)))
  return last === undefined ? "" : ` until ${timeText(last)}`
}
