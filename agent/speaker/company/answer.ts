import type { Peer } from "../../core/detector/peer.ts"
import type { Member } from "../../core/membership/member.ts"
import type { Guard } from "../guard.ts"

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
  readonly seats: ReturnType<Guard["seats"]>
}

export const answerOf = (
  state: CompanyAnswer["state"],
  mixed: boolean,
  members: readonly Member[],
  peers: readonly Peer[],
  guard: Pick<Guard, "seats" | "silent"> | undefined,
): CompanyAnswer => ({
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
  seats: guard?.seats() ?? [],
})
