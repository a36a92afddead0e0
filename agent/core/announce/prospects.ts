import { keyOf } from "../allocate/claim.ts"
import type { Crypto } from "../crypto.ts"
import { type Address, compareAddresses } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { Node, ObjectKey, Service } from "../model.ts"
import type { Election } from "../ownership/wanted.ts"
import { type Interfaces, interfacesOf, type Ownership } from "./choose-owner.ts"
import type { Contest, Entered } from "./contest.ts"
import type { AnnounceContext } from "./context.ts"
import { ordered } from "./order.ts"
import { balancedOwners } from "./placement/balanced.ts"
import { rememberingContests, sameItems } from "./remembered-contests.ts"

/** An address that somebody is to announce. */
export type Prospect = {
  /** Canonical text of the address. */
  readonly vip: string
  readonly address: Address
  /** Services that have it, older first. */
  readonly services: readonly ObjectKey[]
  /** The service that decides about its owner. */
  readonly decidedBy: ObjectKey
  readonly election: Election
  /** Where this node would announce it; undefined where this node may not. */
  readonly interfaces: Interfaces | undefined
}

/**
 * Who may announce each address and in which order, for those who settle among themselves which of them does (ownership/). As in
 * `announcements` the oldest service that somebody may announce decides about an address that several have. By address.
 */
export const prospects = (context: AnnounceContext, myNode: string, crypto: Crypto): readonly Prospect[] =>
  rememberingProspects(myNode, crypto)(context)

/**
 * The same for many passes: a prospect that comes out as in the pass before is the very same object, and costs a look-up. With a
 * balanced order every one depends on all others, so there only the contests are remembered. BOUNDED by the services of the last pass.
 */
export const rememberingProspects = (
  myNode: string,
  crypto: Crypto,
): ((context: AnnounceContext) => readonly Prospect[]) => {
  const contests = rememberingContests()
  let before = new Map<string, Known>()
  return context => {
    const enter = contests(context)
    const { placement, mixed } = context.input
    const remembers = placement !== "balanced" || mixed === true
    const ranking = rankingOf(context, crypto)
    const next = new Map<string, Known>()
    for (const [vip, { address, services }] of context.holders) {
      const entered = services.map(enter)
      const last = before.get(vip)
      if (remembers && last !== undefined && sameItems(last.entered, entered) && sameItems(last.services, services)) {
        next.set(vip, last)
        continue
      }
      const at = entered.findIndex(({ ok }) => ok)
      const [decider, contest] = [services[at], entered[at] && contestIn(entered[at])]
      if (decider === undefined || contest === undefined) continue
      const prospect: Prospect = {
        vip,
        address,
        services: services.map(keyOf),
        decidedBy: keyOf(decider),
        election: { address, ordered: contest.first, eligible: ranking(decider, contest) },
        interfaces: unionOf(entered, myNode),
      }
      next.set(vip, { services, entered, prospect })
    }
    // What was made in a balanced order is not to be found again by a pass in the other one, whose contests may be the same.
    before = remembers ? next : new Map()
    return [...next.values()].map(({ prospect }) => prospect).sort((a, b) => compareAddresses(a.address, b.address))
  }
}

/** A prospect, and what it was made from. */
type Known = {
  readonly services: readonly Service[]
  readonly entered: readonly Entered[]
  readonly prospect: Prospect
}

type Ranking = (service: Service, contest: Contest) => Election["eligible"]

/** MetalLB's order, or the balanced one: there the place in the order is what counts when two owners meet. */
const rankingOf = (context: AnnounceContext, crypto: Crypto): Ranking => {
  const { placement, mixed } = context.input
  if (placement !== "balanced" || mixed === true)
    return (_, { contenders, first }) =>
      ordered(contenders, formatAddress(first), crypto).map(({ node, score }) => ({
        ...{ node: node.name, score },
        ...(isDoubtful(node) && { doubtful: true }),
      }))
  const owners = new Map(balancedOwners(context, crypto))
  return (service, { contenders }) => {
    const outcome = owners.get(keyOf(service))
    const names = outcome?.ok === true ? namesIn(outcome.value) : contenders.map(({ node }) => node.name)
    const doubtful = new Set(contenders.filter(({ node }) => isDoubtful(node)).map(({ node }) => node.name))
    return names.map((node, place) => ({
      ...{ node, score: mostScore - place },
      ...(doubtful.has(node) && { doubtful: true }),
    }))
  }
}

/** May be about to end: its kubelet said so, or somebody keeps pods off it, as one does before it is restarted. */
const isDoubtful = ({ ready, unschedulable }: Node): boolean => ready !== true || unschedulable

const mostScore = 0xffff

const namesIn = ({ node, standby }: Ownership): readonly string[] => [node, ...standby]

const contestIn = (entered: Entered): Contest | undefined => (entered.ok ? entered.contest : undefined)

/** The interfaces of all sharers that the node may announce for; undefined where it may for none. */
const unionOf = (all: readonly Entered[], node: string): Interfaces | undefined => {
  const names = new Set<string>()
  let may = false
  for (const entered of all) {
    const own = contestIn(entered)?.contenders.find(candidate => candidate.node.name === node)
    if (own === undefined) continue
    may = true
    const interfaces = interfacesOf(own.advertisements)
    if (interfaces === "all") return "all"
    for (const name of interfaces) names.add(name)
  }
  return may ? [...names].sort() : undefined
}
