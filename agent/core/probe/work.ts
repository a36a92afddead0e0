import type { IpFamily } from "../model.ts"
import type { Inquiry, Millis, Off, ProbeEffect, Prober, Stranger, Subject } from "./state.ts"

/** One step in progress. */
export type Work = {
  readonly before: Prober
  links: Prober["links"]
  nodes: Prober["nodes"]
  readonly learned: Map<string, string>
  readonly subjects: Map<string, Subject>
  readonly inquiries: Map<string, Inquiry>
  readonly off: Map<string, Off>
  window: Prober["window"]
  readonly effects: ProbeEffect[]
  readonly now: Millis
}

export const workOn = (prober: Prober, now: Millis): Work => ({
  before: prober,
  links: prober.links,
  nodes: prober.nodes,
  learned: new Map(prober.learned),
  subjects: new Map(prober.subjects),
  inquiries: new Map(prober.inquiries),
  off: new Map(prober.off),
  window: prober.window,
  effects: [],
  now,
})

export const placeOf = (interfaceName: string, family: IpFamily): string => `${interfaceName} ${family}`

export const isOff = ({ off, now }: Work, interfaceName: string, family: IpFamily): boolean =>
  (off.get(placeOf(interfaceName, family))?.until ?? 0) > now

/** Whether a MAC belongs to the cluster: to a node that is known, or one that answered for a node's address. */
export const isNode = ({ nodes, learned }: Work, mac: string): boolean => {
  if (nodes.macs.has(mac)) return true
  for (const known of learned.values()) if (known === mac) return true
  return false
}

/** Strangers that count, the first heard first; MACs decide among equals. */
export const strangersTo = (work: Work, { target, began }: Subject): readonly Stranger[] =>
  began === undefined
    ? []
    : [...began.strangers]
        .filter(([mac, { interface: name }]) => !isNode(work, mac) && !isOff(work, name, target.address.family))
        .sort(([a, { at: x }], [b, { at: y }]) => x - y || (a < b ? -1 : 1))
        .map(([, stranger]) => stranger)
