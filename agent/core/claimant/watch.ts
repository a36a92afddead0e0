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
  /** When it is defended next; undefined while nobody has claimed it since the last time. */
  readonly dueAt: Millis | undefined
  readonly defendedAt: Millis | undefined
  /** Whom people were told about last, and when. */
  readonly told: { readonly mac: Mac; readonly at: Millis } | undefined
}

/** Who claims what, heard where. */
export type Claimed = { readonly address: Address; readonly mac: Mac; readonly interface: string }

export type WatchEvent =
  /** Everything this node owns now. */
  | { readonly kind: "own"; readonly addresses: readonly Address[] }
  | ({ readonly kind: "claim" } & Claimed)
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
      return defend(watch, now)
  }
}

/** While a defence is due no further claim is noted, so a storm of them costs nothing. */
const claimed = (watch: Watch, { address, mac, interface: name }: Claimed, now: Millis): WatchStep => {
  const key = formatAddress(address)
  const known = watch.owned.get(key)
  const unchanged = { next: watch, effects: [], wakeAt: watch.wakeAt }
  if (!watch.owned.has(key)) return { ...unchanged, reason: "ML341" }
  if (known?.dueAt !== undefined) return { ...unchanged, reason: "ML343" }
  const claim = { address, mac: Uint8Array.from(mac), interface: name }
  const dueAt = Math.max(now + settleFor, (known?.defendedAt ?? Number.NEGATIVE_INFINITY) + defendEvery)
  const conflict = { claim, dueAt, defendedAt: known?.defendedAt, told: known?.told }
  return becomes(new Map(watch.owned).set(key, conflict), [], "ML343")
}

const defend = (watch: Watch, now: Millis): WatchStep => {
  const owned = new Map(watch.owned)
  const effects: WatchEffect[] = []
  for (const [key, conflict] of watch.owned) {
    if (conflict?.dueAt === undefined || conflict.dueAt > now) continue
    const { claim, told } = conflict
    const isNews = told === undefined || !sameMac(told.mac, claim.mac) || now - told.at >= tellEvery
    if (isNews) effects.push({ kind: "tell", ...claim })
    effects.push({ kind: "defend", address: claim.address })
    const toldNow = isNews ? { mac: claim.mac, at: now } : told
    owned.set(key, { claim, dueAt: undefined, defendedAt: now, told: toldNow })
  }
  const told = effects.some(({ kind }) => kind === "tell")
  return becomes(owned, effects, told ? "ML342" : effects.length > 0 ? "ML344" : "ML341")
}

const becomes = (owned: Watch["owned"], effects: readonly WatchEffect[], reason: ReasonCode): WatchStep => {
  const times = [...owned.values()].flatMap(conflict => conflict?.dueAt ?? [])
  const wakeAt = times.length === 0 ? undefined : Math.min(...times)
  return { next: { owned, wakeAt }, effects, wakeAt, reason }
}
