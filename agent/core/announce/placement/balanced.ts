import type { Crypto } from "../../crypto.ts"
import { formatAddress } from "../../ip/format.ts"
import type { ObjectKey } from "../../model.ts"
import type { Outcome } from "../../outcome.ts"
import type { Candidate } from "../candidates.ts"
import { type Ownership, type Ranking, won } from "../choose-owner.ts"
import type { Contest } from "../contest.ts"
import type { AnnounceContext } from "../context.ts"
import { type Decider, decidersOf } from "./deciders.ts"
import { type Place, type Placed, place } from "./place.ts"
import { closenessOf, type Unit } from "./unit.ts"

/**
 * The owner of every service that has an address, so that all nodes announce about as many. A service is placed with all
 * addresses that it decides about; one that decides about none goes where its first address is, if it may.
 */
export const balancedOwners = (
  context: AnnounceContext,
  crypto: Crypto,
): ReadonlyMap<ObjectKey, Outcome<Ownership>> => {
  const { entered, all: deciders, of } = decidersOf(context)
  const absent = context.input.absent ?? nobody
  const all = deciders.map(decider => ({ ...decider, contest: among(decider.contest, absent) }))
  const nodes = nodesOf(all)
  const placed = place(
    all.map(decider => unitOf(decider, nodes, context)),
    nodes,
    crypto,
  )
  const places = new Map(all.map(({ service }, at) => [service, placed.places[at]]))
  const order = orderOf(nodes, placed, absent, crypto)
  const outcomes = new Map<ObjectKey, Outcome<Ownership>>()
  for (const [service, found] of entered) {
    const at = places.get(service) ?? places.get(of.get(service) ?? "")
    outcomes.set(service, found.ok ? won(found.contest, order(found.contest, at)) : found)
  }
  return outcomes
}

const nobody: ReadonlySet<string> = new Set()

/** The contest of those whose speakers live; of all where none does. */
const among = (contest: Contest, absent: ReadonlySet<string>): Contest => {
  const [first, ...rest] = contest.contenders.filter(({ node }) => !absent.has(node.name))
  return first === undefined ? contest : { ...contest, contenders: [first, ...rest] }
}

/** Names of all nodes that may announce anything, ascending. */
const nodesOf = (deciders: readonly Decider[]): readonly string[] =>
  [...new Set(deciders.flatMap(({ contest }) => contest.contenders.map(({ node }) => node.name)))].sort()

const unitOf = ({ contest, addresses }: Decider, all: readonly string[], { input }: AnnounceContext): Unit => {
  const best = Math.max(...contest.contenders.map(({ score }) => score))
  const rest = contest.contenders.filter(({ score }) => score < best)
  const second = Math.max(...rest.map(({ score }) => score))
  const positions = (candidates: readonly Candidate[]) => candidates.map(({ node }) => all.indexOf(node.name))
  const nodes = positions(contest.contenders.filter(({ score }) => score === best))
  const owner = addresses.map(address => input.present?.get(address)).find(node => node !== undefined)
  const present = owner === undefined ? -1 : all.indexOf(owner)
  return {
    name: formatAddress(contest.first),
    weight: addresses.length,
    nodes,
    fallback: positions(rest.filter(({ score }) => score === second)),
    present: nodes.includes(present) ? present : undefined,
  }
}

/** First where it is placed, then where it would go from there, then by preference and distance; the dead last. */
const orderOf = (nodes: readonly string[], { loads }: Placed, absent: ReadonlySet<string>, crypto: Crypto) => {
  const close = closenessOf(crypto)
  const spread = { least: Math.min(...loads), most: Math.max(...loads) }
  return ({ contenders, first }: Contest, at: Place | undefined): Ranking => {
    const name = formatAddress(first)
    const [owner, next] = [nodes[at?.node ?? -1], nodes[at?.next ?? -1]]
    const ranked = contenders
      .map(candidate => ({
        candidate,
        turn:
          candidate.node.name === owner
            ? 0
            : candidate.node.name === next
              ? 1
              : absent.has(candidate.node.name)
                ? 3
                : 2,
        distance: close(name, candidate.node.name),
      }))
      .sort((a, b) => a.turn - b.turn || b.candidate.score - a.candidate.score || a.distance - b.distance)
      .map(({ candidate }) => candidate)
    return {
      ranked,
      reason: "ML322",
      facts: { load: loads[nodes.indexOf(ranked[0]?.node.name ?? "")] ?? 0, ...spread },
    }
  }
}
