import { formatAddress } from "../ip/format.ts"
import { formatMac, sameMac } from "../net/mac.ts"
import type { ReasonCode } from "../reasons.ts"
import { ask, begin, linksOf, wakeAt } from "./ask.ts"
import { forgetLinks, inquire, learnNode, noteAnswer } from "./inquiry.ts"
import { settle } from "./settle.ts"
import {
  type Millis,
  type ProbeEffect,
  type ProbeEvent,
  type ProbeLink,
  type Prober,
  type ProbeStep,
  type Stranger,
  type Subject,
  strangersMax,
  type Target,
} from "./state.ts"
import { isNode, placeOf, type Work, workOn } from "./work.ts"

/** `now` never goes back. Step with "tick" at `wakeAt`. */
export const step = (prober: Prober, event: ProbeEvent, now: Millis): ProbeStep => {
  const work = workOn(prober, now)
  apply(work, event)
  settle(work)
  begin(work)
  ask(work)
  const { links, nodes, learned, subjects, inquiries, off, window, effects } = work
  const next = { links, nodes, learned, subjects, inquiries, off, window }
  return { next, effects, wakeAt: wakeAt(work), reason: reasonOf(effects) }
}

const apply = (work: Work, event: ProbeEvent): void => {
  if (event.kind === "want") want(work, event.targets)
  else if (event.kind === "links") setLinks(work, event.links)
  else if (event.kind === "nodes") work.nodes = event.nodes
  else if (event.kind === "heard") hear(work, event)
  else if (event.kind === "refused") refuse(work, formatAddress(event.address), event.interface)
}

const want = (work: Work, targets: readonly Target[]): void => {
  const before = new Map(work.subjects)
  work.subjects.clear()
  for (const target of targets) {
    const key = formatAddress(target.address)
    const known = before.get(key)
    const same = known !== undefined && String(known.target.interfaces) === String(target.interfaces)
    work.subjects.set(key, { target, began: same ? known.began : undefined })
  }
}

/** Whoever asks on a link that is gone, or lost its carrier or its MAC, begins anew. */
const setLinks = (work: Work, links: readonly ProbeLink[]): void => {
  const gone = new Set(work.links.filter(link => !links.some(now => isSame(link, now))).map(({ name }) => name))
  work.links = links
  forgetLinks(work, gone)
  for (const [key, subject] of work.subjects) {
    const { began } = subject
    if (began === undefined) continue
    const usable = new Set(linksOf(links, subject).map(({ name }) => name))
    if (began.on.some(name => gone.has(name) || !usable.has(name)))
      work.subjects.set(key, { ...subject, began: undefined })
  }
}

const isSame = (a: ProbeLink, b: ProbeLink): boolean =>
  a.name === b.name && a.running === b.running && sameMac(a.mac, b.mac)

type Heard = Extract<ProbeEvent, { kind: "heard" }>

const hear = (work: Work, { interface: name, address, mac, how }: Heard): void => {
  // Two interfaces of one host on one link hear each other.
  if (work.links.some(link => sameMac(link.mac, mac))) return
  const text = formatAddress(address)
  const by = formatMac(mac)
  const isOfNode = work.nodes.addresses.some(node => node.family === address.family && node.value === address.value)
  if (isOfNode && how === "answer") learnNode(work, name, text, by)
  const place = placeOf(name, address.family)
  const subject = work.subjects.get(text)
  if (subject?.began?.on.includes(name) === true)
    suspect(work, text, subject, { mac, interface: name, how, at: work.now })
  if (how === "answer" && (subject !== undefined || work.inquiries.get(place)?.asks.has(text) === true) && !isOfNode)
    noteAnswer(work, place, by, text)
}

const suspect = (work: Work, key: string, subject: Subject, stranger: Stranger): void => {
  const { began, target } = subject
  if (began === undefined) return
  const by = formatMac(stranger.mac)
  if (isNode(work, by)) {
    work.subjects.set(key, { ...subject, began: { ...began, byNode: true } })
    return
  }
  inquire(work, target, stranger)
  if (began.strangers.has(by) || began.strangers.size >= strangersMax) return
  const strangers = new Map(began.strangers).set(by, stranger)
  work.subjects.set(key, { ...subject, began: { ...began, strangers } })
}

const refuse = (work: Work, key: string, name: string): void => {
  const subject = work.subjects.get(key)
  if (subject?.began === undefined) return
  const refused = new Set([...subject.began.refused, name])
  work.subjects.set(key, { ...subject, began: { ...subject.began, refused } })
}

/** What the step amounts to: a verdict before a question. */
const reasonOf = (effects: readonly ProbeEffect[]): ReasonCode => {
  let reason: ReasonCode = "ML348"
  for (const effect of effects) {
    if (effect.kind === "verdict") return effect.verdict.reason
    if (effect.kind === "send") reason = "ML337"
  }
  return reason
}
