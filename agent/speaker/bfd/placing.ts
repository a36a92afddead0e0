import { type BfdLink, type BfdWanted, type Placed, placeOf } from "../../core/bfd/place.ts"
import { formatAddress } from "../../core/ip/format.ts"
import type { Millis } from "../../ports/clock.ts"
import { type Request, requestsOf } from "./member.ts"
import { type BfdStatus, unplacedStatus } from "./status.ts"

/** What is wanted, as far as it has a place on this node, and why the rest has none. */
export type Placing = { readonly requests: readonly Request[]; readonly unplaced: readonly BfdStatus[] }

/** BOUNDED: the addon's own limit. */
export const mostSessions = 1_024

type Misplaced = { readonly client: BfdWanted; readonly found: Extract<Placed, { readonly ok: false }> }

/** Finds the path of each client on these links; of more paths than there can be, the last by name have none. */
export const placing = (wanted: readonly BfdWanted[], links: readonly BfdLink[], wall: Millis): Placing => {
  const placed = wanted.map(client => ({ client, found: placeOf(client, links) }))
  const requests = requestsOf(
    placed.flatMap(({ client, found }) => (found.ok ? [{ wanted: client, place: found.place }] : [])),
  )
  const misplaced: readonly Misplaced[] = [
    ...placed.flatMap(({ client, found }) => (found.ok ? [] : [{ client, found }])),
    ...requests.slice(mostSessions).flatMap(({ clients }) => clients.map(withoutRoom)),
  ]
  return {
    requests: requests.slice(0, mostSessions),
    unplaced: misplaced.map(({ client, found }) => {
      const peer = formatAddress(client.peer)
      return unplacedStatus(client.name, peer, client.vrf, client.multihop ? "multi" : "single", found, wall)
    }),
  }
}

const withoutRoom = (client: BfdWanted): Misplaced => ({
  client,
  found: { ok: false, reason: "ML495", facts: { name: client.name, peer: formatAddress(client.peer) } },
})
