import { formatAddress } from "../ip/format.ts"
import {
  type Ask,
  asksMax,
  type Inquiry,
  learnedMax,
  proxyFrom,
  type Stranger,
  strangersMax,
  type Target,
} from "./state.ts"
import { placeOf, type Work } from "./work.ts"

/** A stranger has an address that is asked for: the nodes and the free addresses beside it are asked for as well. */
export const inquire = (work: Work, { address, spare }: Target, { interface: name }: Stranger): void => {
  const key = placeOf(name, address.family)
  const known = work.inquiries.get(key)
  const families = work.links.find(link => link.name === name)?.families ?? []
  const nodes = work.nodes.addresses.filter(
    node => families.includes(node.family) && !work.learned.has(learnedKey(name, formatAddress(node))),
  )
  const asks = new Map<string, Ask>(known?.asks)
  let incomplete = known?.incomplete ?? false
  for (const one of [...spare, ...nodes]) {
    const text = formatAddress(one)
    if (asks.has(text)) continue
    if (asks.size >= asksMax) {
      incomplete = true
      break
    }
    asks.set(text, { address: one, sent: 0, nextAt: work.now })
  }
  const answered = known?.answered ?? new Map()
  const inquiry: Inquiry = { interface: name, family: address.family, asks, incomplete, answered }
  work.inquiries.set(key, inquiry)
}

/** A station answered for a free address: one that was asked for itself, or one beside it. */
export const noteAnswer = (work: Work, place: string, mac: string, text: string): void => {
  const inquiry = work.inquiries.get(place)
  if (inquiry === undefined) return
  const before = inquiry.answered.get(mac) ?? new Set<string>()
  if (before.has(text) || before.size >= proxyFrom) return
  if (before.size === 0 && inquiry.answered.size >= strangersMax) return
  const answered = new Map(inquiry.answered).set(mac, new Set([...before, text]))
  work.inquiries.set(place, { ...inquiry, answered })
}

/** A node's own address was answered for: whoever did is that node, and is no stranger any more. */
export const learnNode = (work: Work, interfaceName: string, text: string, mac: string): void => {
  const key = learnedKey(interfaceName, text)
  if (work.learned.get(key) === mac) return
  if (work.learned.size >= learnedMax && !work.learned.has(key)) work.learned.clear()
  work.learned.set(key, mac)
  for (const [name, subject] of work.subjects) {
    const { began } = subject
    if (began?.strangers.has(mac) !== true) continue
    const strangers = new Map(began.strangers)
    strangers.delete(mac)
    work.subjects.set(name, { ...subject, began: { ...began, strangers, byNode: true } })
  }
}

const learnedKey = (interfaceName: string, text: string): string => `${interfaceName} ${text}`

/** Entries of links that are gone or lead elsewhere. */
export const forgetLinks = (work: Work, gone: ReadonlySet<string>): void => {
  for (const map of [work.learned, work.inquiries, work.off])
    for (const key of map.keys()) if (gone.has(key.slice(0, key.indexOf(" ")))) map.delete(key)
}
