import type { Place } from "../../core/bgp/session/settings.ts"
import { type GreeterEffect, type GreeterEvent, type GreeterLink, newGreeter } from "../../core/bgp/unnumbered/state.ts"
import { greet } from "../../core/bgp/unnumbered/step.ts"
import { routerFilter } from "../../core/bpf/router-filter.ts"
import { parseAddress } from "../../core/ip/parse.ts"
import { readRouterMessage, writeRouterMessage } from "../../core/ndp/router.ts"
import { etherTypeIpv6 } from "../../core/net/ethernet.ts"
import { allNodes, allRouters, isLinkLocal, multicastMac } from "../../core/net/ipv6.ts"
import { parseMac } from "../../core/net/mac.ts"
import type { Facts } from "../../core/outcome.ts"
import type { ReasonCode } from "../../core/reasons.ts"
import type { Clock, Timer } from "../../ports/clock.ts"
import type { NetworkInterface } from "../../ports/interfaces.ts"
import { type Log, textOf } from "../../ports/log.ts"
import type { Metrics } from "../../ports/metrics.ts"
import type { MulticastGroups } from "../../ports/multicast-groups.ts"
import type { PacketSocket, PacketSockets } from "../../ports/packet-socket.ts"
import type { Random } from "../../ports/random.ts"

/** Router advertisements on the interfaces that BGPPeers name, and on no other: how unnumbered peers find each other. */
export type Greeters = {
  /** The interfaces that are named, each once, and all interfaces of this host as they are now. */
  readonly want: (names: readonly string[], interfaces: readonly NetworkInterface[]) => void
  readonly stop: () => void
}

export type GreeterEdges = {
  readonly packetSockets: PacketSockets
  readonly multicastGroups: MulticastGroups
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
  readonly log: Log
}

export type GreetersListener = {
  /** Where the peer of an interface is; undefined: nowhere. */
  readonly found: (name: string, place: Place | undefined) => void
  /** Something that people should know about an interface. */
  readonly told: (name: string, reason: ReasonCode, facts: Facts) => void
}

/** A router message with its options; routers that announce many prefixes send more. */
const frameMax = 2048

type Greeted = { readonly say: (event: GreeterEvent) => void; readonly index: number; readonly close: () => void }

export const createGreeters = (edges: GreeterEdges, listener: GreetersListener): Greeters => {
  const { clock, log } = edges
  const dropped = edges.metrics.counter(
    "metallb_bgp_router_messages_dropped_total",
    "Router solicitations and advertisements on links of unnumbered BGP peers that were not valid, by reason.",
  )
  /** By name. BOUNDED by the interfaces that BGPPeers name and this host has. */
  const greeted = new Map<string, Greeted>()
  /** Why an interface cannot be listened on, told once. */
  const failures = new Map<string, string>()

  const begin = (name: string, index: number): Greeted => {
    let greeter = newGreeter(name, Math.floor(edges.random() * 2 ** 32))
    let timer: Timer | undefined
    const socket = edges.packetSockets.open(
      { interfaceIndex: index, etherType: etherTypeIpv6, frameMax, filter: routerFilter },
      {
        received: ({ bytes }) => {
          const reading = readRouterMessage(bytes)
          if (reading.ok) say({ kind: "heard", frame: reading.frame })
          else dropped.add({ name: reading.fault })
        },
        faulted: fault => log.warn("interface of an unnumbered BGP peer", { interface: name, error: fault.message }),
      },
    )
    const say = (event: GreeterEvent) => {
      timer?.cancel()
      const now = clock.monotonic()
      const { next, effects, wakeAt } = greet(greeter, event, now)
      greeter = next
      timer = wakeAt === undefined ? undefined : clock.after(Math.max(0, wakeAt - now), () => say({ kind: "tick" }))
      for (const effect of effects) apply(name, socket, effect)
    }
    const close = () => {
      timer?.cancel()
      leave(index)
      socket.close()
    }
    try {
      // Solicitations go to all routers; snooping switches deliver them only where somebody reports the group.
      edges.multicastGroups.join(index, allRouters)
      for (const group of [allNodes, allRouters]) socket.join(multicastMac(group))
    } catch (error) {
      close()
      throw error
    }
    return { say, index, close }
  }

  const leave = (index: number) => edges.multicastGroups.leave(index, allRouters)

  const apply = (name: string, socket: PacketSocket, effect: GreeterEffect) => {
    if (effect.kind === "send") {
      const fault = socket.send(writeRouterMessage(effect.frame))
      if (fault !== undefined) log.warn("router message not sent", { interface: name, error: fault.message })
    } else if (effect.kind === "told") listener.told(name, effect.reason, effect.facts)
    else {
      const { address, reason, facts } = effect
      listener.told(name, reason, facts)
      listener.found(
        name,
        address === undefined ? undefined : { address: { family: "IPv6", value: address }, device: name },
      )
    }
  }

  const end = (name: string) => {
    const one = greeted.get(name)
    // Whoever waits for the peer learns that it is nowhere now.
    one?.say({ kind: "link", link: undefined })
    one?.close()
    greeted.delete(name)
  }

  const greetOn = ({ name, index, ...link }: NetworkInterface) => {
    if (greeted.get(name)?.index !== index) end(name)
    try {
      const one = greeted.get(name) ?? begin(name, index)
      greeted.set(name, one)
      failures.delete(name)
      one.say({ kind: "link", link: endOf(link) })
    } catch (error) {
      const why = textOf(error)
      if (failures.get(name) !== why) log.error("unnumbered BGP peer cannot be sought", { interface: name, error: why })
      failures.set(name, why)
    }
  }

  return {
    want: (names, interfaces) => {
      const found = interfaces.filter(({ name }) => names.includes(name))
      for (const name of [...greeted.keys()]) if (!found.some(link => link.name === name)) end(name)
      for (const name of [...failures.keys()]) if (!found.some(link => link.name === name)) failures.delete(name)
      for (const link of found) greetOn(link)
    },
    stop: () => {
      for (const one of greeted.values()) one.close()
      greeted.clear()
    },
  }
}

/** undefined where the interface is down, without a carrier, without a MAC or without a link-local address. */
const endOf = ({ up, running, mac, addresses }: Omit<NetworkInterface, "name" | "index">): GreeterLink | undefined => {
  const hardware = mac === undefined ? undefined : parseMac(mac)
  const local = addresses
    .map(({ address }) => parseAddress(address))
    .find(address => address?.family === "IPv6" && isLinkLocal(address.value))
  if (!up || !running || hardware === undefined || local === undefined) return undefined
  return { mac: hardware, address: local.value }
}
