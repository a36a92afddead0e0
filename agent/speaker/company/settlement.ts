import type { Announcement } from "../../core/announce/announcements.ts"
import { type AnnounceContext, type AnnounceInput, announceContext } from "../../core/announce/context.ts"
import { type Prospect, rememberingProspects } from "../../core/announce/prospects.ts"
import type { AddressRange } from "../../core/ip/address.ts"
import { formatAddress } from "../../core/ip/format.ts"
import { parseAddress } from "../../core/ip/parse.ts"
import type { HeardStation } from "../../core/net/heard.ts"
import { formatMac, parseMac } from "../../core/net/mac.ts"
import type { Edges } from "../../edges.ts"
import type { Timer } from "../../ports/clock.ts"
import type { LinkSocket } from "../../ports/link-socket.ts"
import type { Questions } from "../../ports/query-socket.ts"
import { type Assignment, assignmentsOf, failuresOf } from "../assignments.ts"
import type { Chronicle } from "../chronicle.ts"
import type { ClusterView } from "../cluster.ts"
import type { Done } from "../guard-terms.ts"
import type { InStead, Layer2 } from "../layer2.ts"
import { startCompany } from "./company.ts"
import { createCompanyTelling } from "./telling.ts"
import type { Company, CompanyEdges, CompanyOptions } from "./terms.ts"

/** What this node answers for, as settled with the other speakers. */
export type Settlement = Pick<Company, "state" | "missing" | "leave" | "settles"> & {
  readonly questions: Questions
  /** Takes in what the API says of speakers and nodes; before `decide`, and also while the API alone decides. */
  readonly meet: (input: AnnounceInput) => void
  /** Hands what is settled to the link; gives what it was decided on, for others who announce the same services. */
  readonly decide: (input: AnnounceInput) => AnnounceContext
  readonly linksChanged: () => void
  readonly heard: (station: HeardStation, interfaceName: string, age: number) => void
  /** Of the links of other speakers of ours. */
  readonly otherSubnets: () => readonly AddressRange[]
  readonly stop: () => void
}

export type SettlementParts = {
  readonly cluster: Pick<ClusterView, "away">
  readonly layer2: Pick<Layer2, "links" | "announce" | "again" | "foreign" | "ask" | "discardOlder" | "steadyUntil">
  readonly chronicle: Pick<Chronicle, "settled">
  /** Decide anew. */
  readonly changed: () => void
}

/** After these this node answers for other addresses than before. */
const changesAnswers: ReadonlySet<Done["type"]> = new Set(["start", "stop", "stand-in", "stand-down"])

/** How often is looked whether the API answers. */
const lookEvery = 500

/** Joins what the API says of each address with what the speakers settled, and hands the result to the link. */
export const createSettlement = <Socket extends LinkSocket>(
  edges: Edges & { readonly company: CompanyEdges<Socket> },
  node: string,
  options: CompanyOptions,
  { cluster, layer2, chronicle, changed }: SettlementParts,
): Settlement => {
  const { clock, crypto } = edges
  const telling = createCompanyTelling(edges)
  /** What somebody may announce, by canonical text. BOUNDED by the services. */
  let found: ReadonlyMap<string, Prospect> = new Map()
  /** What this node may not announce for a reason of its own, though it comes first. */
  let unable: readonly Assignment[] = []
  /** How each owned address was last announced: it is held for a moment after this node may not any longer. */
  let held = new Map<string, Announcement>()
  /**
   * Not answered for until it is known who owns it, or because another speaker answers in this node's name while this one ends; nobody but
   * the link need hear of that. BOUNDED by `found`.
   */
  const paused = new Set<string>()
  /** Whose speaker is away, so that this one answers for it. BOUNDED by `found`. */
  const standing = new Map<string, Extract<Done, { type: "stand-in" }>>()
  let shown = false
  let context: AnnounceContext | undefined
  const prospects = rememberingProspects(node, crypto)
  const elected = (vip: string) => found.get(vip)?.election.eligible[0]?.node

  const show = () => {
    if (!shown) return
    shown = false
    const now = new Map<string, Announcement>()
    for (const [vip, { address, services, decidedBy, interfaces }] of found) {
      if (!company.owns(vip) && !paused.has(vip)) continue
      now.set(vip, { address, services, decidedBy, interfaces: interfaces ?? held.get(vip)?.interfaces ?? "all" })
    }
    held = now
    if (context === undefined) return
    const silent = new Set(paused)
    const mine = assignmentsOf([...now.values()], layer2.links(), node)
    layer2.announce([...mine, ...unable], { context, elected, silent, inStead: inStead() })
  }

  /** On the link of the owner's MAC alone: what it has on another one is not known. */
  const inStead = (): readonly InStead[] =>
    [...standing.values()].flatMap(({ vip, link, mac: text, node }) => {
      const prospect = found.get(vip)
      const name = company.interfaceOn(link)
      const mac = parseMac(text)
      const { interfaces } = prospect ?? {}
      const allowed = name !== undefined && (interfaces === "all" || interfaces?.includes(name) === true)
      if (prospect === undefined || mac === undefined || !allowed) return []
      return [{ address: prospect.address, services: prospect.services, interfaces: [name], inStead: mac, node }]
    })

  /** One step may start or end hundreds: the link hears of them together, right after it. */
  const showSoon = () => {
    if (!shown) queueMicrotask(show)
    shown = true
  }

  /** What one step did is one entry for the history, however many addresses it moved. BOUNDED by the step. */
  let unwritten: Done[] = []
  const write = () => {
    const effects = unwritten
    unwritten = []
    chronicle.settled(effects)
  }

  const done = (effect: Done) => {
    telling.done(effect)
    if (effect.type === "stand-in") standing.set(effect.vip, effect)
    else if (effect.type === "stand-down" || effect.type === "start") standing.delete(effect.vip)
    if (effect.type === "stop" && (effect.reason === "ML368" || effect.reason === "ML391")) paused.add(effect.vip)
    else if (effect.type === "start" || effect.type === "stop") paused.delete(effect.vip)
    if (changesAnswers.has(effect.type)) showSoon()
    if (unwritten.push(effect) === 1) queueMicrotask(write)
    if (effect.type !== "foreign" && effect.type !== "announce") return
    const address = parseAddress(effect.vip)
    if (address === undefined) return
    const mac = effect.type === "foreign" ? parseMac(effect.mac) : undefined
    if (effect.type === "announce") layer2.again(address)
    else if (mac !== undefined) layer2.foreign(address, mac, company.interfacesOn(effect.link), effect.defend)
  }

  const company = startCompany(edges, node, options, {
    performed: show,
    changed,
    done,
    count: telling.count,
    ask: layer2.ask,
    discardOlder: layer2.discardOlder,
    steadyUntil: layer2.steadyUntil,
  })

  const look = () => {
    company.setApiAway(cluster.away())
    telling.members(company.members(), company.mixed())
    timer = clock.after(lookEvery, look)
  }
  let timer: Timer = clock.after(lookEvery, look)

  return {
    state: company.state,
    missing: company.missing,
    questions: { company: company.answer, recording: company.recording },
    leave: company.leave,
    settles: company.settles,
    meet: ({ nodes, speakers }) =>
      company.meet(
        speakers === "assumed" ? [] : speakers,
        new Map(nodes.map(({ name, addresses }) => [name, addresses])),
      ),
    decide: input => {
      if (company.state() !== "settled") return announceContext(input)
      const mixed = company.mixed()
      context = announceContext({ ...input, members: company.candidates(), absent: company.absent(), mixed })
      const all = prospects(context)
      found = new Map(all.map(prospect => [prospect.vip, prospect]))
      const mine = all.flatMap(({ interfaces, ...rest }) => (interfaces === undefined ? [] : [{ ...rest, interfaces }]))
      // MetalLB elects a node that has no such interface all the same, and beside it so must we.
      const failing = mixed ? [] : failuresOf(mine, layer2.links(), node, company.endFor)
      unable = failing.filter(({ address, obstacle }) => {
        const vip = formatAddress(address)
        // A cable that is out for a moment is no fault of the configuration, and no event for each address.
        return elected(vip) === node && !company.owns(vip) && obstacle.reason !== "ML326"
      })
      company.want(
        all.map(({ election }) => election),
        new Map(failing.map(({ address, obstacle }) => [formatAddress(address), { node, ...obstacle }])),
      )
      showSoon()
      return context
    },
    otherSubnets: company.otherSubnets,
    linksChanged: () => company.setLinks(layer2.links()),
    heard: ({ mac, claims, source }, name, age) =>
      company.heard(name, formatMac(mac), claims && formatAddress(claims), age, formatMac(source)),
    stop: () => {
      timer.cancel()
      company.stop()
    },
  }
}
