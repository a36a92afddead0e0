import { withheldAt } from "../allocate/ledger.ts"
import { ownerOfAddress } from "../announce/announcements.ts"
import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { ObjectKey } from "../model.ts"
import type { Facts, Step } from "../outcome.ts"
import type { WhyContext } from "./context.ts"
import type { AnnouncementReport, NodeRow } from "./report.ts"

/**
 * Who announces the addresses that the service has; addresses with one owner are one report. Nothing is said where a
 * part that decides was not read.
 */
export const announcementsOf = (
  context: WhyContext,
  service: ObjectKey,
  addresses: readonly Address[],
  base: Facts,
): readonly AnnouncementReport[] => {
  const { unread, ready } = context
  if (!ready || unread.has("nodes") || unread.has("endpointSlices") || unread.has("l2Advertisements")) return []
  const reports: AnnouncementReport[] = []
  for (const address of addresses) {
    const report = reportOf(context, service, address, base)
    const same = reports.findIndex(
      other => other.decidedBy === report.decidedBy && other.owner?.node === report.owner?.node,
    )
    const known = reports[same]
    if (known === undefined) reports.push(report)
    else reports[same] = { ...known, addresses: [...known.addresses, ...report.addresses] }
  }
  return reports
}

const reportOf = (context: WhyContext, service: ObjectKey, address: Address, base: Facts): AnnouncementReport => {
  const { outcome, decidedBy } = ownerOfAddress(address, context.announce, context.ownerOf)
  const withheld = withheldAt(context.ledger, address)
  const install = { install: context.snapshot.installNamespace }
  const shared = {
    addresses: [formatAddress(address)],
    reason: outcome.reason,
    nodes: outcome.trace.map(step => nodeRow(step, { ...base, ...install })),
    decidedBy: decidedBy === service ? undefined : decidedBy,
  }
  if (!outcome.ok) {
    const facts = { ...base, ...outcome.facts }
    return { ...shared, owner: undefined, facts, certain: true, standby: [] }
  }
  const { node, interfaces, standby, certain, doubt } = outcome.value
  if (withheld?.contested === true) {
    const facts = { ...base, ...withheld.facts }
    return { ...shared, owner: undefined, reason: "ML345", facts, certain: true, standby }
  }
  const facts = { ...base, node, ...outcome.trace[0]?.facts, ...(doubt === undefined ? {} : { doubt }) }
  const known = context.announce.speakers !== "assumed"
  const report = { ...shared, owner: { node, interfaces }, facts, certain: certain && known, standby }
  const usual = outcome.reason === "ML300" || outcome.reason === "ML322"
  return usual && shared.decidedBy !== undefined
    ? { ...report, reason: "ML318", facts: { ...facts, decidedBy: shared.decidedBy } }
    : report
}

const nodeRow = (step: Step, base: Facts): NodeRow => {
  const rank = step.facts["rank"]
  return {
    node: step.subject.slice("node/".length),
    rank: typeof rank === "number" ? rank : undefined,
    verdict: step.verdict === "not-tried" ? "rejected" : step.verdict,
    reason: step.reason,
    facts: { ...base, ...step.facts },
  }
}
