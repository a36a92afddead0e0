import type { Address } from "../ip/address.ts"
import { compareAddresses } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { type Mac, sameMac } from "../net/mac.ts"
import type { ReasonCode } from "../reasons.ts"
import { gratuitous, writeArp } from "./packet.ts"

/** Monotonic milliseconds. */
export type Millis = number

/**
 * Announces addresses that this node has taken over: at once, then every 1.1 s for five seconds, because a lost frame
 * or a switch that learns late would otherwise keep traffic on the old node for minutes. At most 128 frames leave in
 * each window of 10 ms (12,800 a second, one per cent of a gigabit): 500 addresses on one interface are all announced
 * after 80 ms. Addresses taken over go before repetitions, both in the order in which they fell due.
 */
export type Announcer = {
  readonly links: readonly Link[]
  /** By canonical text. BOUNDED by the addresses of the cluster. */
  readonly owned: ReadonlyMap<string, Owned>
  /** Not announced yet; at most one entry an address. */
  readonly fresh: readonly Due[]
  /** Repetitions, the earliest first because all wait equally long; at most one entry an address. */
  readonly repeats: readonly Due[]
  /** Gives every takeover a number, so that what was queued for an address before it was given up is void. */
  readonly turns: number
  readonly window: { readonly start: Millis; readonly frames: number }
}

/** An interface that may be announced on. */
export type Link = { readonly name: string; readonly mac: Mac }

export type Wish = { readonly address: Address; readonly interfaces: readonly string[] | "all" }

type Owned = Wish & { readonly until: Millis; readonly turn: number; readonly queued: boolean }
type Due = { readonly key: string; readonly turn: number; readonly at: Millis }

export type AnnouncerEvent =
  /** Everything this node announces now; what is new is announced, what is gone is dropped without a word. */
  | { readonly kind: "own"; readonly wishes: readonly Wish[] }
  /** All interfaces as they are now; on one that is new or has a new MAC everything is announced again. */
  | { readonly kind: "links"; readonly links: readonly Link[] }
  /** Announce again, for five seconds from now. */
  | { readonly kind: "again"; readonly addresses: readonly Address[] }
  | { readonly kind: "tick" }

export type Announced = { readonly address: Address; readonly interface: string; readonly frame: Uint8Array }

export type AnnouncerStep = {
  readonly next: Announcer
  readonly effects: readonly Announced[]
  /** When a tick is due; undefined where nothing is. */
  readonly wakeAt: Millis | undefined
  readonly reason: ReasonCode
}

/** The frames that announce an address; none for a family that is announced in another way. */
export type Herald = (address: Address, mac: Mac) => readonly Uint8Array[]

export const arpHerald: Herald = (address, mac) =>
  address.family === "IPv4" ? gratuitous(Number(address.value), mac).map(writeArp) : []

export const repeatEvery: Millis = 1100
export const announceFor: Millis = 5000
export const windowLength: Millis = 10
export const framesPerWindow = 128

export const announcerAtStart: Announcer = {
  links: [],
  owned: new Map(),
  fresh: [],
  repeats: [],
  turns: 0,
  window: { start: 0, frames: 0 },
}

/** `now` never goes back. */
export const step = (
  announcer: Announcer,
  event: AnnouncerEvent,
  now: Millis,
  herald: Herald = arpHerald,
): AnnouncerStep => send(apply(announcer, event, now), now, herald)

const apply = (announcer: Announcer, event: AnnouncerEvent, now: Millis): Announcer => {
  switch (event.kind) {
    case "own":
      return own(announcer, event.wishes, now)
    case "links": {
      const changed = event.links.filter(link => !announcer.links.some(known => sameLink(known, link)))
      const names = changed.map(link => link.name)
      const affected = [...announcer.owned.values()].filter(({ interfaces }) => covers(interfaces, names))
      return announceAtOnce({ ...announcer, links: event.links }, affected, now)
    }
    case "again": {
      const affected = event.addresses.flatMap(address => announcer.owned.get(formatAddress(address)) ?? [])
      return announce(announcer, affected, now)
    }
    case "tick":
      return announcer
  }
}

const own = (announcer: Announcer, wishes: readonly Wish[], now: Millis): Announcer => {
  const owned = new Map<string, Owned>()
  const affected: Owned[] = []
  for (const wish of [...wishes].sort((a, b) => compareAddresses(a.address, b.address))) {
    const key = formatAddress(wish.address)
    const known = announcer.owned.get(key)
    const entry = known === undefined ? { ...wish, until: now, turn: 0, queued: false } : { ...known, ...wish }
    owned.set(key, entry)
    if (known === undefined || isWider(wish.interfaces, known.interfaces)) affected.push(entry)
  }
  return announceAtOnce({ ...announcer, owned }, affected, now)
}

/** Starts from the beginning, whatever was queued: a new place must not wait for the next repetition at the old one. */
const announceAtOnce = (announcer: Announcer, entries: readonly Owned[], now: Millis): Announcer => {
  let { turns } = announcer
  const renewed = entries.map(entry => {
    turns += 1
    return { ...entry, turn: turns, queued: false }
  })
  const owned = new Map(announcer.owned)
  for (const entry of renewed) owned.set(formatAddress(entry.address), entry)
  const isCurrent = ({ key, turn }: Due): boolean => owned.get(key)?.turn === turn
  const fresh = announcer.fresh.filter(isCurrent)
  const repeats = announcer.repeats.filter(isCurrent)
  return announce({ ...announcer, owned, turns, fresh, repeats }, renewed, now)
}

/** Queues what is not queued already, and lets all of it last five seconds from now. */
const announce = (announcer: Announcer, entries: readonly Owned[], now: Millis): Announcer => {
  if (entries.length === 0) return announcer
  const owned = new Map(announcer.owned)
  const fresh = [...announcer.fresh]
  for (const entry of entries) {
    const key = formatAddress(entry.address)
    if (!entry.queued) fresh.push({ key, turn: entry.turn, at: now })
    owned.set(key, { ...entry, until: now + announceFor, queued: true })
  }
  return { ...announcer, owned, fresh }
}

/** Sends what is due as far as the window allows. */
const send = (announcer: Announcer, now: Millis, herald: Herald): AnnouncerStep => {
  const { links } = announcer
  const owned = new Map<string, Owned>()
  const effects: Announced[] = []
  const again: Due[] = []
  let window = now >= announcer.window.start + windowLength ? { start: now, frames: 0 } : announcer.window
  const drain = (queue: readonly Due[]): number => {
    for (const [at, due] of queue.entries()) {
      if (due.at > now) return at
      const entry = announcer.owned.get(due.key)
      if (entry === undefined || entry.turn !== due.turn) continue
      const frames = framesOf(entry, links, herald)
      if (window.frames > 0 && window.frames + frames.length > framesPerWindow) return at
      window = { start: window.start, frames: window.frames + frames.length }
      effects.push(...frames)
      const next = now + repeatEvery
      const queued = next <= entry.until
      owned.set(due.key, { ...entry, queued })
      if (queued) again.push({ ...due, at: next })
    }
    return queue.length
  }
  const fresh = announcer.fresh.slice(drain(announcer.fresh))
  const rest = fresh.length > 0 ? announcer.repeats : announcer.repeats.slice(drain(announcer.repeats))
  const repeats = [...rest, ...again]
  const merged = owned.size === 0 ? announcer.owned : new Map([...announcer.owned, ...owned])
  return {
    next: { ...announcer, owned: merged, fresh, repeats, window },
    effects,
    wakeAt: wakeAt(fresh, repeats, now, window.start),
    reason: effects.length > 0 ? "ML340" : "ML341",
  }
}

/** What is due and was held back waits for the next window. */
const wakeAt = (
  fresh: readonly Due[],
  repeats: readonly Due[],
  now: Millis,
  windowStart: Millis,
): Millis | undefined => {
  const earliest = fresh[0]?.at ?? repeats[0]?.at
  if (earliest === undefined) return undefined
  return earliest > now ? earliest : windowStart + windowLength
}

const framesOf = (entry: Owned, links: readonly Link[], herald: Herald): readonly Announced[] =>
  links
    .filter(link => covers(entry.interfaces, [link.name]))
    .flatMap(link =>
      herald(entry.address, link.mac).map(frame => ({ address: entry.address, interface: link.name, frame })),
    )

const covers = (interfaces: Wish["interfaces"], names: readonly string[]): boolean =>
  interfaces === "all" ? names.length > 0 : interfaces.some(name => names.includes(name))

const isWider = (now: Wish["interfaces"], before: Wish["interfaces"]): boolean =>
  before !== "all" && (now === "all" || now.some(name => !before.includes(name)))

const sameLink = (a: Link, b: Link): boolean => a.name === b.name && sameMac(a.mac, b.mac)
