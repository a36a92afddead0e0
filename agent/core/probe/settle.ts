import type { IpFamily } from "../model.ts"
import { type Mac, parseMac } from "../net/mac.ts"
import {
  type Began,
  inquireFor,
  listenFor,
  type Millis,
  offFor,
  probeCount,
  probeEvery,
  proxyFrom,
  type Stranger,
  type Subject,
  type Verdict,
} from "./state.ts"
import { isNode, isOff, placeOf, strangersTo, type Work } from "./work.ts"

/** Gives the verdicts that are due, and ends inquiries that nobody waits for. */
export const settle = (work: Work): void => {
  for (const { interface: name, family, answered } of work.inquiries.values()) {
    for (const [text, addresses] of answered) {
      const mac = parseMac(text)
      if (addresses.size < proxyFrom || mac === undefined || isNode(work, text) || isOff(work, name, family)) continue
      work.off.set(placeOf(name, family), { until: work.now + offFor, mac })
      work.effects.push({ kind: "off", interface: name, family, mac })
    }
  }
  const inDoubt = new Set<string>()
  for (const [key, subject] of [...work.subjects]) {
    const verdict = verdictOn(work, subject)
    if (verdict !== undefined) {
      work.subjects.delete(key)
      work.effects.push({ kind: "verdict", address: subject.target.address, verdict })
      continue
    }
    const { family } = subject.target.address
    for (const stranger of strangersTo(work, subject)) inDoubt.add(placeOf(stranger.interface, family))
  }
  for (const place of work.inquiries.keys()) if (!inDoubt.has(place)) work.inquiries.delete(place)
}

const verdictOn = (work: Work, subject: Subject): Verdict | undefined => {
  const { target, began } = subject
  if (began === undefined) return undefined
  const { family } = target.address
  const [first] = strangersTo(work, subject)
  if (first !== undefined) {
    if (work.now < condemnedAt(work, first, family)) return undefined
    const { mac, interface: name } = first
    if (work.inquiries.get(placeOf(name, family))?.incomplete === true) return { kind: "unknown", reason: "ML346" }
    return { kind: "conflict", reason: "ML345", mac, interface: name }
  }
  const proxy = proxyOf(work, began.on, subject)
  if (proxy !== undefined) return proxy
  if (work.now < quietAt(began)) return undefined
  if (began.on.every(name => began.refused.has(name))) return { kind: "unknown", reason: "ML346" }
  return { kind: "free", reason: began.byNode ? "ML347" : "ML338" }
}

/**
 * When a station that answered counts as another machine: a second later, and not before every node was asked whether it was it and had
 * time to say so. Whoever stood still has asked nobody meanwhile.
 */
export const condemnedAt = ({ inquiries }: Work, { at, interface: name }: Stranger, family: IpFamily): Millis => {
  let due = at + inquireFor
  for (const { sent, nextAt } of inquiries.get(placeOf(name, family))?.asks.values() ?? [])
    due = Math.max(due, sent < probeCount ? Number.POSITIVE_INFINITY : nextAt)
  return due
}

/** All of these links are off. */
export const proxyOf = (work: Work, names: readonly string[], { target }: Subject): Verdict | undefined => {
  const { family } = target.address
  const [name] = names
  if (name === undefined || names.some(each => !isOff(work, each, family))) return undefined
  const mac: Mac | undefined = work.off.get(placeOf(name, family))?.mac
  return mac === undefined ? undefined : { kind: "proxy", reason: "ML339", mac, interface: name }
}

/** When the address is free if nobody answers; after every probe the same time is left for answers. */
export const quietAt = ({ at, sent, lastAt }: Began): Millis =>
  sent < probeCount
    ? Number.POSITIVE_INFINITY
    : Math.max(at + listenFor, lastAt + listenFor - (probeCount - 1) * probeEvery)
