import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { recentAfter, retryFirst, retryMost } from "./checks.ts"
import type { EchoVerdict } from "./echo-asker.ts"
import type { Millis } from "./state.ts"

/**
 * Which addresses are new to the cluster, and which of them routers are not told of yet. Newness is witnessed, as on a link (checks.ts): what
 * a speaker finds when it starts, and what anybody has announced, is never held back, by no restart and no outage of the API.
 *
 * Of the nodes that would tell routers one asks, the others wait: for its announcement, its report, or holdFor.
 */
export type RouteChecks = {
  /** Texts of all addresses of services at the last look; undefined before the first. BOUNDED by the addresses of services. */
  readonly seen: ReadonlySet<string> | undefined
  /** By canonical text; those of `seen` that nobody has announced yet. */
  readonly fresh: ReadonlyMap<string, FreshRoute>
  /** Announced once and given back, and until when that is remembered. BOUNDED: recentMax. */
  readonly recent: ReadonlyMap<string, Millis>
}

export type FreshRoute = RouteHeld & {
  /** When it was seen for the first time. */
  readonly since: Millis
  /** It came while this speaker looked on. */
  readonly witnessed: boolean
  /** Since then without a break some node would tell routers of it. */
  readonly dueSince: Millis | undefined
  readonly conflict: { readonly times: number; readonly retryAt: Millis } | undefined
}

/** An address that a service has, as the speaker sees it now. */
export type RouteHeld = {
  readonly address: Address
  /** The node that is to ask: of those that would tell routers of the address the first one; undefined where none would. */
  readonly asker: string | undefined
  /** This node is to ask. */
  readonly mine: boolean
  /** This node would tell routers of it. */
  readonly tells: boolean
  /** A node says that it announces the services that have it. */
  readonly announced: boolean
  /** A node said that another machine has it, and did not take that back. */
  readonly reported: boolean
  /** Not to be asked for by echo. */
  readonly exempt: boolean
  /** Given since this speaker's pod was made. Counts at the first look alone. */
  readonly young: boolean
}

/** For so long an address is held back without a verdict: asking takes 2 s at most. */
export const holdFor: Millis = 5_000
/** Who announced a service before it got the address may need that long to say that it does no more; asking takes as long. */
export const echoTakes: Millis = 1_000

export const routeChecksAtStart: RouteChecks = { seen: undefined, fresh: new Map(), recent: new Map() }

/** Why an address is not held back any more. */
export type Release = { readonly address: Address; readonly reason: "ML418" | "ML419"; readonly facts: Facts }

/**
 * Takes in all addresses of services, by canonical text; `now` is monotonic. `describe` is asked only about those that are new or were
 * not announced yet. `released`: what this node held back and does no more, but for what it was to ask for and has a verdict on.
 */
export const lookAtRoutes = (
  checks: RouteChecks,
  all: Iterable<string>,
  describe: (text: string) => RouteHeld | undefined,
  now: Millis,
): { readonly next: RouteChecks; readonly released: readonly Release[] } => {
  const seen = new Set(all)
  const fresh = new Map<string, FreshRoute>()
  const released: Release[] = []
  for (const text of seen) {
    const known = checks.fresh.get(text)
    if (known === undefined && checks.seen?.has(text) === true) continue
    const held = describe(text)
    if (held === undefined || held.exempt || (known === undefined && !isNews(checks, held, text, now))) continue
    const next = freshAfter(held, known, checks.seen !== undefined, now)
    const reason = next.reported || next.conflict !== undefined ? undefined : releaseOf(next, now)
    if (reason === undefined) fresh.set(text, next)
    else if (next.tells)
      released.push({ address: next.address, reason, facts: { address: text, node: next.asker ?? "" } })
  }
  return { next: { seen, fresh, recent: recentAfter(checks, seen, now) }, released }
}

const isNews = (
  { seen, recent }: RouteChecks,
  { reported, young, announced }: RouteHeld,
  text: string,
  now: Millis,
): boolean => {
  if (seen === undefined) return reported || (young && !announced)
  return reported || (recent.get(text) ?? now) <= now
}

const freshAfter = (held: RouteHeld, known: FreshRoute | undefined, witnessed: boolean, now: Millis): FreshRoute => ({
  ...held,
  since: known?.since ?? now,
  witnessed: known?.witnessed ?? witnessed,
  dueSince: held.asker === undefined ? undefined : (known?.dueSince ?? now),
  conflict: held.mine ? known?.conflict : undefined,
})

const releaseOf = (fresh: FreshRoute, now: Millis): Release["reason"] | undefined => {
  if (fresh.announced && now >= trustedFrom(fresh)) return "ML419"
  return fresh.dueSince !== undefined && now - fresh.dueSince >= holdFor ? "ML418" : undefined
}

/** What is said of the service before then may be said of an address that it had before. */
const trustedFrom = ({ witnessed, since }: FreshRoute): Millis => (witnessed ? since + echoTakes : since)

/** Takes in what asking found. */
export const concludeRoute = (checks: RouteChecks, text: string, verdict: EchoVerdict, now: Millis): RouteChecks => {
  const known = checks.fresh.get(text)
  if (known === undefined) return checks
  const fresh = new Map(checks.fresh)
  if (verdict.kind === "conflict") {
    const times = (known.conflict?.times ?? 0) + 1
    const retryAt = now + Math.min(retryFirst * 2 ** (times - 1), retryMost)
    fresh.set(text, { ...known, conflict: { times, retryAt } })
  } else if (verdict.kind === "unknown" && (known.conflict !== undefined || known.reported)) {
    // What could not be asked this time is as it was.
    fresh.set(text, { ...known, conflict: { times: known.conflict?.times ?? 1, retryAt: now + retryMost } })
  } else fresh.delete(text)
  return { ...checks, fresh }
}

/** What this node is to ask for now. */
export const routesToAsk = ({ fresh }: RouteChecks, now: Millis): readonly FreshRoute[] =>
  [...fresh.values()].filter(({ mine, conflict }) => mine && (conflict === undefined || conflict.retryAt <= now))

/** Addresses that this node would tell routers of and does not, and why. */
export type RouteHolds = ReadonlyMap<string, Hold>
export type Hold = { readonly reason: ReasonCode; readonly facts: Facts }

export const noHolds: RouteHolds = new Map()

export const holdsOf = ({ fresh }: RouteChecks): RouteHolds =>
  new Map(
    [...fresh].flatMap(([text, one]) =>
      one.tells ? [[text, { reason: holdReason(one), facts: { address: text, node: one.asker ?? "" } }] as const] : [],
    ),
  )

const holdReason = ({ mine, reported, conflict }: FreshRoute): ReasonCode => {
  if (reported || conflict !== undefined) return "ML349"
  return mine ? "ML416" : "ML417"
}

/** Held back until somebody else says something of it. */
export const waitsForOthers = ({ tells, reported, conflict }: FreshRoute): boolean =>
  tells && !reported && conflict === undefined

/** When time alone changes something; undefined where it does not. */
export const routesWakeAt = ({ fresh }: RouteChecks, now: Millis): Millis | undefined => {
  let next = Number.POSITIVE_INFINITY
  for (const one of fresh.values()) {
    const { conflict, reported, dueSince } = one
    const times = conflict !== undefined ? [conflict.retryAt] : reported ? [] : [trustedFrom(one)]
    if (conflict === undefined && !reported && dueSince !== undefined) times.push(dueSince + holdFor)
    for (const at of times) if (at > now) next = Math.min(next, at)
  }
  return next === Number.POSITIVE_INFINITY ? undefined : next
}

/** The key of a fresh address. */
export const textOfRoute = ({ address }: FreshRoute): string => formatAddress(address)
