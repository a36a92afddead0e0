import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { Mac } from "../net/mac.ts"
import type { Millis, Verdict } from "./state.ts"

/**
 * Which addresses are new to the cluster, and what became of them. Newness is witnessed, not recorded: an address is new to a
 * speaker that saw it come into the status of a service, until somebody has announced it. So nothing needs to be written or
 * asked for, and whatever a speaker finds when it starts is known: a restart, a fail-over or an outage of the API delays nothing.
 * What is missed that way is missed on the safe side: the address is announced as MetalLB would.
 */
export type Checks = {
  /** Texts of all addresses of services at the last look; undefined before the first. BOUNDED by the addresses of services. */
  readonly seen: ReadonlySet<string> | undefined
  /** By canonical text; those of `seen` that nobody has announced yet. */
  readonly fresh: ReadonlyMap<string, Fresh>
  /** Announced once and given back, and until when that is remembered; the first to be forgotten first. BOUNDED: recentMax. */
  readonly recent: ReadonlyMap<string, Millis>
}

export type Fresh = {
  readonly address: Address
  /** This node is to announce it, now. */
  readonly mine: boolean
  /** Another node is to announce it, since then without a break. */
  readonly elsewhereSince: Millis | undefined
  readonly conflict: Conflict | undefined
}

/** Another machine has the address; it is asked for again at `retryAt`. */
export type Conflict = {
  readonly mac: Mac
  readonly interface: string
  /** How often it was found so, one after the other. */
  readonly times: number
  readonly retryAt: Millis
}

/** An address that a service has, as the speaker sees it now. */
export type Held = {
  readonly address: Address
  /** This node is to announce it, and can. */
  readonly mine: boolean
  /** Another node is to announce it. */
  readonly elsewhere: boolean
  /** Another node says that it announces the service: by this address, if it was that node's. */
  readonly announced: boolean
  /** An owner said that another machine has it, and did not take that back. */
  readonly reported: boolean
  /** Its pool does without the check, or it is in no pool. */
  readonly exempt: boolean
  /** Given since this speaker's pod was made, and no node says that it announces the service. Counts at the first look alone. */
  readonly young: boolean
}

/** A node that has been the owner for so long has announced it, or reported why not. */
export const announcedAfter: Millis = 5_000
/** Whoever deletes a service and makes it again gets the address back without a delay. */
export const rememberFor: Millis = 600_000
export const recentMax = 4_096
export const retryFirst: Millis = 5_000
export const retryMost: Millis = 60_000

export const checksAtStart: Checks = { seen: undefined, fresh: new Map(), recent: new Map() }

/**
 * Takes in all addresses of services, by canonical text; `now` is monotonic. `describe` is asked only about those that are new or were not
 * announced yet, and says undefined where no service has the address any more.
 */
export const look = (
  checks: Checks,
  all: Iterable<string>,
  describe: (text: string) => Held | undefined,
  now: Millis,
): Checks => {
  const seen = new Set(all)
  const fresh = new Map<string, Fresh>()
  for (const text of seen) {
    const known = checks.fresh.get(text)
    if (known === undefined && checks.seen?.has(text) === true) continue
    const held = describe(text)
    if (held === undefined || (known === undefined && !isNews(checks, held, text, now))) continue
    const next = stillFresh(held, known, now)
    if (next !== undefined) fresh.set(text, next)
  }
  return { seen, fresh, recent: recentAfter(checks, seen, now) }
}

/** Of an address that was not there at the last look. */
const isNews = ({ seen, recent }: Checks, { reported, young }: Held, text: string, now: Millis): boolean => {
  if (seen === undefined) return young || reported
  return reported || (recent.get(text) ?? now) <= now
}

/** Undefined where it is new no longer. */
const stillFresh = (held: Held, known: Fresh | undefined, now: Millis): Fresh | undefined => {
  const { address, mine, elsewhere, announced, reported, exempt } = held
  if (exempt) return undefined
  const since = known?.elsewhereSince
  const isOld = since !== undefined && (announced || now - since >= announcedAfter)
  if (isOld && !reported && known?.conflict === undefined) return undefined
  const elsewhereSince = elsewhere ? (since ?? now) : undefined
  return { address, mine, elsewhereSince, conflict: mine ? known?.conflict : undefined }
}

/** What is remembered of addresses that were announced and are `now` no service's any more. */
export const recentAfter = (
  { seen, fresh, recent }: Pick<Checks, "seen" | "recent"> & { readonly fresh: ReadonlyMap<string, unknown> },
  now: ReadonlySet<string>,
  at: Millis,
): Checks["recent"] => {
  const gone = [...(seen ?? [])].filter(text => !now.has(text) && !fresh.has(text))
  if (gone.length === 0 && recent.size === 0) return recent
  const next = new Map([...recent].filter(([text, until]) => until > at && !now.has(text)))
  for (const text of gone) next.set(text, at + rememberFor)
  for (const oldest of next.keys()) {
    if (next.size <= recentMax) break
    next.delete(oldest)
  }
  return next
}

/** Takes in what the prober found. */
export const conclude = (checks: Checks, address: Address, verdict: Verdict, now: Millis): Checks => {
  const text = formatAddress(address)
  const known = checks.fresh.get(text)
  if (known === undefined) return checks
  const fresh = new Map(checks.fresh)
  if (verdict.kind === "conflict") {
    const times = (known.conflict?.times ?? 0) + 1
    const retryAt = now + Math.min(retryFirst * 2 ** (times - 1), retryMost)
    fresh.set(text, { ...known, conflict: { mac: verdict.mac, interface: verdict.interface, times, retryAt } })
  } else if (verdict.kind === "unknown" && known.conflict !== undefined) {
    // What could not be asked this time is as it was.
    fresh.set(text, { ...known, conflict: { ...known.conflict, retryAt: now + retryMost } })
  } else fresh.delete(text)
  return { ...checks, fresh }
}

/** Whether this node may announce an address that it is to announce. */
export const mayAnnounce = ({ fresh }: Checks, address: Address): boolean => !fresh.has(formatAddress(address))

/** What this node is to ask for now. */
export const toProbe = ({ fresh }: Checks, now: Millis): readonly Address[] =>
  [...fresh.values()].flatMap(({ address, mine, conflict }) =>
    mine && (conflict === undefined || conflict.retryAt <= now) ? [address] : [],
  )

/** When `toProbe` will say something else although nothing happened; undefined where it will not. */
export const retryAt = ({ fresh }: Checks, now: Millis): Millis | undefined => {
  const times = [...fresh.values()].flatMap(({ conflict }) =>
    conflict === undefined || conflict.retryAt <= now ? [] : conflict.retryAt,
  )
  return times.length === 0 ? undefined : Math.min(...times)
}
