import { addressesOf, keyOf } from "../allocate/claim.ts"
import type { Address } from "../ip/address.ts"
import type { Service } from "../model.ts"
import type { Facts, Outcome } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import { type Candidate, candidates, canServe } from "./candidates.ts"
import type { AnnounceContext } from "./context.ts"
import { coverageOf } from "./coverage.ts"
import { silenceOf } from "./silence.ts"

/** Which nodes may announce the addresses of one service, before they are put in an order. */
export type Contest = {
  /** The service's first address, from which the order is made. */
  readonly first: Address
  /** Every node. */
  readonly all: readonly Candidate[]
  /** Those that may announce. */
  readonly contenders: readonly [Candidate, ...Candidate[]]
  /** False where none of them is known to be alive. */
  readonly certain: boolean
  /** Why it is announced though no valid object says so; undefined in the ordinary case. */
  readonly doubt: string | undefined
}

export type NoContest = Outcome<never> & { readonly ok: false }

export type Entered = { readonly ok: true; readonly contest: Contest } | NoContest

/**
 * Where nothing but liveness speaks against the nodes, none of which is known to be alive, they contend all the same:
 * whoever still runs goes on, and a control plane that has lost sight of its nodes takes no address down.
 */
export const contestOf = (service: Service, context: AnnounceContext): Entered => {
  const silent = silenceOf(service, context.input.loadBalancerClass)
  if (silent !== undefined) return no(silent.reason, silent.facts)
  const addresses = addressesOf(service)
  const coverage = coverageOf(service, addresses, context)
  if (!coverage.ok) return no(coverage.reason, coverage.facts)
  const endpoints = context.endpoints.get(keyOf(service)) ?? []
  if (!endpoints.some(canServe)) return no("ML312")
  const [first] = addresses
  if (first === undefined) return no("ML011")
  const all = candidates(service, coverage.advertisements, endpoints, context)
  const allowed = all.filter(candidate => candidate.excluded === undefined)
  const alive = allowed.filter(candidate => candidate.lifeless === undefined)
  const certain = alive.length > 0
  // MetalLB's speakers have no such mercy, and beside them nobody of ours may.
  const left = context.input.mixed === true ? [] : allowed.filter(candidate => candidate.lifeless?.reason !== "ML305")
  const [one, ...more] = certain ? alive : left
  if (one === undefined) return { ...no("ML316"), trace: all.map(rejection) }
  return { ok: true, contest: { first, all, contenders: [one, ...more], certain, doubt: coverage.doubt } }
}

/** A node that is off is told as that, even where its endpoints have gone with it. */
export const rejection = ({ node, excluded, lifeless }: Candidate) => {
  const { reason, facts } = lifeless ?? excluded ?? { reason: "ML316" as const, facts: {} }
  return { subject: `node/${node.name}`, verdict: "rejected", reason, facts: { node: node.name, ...facts } } as const
}

const no = (reason: ReasonCode, facts: Facts = {}): NoContest => ({ ok: false, reason, facts, trace: [] })
