import type { Address } from "../ip/address.ts"
import { probeOf } from "./frame.ts"
import { condemnedAt, proxyOf, quietAt } from "./settle.ts"
import {
  askEvery,
  type Began,
  framesPerWindow,
  type Inquiry,
  type Millis,
  type ProbeLink,
  type Prober,
  probeCount,
  probeEvery,
  type Subject,
  subjectsMax,
  windowLength,
} from "./state.ts"
import { isOff, strangersTo, type Work } from "./work.ts"

/** Those whose turn it is begin: at most subjectsMax at a time, in the order in which they came. */
export const begin = (work: Work): void => {
  let busy = 0
  for (const { began } of work.subjects.values()) if (began !== undefined) busy += 1
  for (const [key, subject] of [...work.subjects]) {
    if (subject.began !== undefined) continue
    if (busy >= subjectsMax) break
    const names = linksOf(work.links, subject).map(({ name }) => name)
    if (names.length === 0) continue
    const proxy = proxyOf(work, names, subject)
    if (proxy !== undefined) {
      work.subjects.delete(key)
      work.effects.push({ kind: "verdict", address: subject.target.address, verdict: proxy })
      continue
    }
    const on = names.filter(name => !isOff(work, name, subject.target.address.family))
    const began: Began = {
      at: work.now,
      on,
      sent: 0,
      lastAt: work.now,
      refused: new Set(),
      strangers: new Map(),
      byNode: false,
    }
    work.subjects.set(key, { ...subject, began })
    busy += 1
  }
}

/** The links that the address would be announced on now. */
export const linksOf = (links: readonly ProbeLink[], { target }: Subject): readonly ProbeLink[] => {
  const { address, interfaces } = target
  return links.filter(
    ({ name, running, families }) =>
      running && families.includes(address.family) && (interfaces === "all" || interfaces.includes(name)),
  )
}

/** Sends what is due as far as the window allows: probes before questions of inquiries. */
export const ask = (work: Work): void => {
  if (work.now >= work.window.start + windowLength) work.window = { start: work.now, frames: 0 }
  for (const [key, subject] of work.subjects) {
    const { target, began } = subject
    if (began === undefined || dueAt(began) > work.now) continue
    if (!send(work, target.address, began.on)) return
    work.subjects.set(key, { ...subject, began: { ...began, sent: began.sent + 1, lastAt: work.now } })
  }
  for (const [place, inquiry] of work.inquiries) {
    const asks = new Map(inquiry.asks)
    for (const [text, { address, sent, nextAt }] of inquiry.asks) {
      if (sent >= probeCount || nextAt > work.now) continue
      if (!send(work, address, [inquiry.interface])) break
      asks.set(text, { address, sent: sent + 1, nextAt: work.now + askEvery })
    }
    work.inquiries.set(place, { ...inquiry, asks })
  }
}

/** False where the window is full. */
const send = (work: Work, address: Address, names: readonly string[]): boolean => {
  const { frames, start } = work.window
  if (frames > 0 && frames + names.length > framesPerWindow) return false
  work.window = { start, frames: frames + names.length }
  for (const { name, mac } of work.links) {
    if (names.includes(name))
      work.effects.push({ kind: "send", interface: name, address, frame: probeOf(address, mac) })
  }
  return true
}

const dueAt = ({ at, sent, lastAt }: Began): Millis =>
  sent === 0 ? at : sent < probeCount ? lastAt + probeEvery : Number.POSITIVE_INFINITY

const askDueAt = ({ asks }: Inquiry): Millis => {
  let due = Number.POSITIVE_INFINITY
  for (const { sent, nextAt } of asks.values()) if (sent < probeCount && nextAt < due) due = nextAt
  return due
}

/** When something is to be sent or concluded next; undefined where nothing is. What the window held back waits for the next one. */
export const wakeAt = (work: Work): Millis | undefined => {
  let next = Number.POSITIVE_INFINITY
  for (const subject of work.subjects.values()) {
    if (subject.began === undefined) continue
    const [first] = strangersTo(work, subject)
    const { family } = subject.target.address
    const concludes = first === undefined ? quietAt(subject.began) : condemnedAt(work, first, family)
    next = Math.min(next, dueAt(subject.began), concludes)
  }
  for (const inquiry of work.inquiries.values()) next = Math.min(next, askDueAt(inquiry))
  if (next === Number.POSITIVE_INFINITY) return undefined
  return next > work.now ? next : work.window.start + windowLength
}

/** Addresses that answers are awaited for, and where; groups are to be joined for those that may become this node's. */
export type Listening = { readonly address: Address; readonly interfaces: readonly string[]; readonly subject: boolean }

export const listening = ({ subjects, inquiries }: Prober): readonly Listening[] => [
  ...[...subjects.values()].flatMap(({ target, began }) =>
    began === undefined ? [] : [{ address: target.address, interfaces: began.on, subject: true }],
  ),
  ...[...inquiries.values()].flatMap(inquiry =>
    [...inquiry.asks.values()].map(({ address }) => ({
      address,
      interfaces: [inquiry.interface],
      subject: false,
    })),
  ),
]
