import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { type Mac, sameMac } from "../net/mac.ts"
import type { ReasonCode } from "../reasons.ts"

/** Monotonic milliseconds. */
export type Millis = number

/**
 * Watches for other stations that say that they have an address of this node, and defends it (RFC 5227 section 2.4, choice c: an
 * address that must stay is defended at most once in ten seconds, and the operator is told). IPv6 knows no defence
 * after duplicate address detection; the same rule serves there.
 *
 * The first defence waits a second. When an address moves, its new owner speaks before the old one has stopped: an old owner that
 * answered back at once would draw the traffic to itself just before it falls silent. Who has lost the address meanwhile defends nothing.
 */
export type Watch = {
  /** By canonical text; only what this node owns. BOUNDED by the addresses of the cluster. */
  readonly owned: ReadonlyMap<string, Conflict | undefined>
  /** When the next defence is due. */
  readonly wakeAt: Millis | undefined
}

type Conflict = {
  readonly claim: Claimed
  readonly defend: boolean
  /** When it is defended next; undefined while nobody has claimed it since the last time. */
  readonly dueAt: Millis | undefined
  /** The last claim that outlasted its second, and when it was answered. */
  readonly last: (Claimed & { readonly at: Millis }) | undefined
  /** Whom people were told about, and when. BOUNDED: the latest `tellMost`. */
  readonly told: readonly { readonly mac: Mac; readonly at: Millis }[]
}

/** Who claims what, heard where. */
export type Claimed = { readonly address: Address; readonly mac: Mac; readonly interface: string }

export type WatchEvent =
  /** Everything this node owns now. */
  | { readonly kind: "own"; readonly addresses: readonly Address[] }
  /** `defend`: false where others who announce it would not either (MetalLB's speakers), and people are told alone. */
  | ({ readonly kind: "claim"; readonly defend: boolean } & Claimed)
  | { readonly kind: "tick" }

export type WatchEffect =
  /** Tell people: once for each claimant, again after ten minutes. */
  | ({ readonly kind: "tell" } & Claimed)
  /** Announce once on every interface. */
  | { readonly kind: "defend"; readonly address: Address }

export type WatchStep = {
  readonly next: Watch
  readonly effects: readonly WatchEffect[]
  /** When a tick is due; undefined where nothing is. */
  readonly wakeAt: Millis | undefined
  readonly reason: ReasonCode
}

export const settleFor: Millis = 1_000
/** DEFEND_INTERVAL of RFC 5227 section 1.1. */
export const defendEvery: Millis = 10_000
export const tellEvery: Millis = 600_000
const tellMost = 4

export const watchAtStart: Watch = { owned: new Map(), wakeAt: undefined }

/** `now` never goes back. */
export const step = (watch: Watch, event: WatchEvent, now: Millis): WatchStep => {
  switch (event.kind) {
    case "own": {
      const keys = event.addresses.map(formatAddress)
      return becomes(new Map(keys.map(key => [key, watch.owned.get(key)])), [], "ML341")
    }
    case "claim":
      return claimed(watch, event, now)
    case "tick":
      return answer(watch, now)
  }
}

/** Who claimed the address last, if that was within ten minutes; `at` of `now`'s clock. */
export const lastClaim = (
  watch: Watch,
  address: Address,
  now: Millis,
): (Claimed & { readonly at: Millis }) | undefined => {
  const last = watch.owned.get(formatAddress(address))?.last
  return last === undefined || now - last.at >= tellEvery ? undefined : last
}

/** While a defence is due no further claim is noted, so a storm of them costs nothing. */
const claimed = (
  watch: Watch,
  { address, mac, interface: name, defend }: Claimed & { readonly defend: boolean },
  now: Millis,
): WatchStep => {
  const key = formatAddress(address)
  const known = watch.owned.get(key)
  const unchanged = { next: watch, effects: [], wakeAt: watch.wakeAt }
  if (!watch.owned.has(key)) return { ...unchanged, reason: "ML341" }
  if (known?.dueAt !== undefined) return { ...unchanged, reason: "ML343" }
  const claim = { address, mac: Uint8Array.from(mac), interface: name }
  const dueAt = Math.max(now + settleFor, (known?.last?.at ?? Number.NEGATIVE_INFINITY) + defendEvery)
  const conflict = { claim, defend, dueAt, last: known?.last, told: known?.told ?? [] }
  return becomes(new Map(watch.owned).set(key, conflict), [], "ML343")
}

const answer = (watch: Watch, now: Millis): WatchStep => {
  const owned = new Map(watch.owned)
  const effects: WatchEffect[] = []
  for (const [key, conflict] of watch.owned) {
    if (conflict?.dueAt === undefined || conflict.dueAt > now) continue
    const { claim, told } = conflict
    const isNews = !told.some(({ mac, at }) => sameMac(mac, claim.mac) && now - at < tellEvery)
    if (isNews) effects.push({ kind: "tell", ...claim })
    if (conflict.defend) effects.push({ kind: "defend", address: claim.address })
    const others = told.filter(({ mac }) => !sameMac(mac, claim.mac))
    const toldNow = isNews ? [...others, { mac: claim.mac, at: now }].slice(-tellMost) : told
    owned.set(key, { ...conflict, dueAt: undefined, last: { ...claim, at: now }, told: toldNow })
  }
  const told = effects.some(({ kind }) => kind === "tell")
  return becomes(owned, effects, told ? "ML342" : effects.length > 0 ? "ML344" : "ML341")
}

const becomes = (owned: Watch["owned"], effects: readonly WatchEffect[], reason: ReasonCode): WatchStep => {
  const times = [...owned.values()].flatMap(conflict => conflict?.dueAt ?? [])
  const wakeAt = times.length === 0 ? undefined : Math.min(...times)
  return { next: { owned, wakeAt }, effects, wakeAt, reason }
}
