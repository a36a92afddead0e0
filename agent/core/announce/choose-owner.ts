import type { L2Advertisement } from "../config/model.ts"
import type { Crypto } from "../crypto.ts"
import { formatAddress } from "../ip/format.ts"
import type { Service } from "../model.ts"
import type { Facts, Outcome } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import type { Candidate } from "./candidates.ts"
import { type Contest, contestOf, rejection } from "./contest.ts"
import type { AnnounceContext } from "./context.ts"
import { ordered } from "./order.ts"

/** Names of interfaces, sorted, or all of the node's. */
export type Interfaces = readonly string[] | "all"

export type Ownership = {
  readonly node: string
  readonly interfaces: Interfaces
  /** The other eligible nodes in the order in which they take over. */
  readonly standby: readonly string[]
  /** False where no node is known to be alive, so that the owner announces only if it still runs. */
  readonly certain: boolean
  /** Why it is announced though no valid object says so; undefined in the ordinary case. */
  readonly doubt: string | undefined
}

/** The contenders, best first, and how they came to their order. */
export type Ranking = {
  readonly ranked: readonly Candidate[]
  /** Why the first one is first. */
  readonly reason: ReasonCode
  /** What was counted for it. */
  readonly facts: Facts
}

/**
 * Which node announces the addresses of one service in MetalLB's order, judged by itself; sharing with other services is
 * `announcements`' matter.
 */
export const chooseOwner = (service: Service, context: AnnounceContext, crypto: Crypto): Outcome<Ownership> => {
  const entered = contestOf(service, context)
  return entered.ok ? won(entered.contest, byHash(entered.contest, crypto)) : entered
}

/** MetalLB's order. */
const byHash = ({ contenders, first }: Contest, crypto: Crypto): Ranking => ({
  ranked: ordered(contenders, formatAddress(first), crypto),
  reason: "ML300",
  facts: {},
})

/** The outcome of a contest whose order is known. Every node is a step of the trace: by rank, then the rejected by name. */
export const won = (
  { all, contenders, certain, doubt }: Contest,
  { ranked, reason, facts }: Ranking,
): Outcome<Ownership> => {
  const [owner = contenders[0], ...standby] = ranked
  const chosen = certain ? reason : "ML317"
  return {
    ok: true,
    value: {
      node: owner.node.name,
      interfaces: interfacesOf(owner.advertisements),
      standby: standby.map(({ node }) => node.name),
      certain,
      doubt,
    },
    reason: certain && doubt !== undefined ? "ML315" : chosen,
    trace: [
      { ...rankStep(owner, 0, ranked.length, facts), verdict: "chosen", reason: chosen },
      ...standby.map((candidate, at) => rankStep(candidate, at + 1, ranked.length, {})),
      ...all.filter(candidate => !ranked.includes(candidate)).map(rejection),
    ],
  }
}

/** Spec 5.4: the union over the advertisements; one without interfaces means all. */
export const interfacesOf = (advertisements: readonly L2Advertisement[]): Interfaces =>
  advertisements.some(({ interfaces }) => interfaces.length === 0)
    ? "all"
    : [...new Set(advertisements.flatMap(({ interfaces }) => interfaces))].sort()

const rankStep = ({ node, score }: Candidate, at: number, eligible: number, facts: Facts) =>
  ({
    subject: `node/${node.name}`,
    verdict: "eligible",
    reason: "ML301",
    facts: { node: node.name, rank: at + 1, eligible, ...(score > 0 ? { score } : {}), ...facts },
  }) as const
