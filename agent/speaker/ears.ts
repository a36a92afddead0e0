import { respond } from "../core/arp/responder.ts"
import { arpFilter } from "../core/bpf/arp-filter.ts"
import type { Address } from "../core/ip/address.ts"
import { formatAddress } from "../core/ip/format.ts"
import { formatMac } from "../core/net/mac.ts"
import { type Log, textOf } from "../ports/log.ts"
import type { Metrics } from "../ports/metrics.ts"
import type { PacketSocket, PacketSockets, SocketFault } from "../ports/packet-socket.ts"
import type { UsableLink } from "./links.ts"

/** An IPv4 address to answer for, and where. */
export type Voice = { readonly address: Address; readonly interfaces: readonly string[] | "all" }

/** The ARP sockets of this node: one on each usable interface, deaf to everything but the addresses that it owns. */
export type Ears = {
  readonly setLinks: (links: readonly UsableLink[]) => void
  readonly setVoices: (voices: readonly Voice[]) => void
  /** Sends a frame; false where the interface has no socket or the kernel refuses, which is told. */
  readonly send: (interfaceName: string, frame: Uint8Array) => boolean
  /** Interfaces that have no socket, with the reason. */
  readonly deaf: () => readonly string[]
  readonly stop: () => void
}

type Ear = { readonly link: UsableLink; readonly socket: PacketSocket; filter: string }

const etherTypeArp = 0x0806
/** An ARP packet takes 42 bytes, 60 with padding. */
const frameMax = 256
/** Foreign claims are told once each; the oldest is forgotten first. */
const mostClaims = 256

/** `onTrouble` is called when a socket fails, so that the interfaces are looked at again. */
export const createEars = (
  edges: { readonly packetSockets: PacketSockets; readonly metrics: Metrics; readonly log: Log },
  onTrouble: () => void,
): Ears => {
  const { packetSockets, metrics, log } = edges
  const received = metrics.counter("metallb_layer2_requests_received", "ARP requests for addresses of this node.")
  const sent = metrics.counter("metallb_layer2_responses_sent", "ARP replies.")
  const dropped = metrics.counter("metallb_layer2_dropped_total", "ARP packets that were not answered, by reason.")
  /** By interface name. Bounded by the interfaces of the host. */
  const ears = new Map<string, Ear>()
  const failures = new Map<string, string>()
  const claims = new Set<string>()
  let links: readonly UsableLink[] = []
  let voices: ReadonlyMap<number, Voice> = new Map()
  /** Addresses that have series in the metrics. */
  const counted = new Set<string>()

  const announces = (name: string) => (ip: number) => {
    const voice = voices.get(ip)
    if (voice === undefined) return "no"
    return voice.interfaces === "all" || voice.interfaces.includes(name) ? "here" : "elsewhere"
  }

  const hear = (ear: Ear, bytes: Uint8Array) => {
    const { name, mac } = ear.link
    const { reply, reason, facts, claim } = respond(bytes, { interface: name, mac, announces: announces(name) })
    if (claim !== undefined) warn(claim.ip, claim.mac, name)
    if (reply === undefined) return dropped.add({ reason })
    const ip = String(facts["address"])
    counted.add(ip)
    received.add({ ip })
    const fault = ear.socket.send(reply)
    if (fault === undefined) sent.add({ ip })
    else log.warn("reply not sent", { interface: name, ip, error: fault.message })
  }

  const warn = (ip: number, mac: Uint8Array, name: string) => {
    const fields = { ip: formatAddress({ family: "IPv4", value: BigInt(ip) }), mac: formatMac(mac), interface: name }
    const key = `${fields.ip} ${fields.mac}`
    if (claims.has(key)) return
    claims.add(key)
    const oldest = claims.size > mostClaims ? claims.values().next() : undefined
    if (oldest !== undefined && oldest.done !== true) claims.delete(oldest.value)
    log.warn("another station claims an address of this node", fields)
  }

  const faulted = (ear: Ear, fault: SocketFault) => {
    const { name } = ear.link
    // The link went down, and the socket hears again by itself once it is up; or it is gone, which the next look tells.
    if (fault.code === "ENETDOWN") {
      log.info("interface is down", { interface: name })
      return onTrouble()
    }
    lost(ear, fault.message)
  }

  const lost = (ear: Ear, why: string) => {
    log.warn("socket lost", { interface: ear.link.name, error: why })
    close(ear.link.name)
    onTrouble()
  }

  const close = (name: string) => {
    ears.get(name)?.socket.close()
    ears.delete(name)
  }

  const open = (link: UsableLink) => {
    const filter = arpFilter([])
    try {
      const socket = packetSockets.open(
        { interfaceIndex: link.index, etherType: etherTypeArp, frameMax, filter },
        {
          received: ({ bytes }) => hear(ear, bytes),
          faulted: fault => faulted(ear, fault),
        },
      )
      const ear: Ear = { link, socket, filter: "" }
      ears.set(link.name, ear)
      failures.delete(link.name)
    } catch (error) {
      const text = textOf(error)
      if (failures.get(link.name) !== text) log.error("no ARP on interface", { interface: link.name, error: text })
      failures.set(link.name, text)
    }
  }

  /** A filter costs up to a millisecond to make for many addresses, so only a change makes one. */
  const tune = (ear: Ear) => {
    const mine = [...voices.values()].filter(
      voice => voice.interfaces === "all" || voice.interfaces.includes(ear.link.name),
    )
    const filter = mine.map(({ address }) => address.value).join(" ")
    if (filter === ear.filter) return
    try {
      ear.socket.setFilter(arpFilter(mine.map(({ address }) => address)))
      ear.filter = filter
    } catch (error) {
      lost(ear, textOf(error))
    }
  }

  const sameLink = (a: UsableLink, b: UsableLink) => a.index === b.index && formatMac(a.mac) === formatMac(b.mac)

  return {
    setLinks: now => {
      links = now
      for (const [name, ear] of ears)
        if (!links.some(link => link.name === name && sameLink(link, ear.link))) close(name)
      for (const name of failures.keys()) if (!links.some(link => link.name === name)) failures.delete(name)
      for (const link of links) if (!ears.has(link.name)) open(link)
      for (const ear of ears.values()) tune(ear)
    },
    setVoices: now => {
      voices = new Map(now.map(voice => [Number(voice.address.value), voice]))
      for (const ear of ears.values()) tune(ear)
      const mine = counted.size === 0 ? new Set() : new Set(now.map(({ address }) => formatAddress(address)))
      for (const ip of counted) {
        if (mine.has(ip)) continue
        counted.delete(ip)
        received.remove({ ip })
        sent.remove({ ip })
      }
    },
    send: (name, frame) => {
      const fault = ears.get(name)?.socket.send(frame)
      if (fault !== undefined) log.warn("frame not sent", { interface: name, error: fault.message })
      return ears.has(name) && fault === undefined
    },
    deaf: () => [...failures].map(([name, why]) => `no ARP on ${name}: ${why}`),
    stop: () => {
      for (const name of [...ears.keys()]) close(name)
    },
  }
}
