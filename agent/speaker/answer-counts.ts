import type { Response } from "../core/net/response.ts"
import { reasonOf } from "../core/reasons.ts"
import type { Log } from "../ports/log.ts"
import type { Metrics } from "../ports/metrics.ts"
import type { SocketFault } from "../ports/packet-socket.ts"
import type { Sense } from "./senses.ts"

/** Counts what became of ARP packets and neighbour messages. */
export type AnswerCounts = {
  /** A question was answered on the interface; `fault`: the reply could not be sent. */
  readonly replied: (interfaceName: string, response: Response, fault: SocketFault | undefined) => void
  readonly dropped: (sense: Sense, response: Response) => void
  /** Series of other addresses end: these, as canonical texts, are all that is answered for. */
  readonly keep: (addresses: () => readonly string[]) => void
}

export const createAnswerCounts = (metrics: Metrics, log: Log): AnswerCounts => {
  const received = metrics.counter(
    "metallb_layer2_requests_received",
    "ARP requests and neighbour solicitations for addresses of this node.",
  )
  const sent = metrics.counter("metallb_layer2_responses_sent", "ARP replies and neighbour advertisements.")
  const dropped = metrics.counter(
    "metallb_layer2_dropped_total",
    "ARP packets and neighbour messages that were not answered, by reason.",
  )
  /** Addresses that have series. BOUNDED by what is answered for. */
  const counted = new Set<string>()

  return {
    replied: (name, { facts }, fault) => {
      const ip = String(facts["address"])
      counted.add(ip)
      received.add({ ip })
      if (fault === undefined) sent.add({ ip })
      else log.warn("reply not sent", { interface: name, ip, error: fault.message })
    },
    // The labels are few: faults and titles of reasons.
    dropped: ({ protocol }, { reason, facts }) =>
      dropped.add({ protocol, reason, name: String(facts["fault"] ?? reasonOf(reason).title) }),
    keep: addresses => {
      if (counted.size === 0) return
      const mine = new Set(addresses())
      for (const ip of counted) {
        if (mine.has(ip)) continue
        counted.delete(ip)
        received.remove({ ip })
        sent.remove({ ip })
      }
    },
  }
}
