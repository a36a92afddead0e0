import { readArp, writeArp } from "../../../agent/core/arp/packet.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"
import { broadcastMac, formatMac, parseMac, zeroMac } from "../../../agent/core/net/mac.ts"
import type { Interfaces, NetworkInterface } from "../../../agent/ports/interfaces.ts"
import type { PacketListener, PacketRequest, PacketSockets, SocketFault } from "../../../agent/ports/packet-socket.ts"
import { runFilter } from "../native/bpf-machine.ts"

export const ethernet = (index: number, name: string, more: Partial<NetworkInterface> = {}): NetworkInterface => ({
  index,
  name,
  mac: `02:00:00:00:00:${index.toString(16).padStart(2, "0")}`,
  mtu: 1500,
  up: true,
  running: true,
  broadcast: true,
  loopback: false,
  arp: true,
  ethernet: true,
  master: undefined,
  addresses: [],
  ...more,
})

type Socket = {
  readonly request: PacketRequest
  readonly listener: PacketListener
  filter: PacketRequest["filter"]
}

/** What a frame says: "reply 192.0.2.1 is at 02:… to 02:…". */
const described = (frame: Uint8Array): string => {
  const reading = readArp(frame)
  if (!reading.ok) return reading.fault
  const { operation, senderIp, senderMac } = reading.frame.packet
  const ip = formatAddress({ family: "IPv4", value: BigInt(senderIp) })
  return `${operation} ${ip} is at ${formatMac(senderMac)} to ${formatMac(reading.frame.destination)}`
}

/** The interfaces of one host and the wires behind them, in memory. */
export const fakeHost = (...links: readonly NetworkInterface[]) => {
  let all = [...links]
  const sockets = new Set<Socket>()
  const watchers = new Set<() => void>()
  const sent: string[] = []
  /** What opening a socket throws; undefined while it works. */
  let refusal: Error | undefined
  const interfaces: Interfaces = {
    list: () => all,
    watch: changed => {
      watchers.add(changed)
      return { close: () => void watchers.delete(changed) }
    },
  }
  const packetSockets: PacketSockets = {
    open: (request, listener) => {
      if (refusal !== undefined) throw refusal
      const socket: Socket = { request, listener, filter: request.filter }
      sockets.add(socket)
      return {
        send: frame => {
          const name = all.find(({ index }) => index === request.interfaceIndex)?.name
          if (name === undefined) return { code: "ENXIO", message: "ENXIO: no such device" }
          sent.push(`${name} ${described(frame)}`)
          return undefined
        },
        setFilter: filter => {
          socket.filter = filter
        },
        join: () => undefined,
        leave: () => undefined,
        close: () => void sockets.delete(socket),
      }
    },
  }
  return {
    interfaces,
    packetSockets,
    sockets: () => sockets.size,
    /** What was sent since the last call, in order. */
    taken: () => sent.splice(0),
    refuse: (error: Error | undefined) => {
      refusal = error
    },
    /** Changes the interfaces and tells whoever watches. */
    change: (...now: readonly NetworkInterface[]) => {
      all = [...now]
      for (const watcher of watchers) watcher()
    },
    fault: (index: number, fault: SocketFault) => {
      for (const { request, listener } of sockets) if (request.interfaceIndex === index) listener.faulted(fault)
    },
    /** A neighbour asks on this interface who has the address; true where the filter lets the question through. */
    ask: (index: number, address: string): boolean => {
      const frame = whoHas(address)
      let heard = false
      for (const { request, listener, filter } of sockets) {
        if (request.interfaceIndex !== index || runFilter(filter, frame, 1) === 0) continue
        heard = true
        listener.received({ bytes: frame, truncated: false, audience: "broadcast" })
      }
      return heard
    },
    /** Another station says that the address is its own, in a request of its own for it. */
    claim: (index: number, address: string, mac: string) => {
      const ip = ipOf(address)
      const senderMac = parseMac(mac) ?? zeroMac
      const packet = { operation: "request", senderMac, senderIp: ip, targetMac: zeroMac, targetIp: ip } as const
      const frame = writeArp({ destination: broadcastMac, source: senderMac, packet })
      for (const { request, listener, filter } of sockets)
        if (request.interfaceIndex === index && runFilter(filter, frame, 1) > 0)
          listener.received({ bytes: frame, truncated: false, audience: "broadcast" })
    },
  }
}

const ipOf = (address: string): number => Number(parseAddress(address)?.value)

/** The neighbour of all tests. */
export const neighbour = "02:aa:00:00:00:01"

const whoHas = (address: string): Uint8Array => {
  const senderMac = parseMac(neighbour) ?? zeroMac
  const packet = {
    operation: "request",
    senderMac,
    senderIp: ipOf("192.0.2.250"),
    targetMac: zeroMac,
    targetIp: ipOf(address),
  } as const
  return writeArp({ destination: broadcastMac, source: senderMac, packet })
}
