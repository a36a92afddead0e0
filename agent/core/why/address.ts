import { byAllocation } from "../allocate/claim.ts"
import { usageOf, withheldAt } from "../allocate/ledger.ts"
import { locate } from "../allocate/pool-table.ts"
import type { Usage } from "../allocate/usage.ts"
import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import { parseAddress } from "../ip/parse.ts"
import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import type { Snapshot } from "../snapshot.ts"
import { type WhyContext, type WhyTools, whyContext } from "./context.ts"
import { holdersOf } from "./looked-at.ts"
import type { AddressReport, Holder } from "./report.ts"
import { accountOf, basedOn } from "./service.ts"
import { unknownParts } from "./unknown.ts"

/**
 * Who has an address, who announces it, or why nobody has it. `text` that is no address is answered as being outside.
 */
export const whyAddress = (snapshot: Snapshot, text: string, tools: WhyTools): AddressReport => {
  const context = whyContext(snapshot, tools)
  const address = parseAddress(text)
  const usage = address === undefined ? undefined : usageOf(context.ledger, address)
  const holders = usage === undefined ? [] : claimants(usage)
  const services = holders.filter(holder => holder.ours).map(holder => accountOf(context, holder.service))
  const { state, reason, facts } = judged(context, text, address, usage)
  return {
    schema: 1,
    address: address === undefined ? text : formatAddress(address),
    state,
    reason,
    facts: { address: text, install: snapshot.installNamespace, ...facts },
    pool: address === undefined ? undefined : locate(context.ledger.table, address)?.entry.pool.name,
    holders,
    services,
    unknown: unknownParts(
      context,
      services.flatMap(({ announcements }) => announcements),
    ),
    problems: context.verdict.problems,
    basedOn: basedOn(context, ""),
  }
}

type Judgement = { readonly state: AddressReport["state"]; readonly reason: ReasonCode; readonly facts: Facts }

const judged = (
  { ledger, ready, unread, snapshot }: WhyContext,
  text: string,
  address: Address | undefined,
  usage: Usage | undefined,
): Judgement => {
  if (address === undefined) return { state: "outside", reason: "ML008", facts: { value: text } }
  if (usage !== undefined) return { state: "held", reason: "ML130", facts: { holders: holdersOf(usage) } }
  if (unread.has("services") || !ready) return { state: "unknown", reason: "ML127", facts: {} }
  const canonical = formatAddress(address)
  const node = snapshot.nodes.find(({ addresses }) => addresses.includes(canonical))
  if (node !== undefined) return { state: "held", reason: "ML135", facts: { node: node.name } }
  const place = locate(ledger.table, address)
  if (place === undefined) {
    return unread.has("legacyConfig")
      ? { state: "unknown", reason: "ML127", facts: {} }
      : { state: "outside", reason: "ML109", facts: {} }
  }
  const pool = place.entry.pool.name
  const withheld = withheldAt(ledger, address)
  if (withheld !== undefined) return { state: "free", reason: withheld.reason, facts: withheld.facts }
  return place.number === undefined
    ? { state: "outside", reason: "ML115", facts: { pool } }
    : { state: "free", reason: "ML129", facts: { pool } }
}

const claimants = (usage: Usage): readonly Holder[] =>
  [...usage.accepted.values(), ...usage.refused, ...usage.foreign]
    .sort(byAllocation)
    .map(({ service, ours, ports, sharingKey }) => ({
      service,
      ours,
      ports,
      sharingKey: sharingKey === "" ? undefined : sharingKey,
    }))
