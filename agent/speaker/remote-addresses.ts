import { type AnnounceContext, poolContaining } from "../core/announce/context.ts"
import type { Address, AddressRange } from "../core/ip/address.ts"
import { formatAddress } from "../core/ip/format.ts"
import { parseAddress } from "../core/ip/parse.ts"
import { cidrRange, rangeContains } from "../core/ip/range.ts"
import type { Node } from "../core/model.ts"
import type { EchoTarget } from "../core/probe/echo-asker.ts"
import { guardsFor } from "../core/probe/echo-guards.ts"
import { phraseOf } from "../core/sentence.ts"
import { nodeReference } from "../object-reference.ts"
import type { Clock, Millis } from "../ports/clock.ts"
import type { EchoSockets } from "../ports/echo.ts"
import type { InterfaceAddress, Interfaces } from "../ports/interfaces.ts"
import type { EventRecorder } from "../ports/kube/events.ts"
import { type Log, textOf } from "../ports/log.ts"
import type { Random } from "../ports/random.ts"
import { createEchoer, type Echoer } from "./echoer.ts"

/** Addresses that no speaker has on its link, of pools with `conflictCheck: icmp`. */
export type RemoteAddresses = Pick<Echoer, "ask" | "stop"> & {
  readonly isRemote: (address: Address, context: AnnounceContext) => boolean
  /** What to ask for; undefined where the address is not such a one. */
  readonly targetOf: (address: Address, context: AnnounceContext) => EchoTarget | undefined
}

export type RemoteOptions = {
  readonly ownNode: () => Node | undefined
  /** The subnets of other speakers' links, as far as they tell them. */
  readonly otherSubnets: () => readonly AddressRange[]
  readonly recorder: EventRecorder
}

const readingLasts: Millis = 20

/** One for all who ask, so that a pool in which everything answers is off for all of them. */
export const createRemoteAddresses = (
  edges: {
    readonly clock: Clock
    readonly random: Random
    readonly log: Log
    readonly interfaces: Pick<Interfaces, "list">
    readonly echoSockets: EchoSockets
  },
  { ownNode, otherSubnets, recorder }: RemoteOptions,
): RemoteAddresses => {
  const log = edges.log.from("speaker/first-use")
  let known: readonly InterfaceAddress[] = []
  let readAt = Number.NEGATIVE_INFINITY
  /** Hundreds of new addresses at once are one reading of the kernel. */
  const ownAddresses = () => {
    const now = edges.clock.monotonic()
    if (now - readAt < readingLasts) return known
    readAt = now
    try {
      known = edges.interfaces.list().flatMap(({ addresses }) => addresses)
    } catch (error) {
      log.error("interfaces not read before an address is asked for, the last known ones stay", {
        error: textOf(error),
      })
    }
    return known
  }
  let nodes: readonly Node[] = []
  const isOfNode = (text: string): boolean =>
    ownAddresses().some(({ address }) => canonical(address) === text) ||
    nodes.some(({ addresses }) => addresses.some(address => canonical(address) === text))

  const echoer = createEchoer(
    { ...edges, log },
    {
      isOfNode,
      off: ({ pool, address }) => {
        const facts = { pool, address: formatAddress(address) }
        log.warn("new addresses of this pool are not asked for by echo", { reason: "ML174", ...facts })
        const node = ownNode()
        const message = `${phraseOf("ML174", facts)} [ML174]`
        if (node !== undefined)
          recorder.record({ about: nodeReference(node), type: "Warning", reason: "conflictCheckOff", message })
      },
    },
  )

  const isOnLink = (address: Address): boolean =>
    otherSubnets().some(subnet => rangeContains(subnet, address)) ||
    ownAddresses().some(({ address: text, prefixLength }) => {
      const own = parseAddress(text)
      return own?.family === address.family && rangeContains(cidrRange(own, prefixLength), address)
    })

  const isRemote: RemoteAddresses["isRemote"] = (address, { pools }) =>
    poolContaining(pools, [address])?.conflictCheck === "icmp" && !isOnLink(address)

  return {
    ask: echoer.ask,
    stop: echoer.stop,
    isRemote,
    targetOf: (address, context) => {
      const pool = isRemote(address, context) ? poolContaining(context.pools, [address]) : undefined
      if (pool === undefined) return undefined
      nodes = context.nodes
      const carried = new Set(nodes.flatMap(({ addresses }) => addresses.map(canonical)))
      const isTaken = (one: Address) => context.holders.has(formatAddress(one)) || carried.has(formatAddress(one))
      return { address, pool: pool.name, guards: guardsFor(address, pool.ranges, isTaken) }
    },
  }
}

const canonical = (text: string): string => {
  const address = parseAddress(text)
  return address === undefined ? text : formatAddress(address)
}
