import type { ReasonCode } from "../../core/reasons.ts"
import { phraseOf } from "../../core/sentence.ts"
import type { Edges } from "../../edges.ts"
import type { Done } from "../guard-terms.ts"

export type CompanyTelling = {
  readonly done: (effect: Done) => void
  readonly count: (what: string) => void
  readonly members: (live: number, mixed: boolean) => void
}

/** Log lines and metrics about other speakers and about owners. Labels are reason codes and names of faults: few. */
export const createCompanyTelling = ({ metrics, ...edges }: Pick<Edges, "metrics" | "log">): CompanyTelling => {
  const log = edges.log.from("speaker/ownership")
  const members = metrics.gauge("metallb_membership_members", "Live members of the member list, this node included.")
  const mixedNow = metrics.gauge("metallb_membership_mixed_bool", "1 while a live speaker is MetalLB's.")
  const events = metrics.counter("metallb_membership_events_total", "What happened in the membership, by name.")
  const changes = metrics.counter(
    "metallb_ownership_changes_total",
    "Addresses taken, given up and stood in for, by reason.",
  )
  const verdicts = metrics.counter(
    "metallb_detector_verdicts_total",
    "What was concluded about other nodes, by reason.",
  )

  return {
    done: effect => {
      const { reason } = effect
      if (effect.type === "start" || effect.type === "stop") {
        changes.add({ change: effect.type === "start" ? "taken" : "given-up", reason })
        const other = effect.type === "start" ? effect.from : effect.to
        const fields = { address: effect.vip, link: effect.link, reason, why: phraseOf(reason, factsOf(effect)), other }
        log[levelOf(reason)](effect.type === "start" ? "address taken" : "address given up", fields)
      } else if (effect.type === "stand-in" || effect.type === "stand-down") {
        changes.add({ change: effect.type === "stand-in" ? "stood-in" : "stood-down", reason })
        const { vip: address, link, node } = effect
        const to = effect.type === "stand-down" ? effect.to : undefined
        const why = phraseOf(reason, { address, link, node, ...(to === undefined ? {} : { to, from: node }) })
        log[levelOf(reason)](effect.type === "stand-in" ? "standing in" : "stood down", {
          address,
          link,
          node,
          reason,
          why,
        })
      } else if (effect.type === "gone" || effect.type === "back" || effect.type === "count") {
        verdicts.add({ reason })
        const { node, link } = effect
        const fields = { node, link, reason, why: phraseOf(reason, { node, link }) }
        if (effect.type === "count") log.debug("suspicion ended", fields)
        else log.info(effect.type === "gone" ? "node answers no more" : "node is back", fields)
      }
    },
    count: name => events.add({ name }),
    members: (live, mixed) => {
      members.set(live)
      mixedNow.set(mixed ? 1 : 0)
    },
  }
}

/** A stand-still of a moment pauses all addresses: hundreds of lines for it would make the next one. */
const levelOf = (reason: ReasonCode) => (reason === "ML368" || reason === "ML379" ? "debug" : "info")

const factsOf = (effect: Extract<Done, { type: "start" | "stop" }>) => {
  const { vip: address, link } = effect
  if (effect.type === "start") return { address, link, ...(effect.from === undefined ? {} : { from: effect.from }) }
  return { address, link, ...(effect.to === undefined ? {} : { to: effect.to }) }
}
