import type { Barred } from "../../core/announce/context.ts"
import type { Peer } from "../../core/detector/peer.ts"
import type { Member } from "../../core/membership/member.ts"
import type { Guard } from "../guard-terms.ts"
import type { Wants } from "./wants.ts"

/** `barred`: nodes that may announce it and leave it to others, since nobody would hear them. */
export type SeatAnswer = ReturnType<Guard["seats"]>[number] & { readonly barred: readonly Barred[] }

/** What a speaker sees of the others, as plain data for whoever asks. */
export type CompanyAnswer = {
  readonly state: "gathering" | "settled" | "alone"
  readonly mixed: boolean
  readonly members: readonly {
    readonly name: string
    readonly address: string
    readonly ours: boolean
    readonly state: "alive" | "suspect"
  }[]
  /** `silent`: links on which the node was found to answer no more. */
  readonly peers: readonly {
    readonly node: string
    readonly alive: boolean
    readonly links: readonly string[]
    readonly silent: readonly string[]
  }[]
  readonly seats: readonly SeatAnswer[]
}

export type Answering = {
  readonly state: CompanyAnswer["state"]
  readonly mixed: boolean
  readonly members: readonly Member[]
  readonly peers: readonly Peer[]
  readonly guard: Pick<Guard, "seats" | "silent"> | undefined
  readonly wants: Pick<Wants, "barred">
}

/** `addresses`: separated by commas; "": all. */
export const answerOf = (
  { state, mixed, members, peers, guard, wants }: Answering,
  addresses: string,
): CompanyAnswer => {
  const seats = guard?.seats() ?? []
  const about = addresses === "" ? seats : seats.filter(({ vip }) => addresses.split(",").includes(vip))
  const barred = wants.barred()
  return {
    state,
    mixed,
    members: members.map(({ name, endpoint, ours, state: now }) => ({
      name,
      address: endpoint.address,
      ours,
      state: now === "suspect" ? "suspect" : "alive",
    })),
    peers: peers.map(({ node, alive, links }) => ({
      node,
      alive,
      links: links.map(({ link }) => link),
      silent: guard?.silent(node) ?? [],
    })),
    seats: about.map(seat => ({ ...seat, barred: barred.get(seat.vip) ?? [] })),
  }
}
