import type { Address } from "../ip/address.ts"
import { compareAddresses } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { IpFamily } from "../model.ts"
import { type Mac, sameMac } from "../net/mac.ts"
import type { ReasonCode } from "../reasons.ts"
import { announcementOf } from "./frames.ts"
import { onGrid, refreshDelay } from "./refresh.ts"

/** Monotonic milliseconds. */
export type Millis = number

/**
 * Announces addresses that this node has taken over: at once, then every 1.1 s for five seconds, because a lost frame
 * or a switch that learns late would otherwise keep traffic on the old node for minutes. RFC 4861 section 7.2.6 has three
 * advertisements a second apart; both families get MetalLB's five. From then on each address is told once a minute or so: whoever missed the five
 * seconds would keep the old entry, a router for hours, and a switch forgets after five minutes where a silent station is. At most 128 frames leave in
 * each window of 10 ms (12,800 a second, one per cent of a gigabit): 500 addresses on one interface are all announced
 * after 80 ms. Addresses taken over go before repetitions, and those before refreshes, each in the order in which they fell due.
 */
export type Announcer = {
  readonly links: readonly Link[]
  /** By canonical text. BOUNDED by the addresses of the cluster. */
  readonly owned: ReadonlyMap<string, Owned>
  /** Not announced yet; at most one entry an address. */
  readonly fresh: readonly Due[]
  /** Repetitions, the earliest first because all wait equally long; at most one entry an address. */
  readonly repeats: readonly Due[]
  /** Addresses that are told now and then, the earliest first; at most one entry an address. */
  readonly refreshes: readonly Due[]
  /** About how long after the last time an address is told again; 0 for never. */
  readonly refreshEvery: Millis
  /** Gives every takeover a number, so that what was queued for an address before it was given up is void. */
  readonly turns: number
  readonly window: { readonly start: Millis; readonly frames: number }
}

/** An interface that may be announced on, and which families are. */
export type Link = { readonly name: string; readonly mac: Mac; readonly families: readonly IpFamily[] }

export type Wish = { readonly address: Address; readonly interfaces: readonly string[] | "all" }

type Owned = Wish & {
  readonly until: Millis
  readonly turn: number
  readonly queued: boolean
  /** How often it was refreshed. */
  readonly round: number
}
type Due = { readonly key: string; readonly turn: number; readonly at: Millis }

export type AnnouncerEvent =
  /** Everything this node announces now; what is new is announced, what is gone is dropped without a word. */
  | { readonly kind: "own"; readonly wishes: readonly Wish[] }
  /** All interfaces as they are now; on one that is new, has a new MAC or a new family everything is announced again. */
  | { readonly kind: "links"; readonly links: readonly Link[] }
  /** Announce again, for five seconds from now. */
  | { readonly kind: "again"; readonly addresses: readonly Address[] }
  /** Announce once, now: somebody else claims them. */
  | { readonly kind: "once"; readonly addresses: readonly Address[] }
  | { readonly kind: "tick" }

export type Announced = { readonly address: Address; readonly interface: string; readonly frame: Uint8Array }

export type AnnouncerStep = {
  readonly next: Announcer
  readonly effects: readonly Announced[]
  /** When a tick is due; undefined where nothing is. */
  readonly wakeAt: Millis | undefined
  readonly reason: ReasonCode
}

export const repeatEvery: Millis = 1100
export const announceFor: Millis = 5000
export const windowLength: Millis = 10
export const framesPerWindow = 128

/** Without refreshes. */
export const announcerAtStart: Announcer = {
  links: [],
  owned: new Map(),
  fresh: [],
  repeats: [],
  refreshes: [],
  refreshEvery: 0,
  turns: 0,
  window: { start: 0, frames: 0 },
}

/** `now` never goes back. */
export const step = (announcer: Announcer, event: AnnouncerEvent, now: Millis): AnnouncerStep =>
  send(apply(announcer, event, now), now)

const apply = (announcer: Announcer, event: AnnouncerEvent, now: Millis): Announcer => {
  switch (event.kind) {
    case "own":
      return own(announcer, event.wishes, now)
    case "links": {
      const fresh = event.links.map(link => ({ ...link, families: newFamilies(link, announcer.links) }))
      const affected = [...announcer.owned.values()].filter(entry => fresh.some(link => speaksFor(link, entry)))
      return announceAtOnce({ ...announcer, links: event.links }, affected, now)
    }
    case "again":
      return announce(announcer, known(announcer, event.addresses), now, announceFor)
    case "once":
      return announce(announcer, known(announcer, event.addresses), now, 0)
    case "tick":
      return announcer
  }
}

const known = (announcer: Announcer, addresses: readonly Address[]): readonly Owned[] =>
  addresses.flatMap(address => announcer.owned.get(formatAddress(address)) ?? [])

const own = (announcer: Announcer, wishes: readonly Wish[], now: Millis): Announcer => {
  const owned = new Map<string, Owned>()
  const affected: Owned[] = []
  for (const wish of [...wishes].sort((a, b) => compareAddresses(a.address, b.address))) {
    const key = formatAddress(wish.address)
    const known = announcer.owned.get(key)
    const entry =
      known === undefined ? { ...wish, until: now, turn: 0, queued: false, round: 0 } : { ...known, ...wish }
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
  const refreshes = announcer.refreshes.filter(isCurrent)
  return announce({ ...announcer, owned, turns, fresh, repeats, refreshes }, renewed, now, announceFor)
}

/** Queues what is not queued already, and repeats all of it for so long from now. */
const announce = (announcer: Announcer, entries: readonly Owned[], now: Millis, during: Millis): Announcer => {
  if (entries.length === 0) return announcer
  const owned = new Map(announcer.owned)
  const fresh = [...announcer.fresh]
  for (const entry of entries) {
    const key = formatAddress(entry.address)
    if (!entry.queued) fresh.push({ key, turn: entry.turn, at: now })
    owned.set(key, { ...entry, until: Math.max(entry.until, now + during), queued: true })
  }
  return { ...announcer, owned, fresh }
}

/** Sends what is due as far as the window allows. */
const send = (announcer: Announcer, now: Millis): AnnouncerStep => {
  const { links, refreshEvery } = announcer
  const owned = new Map<string, Owned>()
  const effects: Announced[] = []
  const repeated: Due[] = []
  const refreshed: Due[] = []
  let window = now >= announcer.window.start + windowLength ? { start: now, frames: 0 } : announcer.window
  const drain = (queue: readonly Due[], isRefresh: boolean): number => {
    for (const [at, due] of queue.entries()) {
      if (due.at > now) return at
      const entry = owned.get(due.key) ?? announcer.owned.get(due.key)
      if (entry === undefined || entry.turn !== due.turn) continue
      // What was told just now, or is being announced anew, is refreshed after that.
      if (isRefresh && (entry.queued || owned.has(due.key))) continue
      const frames = framesOf(entry, links)
      if (window.frames > 0 && window.frames + frames.length > framesPerWindow) return at
      window = { start: window.start, frames: window.frames + frames.length }
      effects.push(...frames)
      const next = now + repeatEvery
      const queued = !isRefresh && next <= entry.until
      owned.set(due.key, { ...entry, queued, round: queued ? entry.round : entry.round + 1 })
      if (queued) repeated.push({ ...due, at: next })
      else if (refreshEvery > 0)
        refreshed.push({ ...due, at: onGrid(now + refreshDelay(due.key, entry.round, refreshEvery)) })
    }
    return queue.length
  }
  const fresh = announcer.fresh.slice(drain(announcer.fresh, false))
  const oldRepeats = fresh.length > 0 ? announcer.repeats : announcer.repeats.slice(drain(announcer.repeats, false))
  const held = fresh.length > 0 || (oldRepeats[0]?.at ?? Number.POSITIVE_INFINITY) <= now
  const oldRefreshes = held ? announcer.refreshes : announcer.refreshes.slice(drain(announcer.refreshes, true))
  const repeats = [...oldRepeats, ...repeated]
  const refreshes = refreshed.length === 0 ? oldRefreshes : inOrder(oldRefreshes, refreshed)
  const merged = owned.size === 0 ? announcer.owned : new Map([...announcer.owned, ...owned])
  return {
    next: { ...announcer, owned: merged, fresh, repeats, refreshes, window },
    effects,
    wakeAt: wakeAt([fresh, repeats, refreshes], now, window.start),
    reason: effects.length > 0 ? "ML340" : "ML341",
  }
}

/** What was refreshed just now takes the place of what was planned for it. */
const inOrder = (before: readonly Due[], refreshed: readonly Due[]): readonly Due[] => {
  const keys = new Set(refreshed.map(({ key }) => key))
  return [...before.filter(({ key }) => !keys.has(key)), ...refreshed].sort((a, b) => a.at - b.at)
}

/** What is due and was held back waits for the next window. */
const wakeAt = (queues: readonly (readonly Due[])[], now: Millis, windowStart: Millis): Millis | undefined => {
  const earliest = Math.min(...queues.map(queue => queue[0]?.at ?? Number.POSITIVE_INFINITY))
  if (earliest === Number.POSITIVE_INFINITY) return undefined
  return earliest > now ? earliest : windowStart + windowLength
}

const framesOf = (entry: Owned, links: readonly Link[]): readonly Announced[] =>
  links
    .filter(link => speaksFor(link, entry))
    .flatMap(link =>
      announcementOf(entry.address, link.mac).map(frame => ({
        address: entry.address,
        interface: link.name,
        frame,
      })),
    )

const speaksFor = (link: Link, { address, interfaces }: Wish): boolean =>
  link.families.includes(address.family) && (interfaces === "all" || interfaces.includes(link.name))

const isWider = (now: Wish["interfaces"], before: Wish["interfaces"]): boolean =>
  before !== "all" && (now === "all" || now.some(name => !before.includes(name)))

/** Those that the link did not have before, with the MAC that it has now. */
const newFamilies = (link: Link, before: readonly Link[]): readonly IpFamily[] => {
  const same = before.find(({ name, mac }) => name === link.name && sameMac(mac, link.mac))
  return link.families.filter(family => same?.families.includes(family) !== true)
}
