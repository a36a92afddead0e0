import { readArp, writeArp } from "../../../agent/core/arp/packet.ts"
import { respond } from "../../../agent/core/arp/responder.ts"
import type { Address } from "../../../agent/core/ip/address.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"
import { type NdpMessage, readNdp, writeNdp } from "../../../agent/core/ndp/packet.ts"
import { allNodes, multicastMac, solicitedNodeGroup, unspecified } from "../../../agent/core/net/ipv6.ts"
import { broadcastMac, formatMac, type Mac, parseMac, zeroMac } from "../../../agent/core/net/mac.ts"
import type { Clock } from "../../../agent/ports/clock.ts"
import type { Interfaces, NetworkInterface } from "../../../agent/ports/interfaces.ts"
import type { MulticastGroups } from "../../../agent/ports/multicast-groups.ts"
import type {
  Licence,
  PacketListener,
  PacketRequest,
  PacketSockets,
  ReceivedFrame,
  SocketFault,
} from "../../../agent/ports/packet-socket.ts"
import { runFilter } from "../native/bpf-machine.ts"
import { silentBgpPorts } from "./silent-bgp.ts"

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

/** The same with a link-local address, so that it speaks IPv6. */
export const dualStack = (index: number, name: string, more: Partial<NetworkInterface> = {}): NetworkInterface =>
  ethernet(index, name, { addresses: [{ address: `fe80::${index}`, prefixLength: 64 }], ...more })

type Socket = {
  readonly request: PacketRequest
  readonly listener: PacketListener
  filter: PacketRequest["filter"]
  /** What it answers by itself. */
  answers: { readonly mac: Mac; readonly at: ReadonlyMap<number, Mac> } | undefined
  licence: Licence | undefined
  /** Multicast MACs let in. */
  readonly macs: Set<string>
}

/** What a frame says: "reply 192.0.2.1 is at 02:… to 02:…", or "probe 192.0.2.1 from 02:…". */
const described = (frame: Uint8Array): string => {
  const reading = readArp(frame)
  if (!reading.ok) return describedNdp(frame)
  const { operation, senderIp, senderMac, targetIp } = reading.frame.packet
  if (senderIp === 0)
    return `probe ${formatAddress({ family: "IPv4", value: BigInt(targetIp) })} from ${formatMac(senderMac)}`
  const ip = formatAddress({ family: "IPv4", value: BigInt(senderIp) })
  return `${operation} ${ip} is at ${formatMac(senderMac)} to ${formatMac(reading.frame.destination)}`
}

/** "advertisement 2001:db8::1 is at 02:… to 02:…, solicited, override". */
const describedNdp = (frame: Uint8Array): string => {
  const reading = readNdp(frame)
  if (!reading.ok) return reading.fault
  const { message, destination, source, from } = reading.frame
  const ip = formatAddress({ family: "IPv6", value: message.target })
  if (from === unspecified) return `probe ${ip} from ${formatMac(source)}`
  const flags = message.kind === "advertisement" ? (["router", "solicited", "override"] as const) : []
  const set = flags.filter(flag => message.kind === "advertisement" && message[flag])
  const where = `${formatMac(message.linkLayer ?? zeroMac)} to ${formatMac(destination)}`
  return [`${message.kind} ${ip} is at ${where}`, ...set].join(", ")
}

const audiences = ["host", "broadcast", "multicast"] as const

/** The interfaces of one host and the wires behind them, in memory. */
export const fakeHost = (...links: readonly NetworkInterface[]) => {
  let all = [...links]
  const sockets = new Set<Socket>()
  const watchers = new Set<() => void>()
  const sent: string[] = []
  /** What opening a socket throws; undefined while it works. */
  let refusal: Error | undefined
  /** The kernel's memberships: "interface group". */
  const memberships = new Set<string>()
  let membershipRefusal: Error | undefined
  let clock: Pick<Clock, "monotonic"> | undefined
  let onWire: (name: string, frame: Uint8Array) => void = () => undefined
  const interfaces: Interfaces = {
    list: () => all,
    watch: changed => {
      watchers.add(changed)
      return { close: () => void watchers.delete(changed) }
    },
  }
  const send = (index: number, frame: Uint8Array): SocketFault | undefined => {
    const name = all.find(link => link.index === index)?.name
    if (name === undefined) return { code: "ENXIO", message: "ENXIO: no such device" }
    sent.push(`${name} ${described(frame)}`)
    onWire(name, frame)
    return undefined
  }
  /** What the addon does before it tells of a frame: test/native has the proof that it is the same. */
  const answer = ({ request, answers, licence }: Socket, frame: Uint8Array, age: number): ReceivedFrame["answered"] => {
    const now = clock?.monotonic()
    if (answers === undefined || licence === undefined || now === undefined) return undefined
    if (now > licence.until || age >= licence.freshFor || now - age < licence.since) return undefined
    const announces = (ip: number) => (answers.at.has(ip) ? "here" : "no")
    const { reply } = respond(frame, { interface: "", mac: answers.mac, announces, inStead: ip => answers.at.get(ip) })
    return reply === undefined ? undefined : { fault: send(request.interfaceIndex, reply) }
  }
  const packetSockets: PacketSockets = {
    open: (request, listener) => {
      if (refusal !== undefined) throw refusal
      const rest = { macs: new Set<string>(), answers: undefined, licence: undefined }
      const socket: Socket = { request, listener, filter: request.filter, ...rest }
      sockets.add(socket)
      return {
        send: frame => send(request.interfaceIndex, frame),
        setAnswers: (mac, at) => {
          socket.answers = { mac, at }
        },
        license: licence => {
          socket.licence = licence
        },
        setFilter: filter => {
          socket.filter = filter
        },
        join: mac => void socket.macs.add(formatMac(mac)),
        leave: mac => void socket.macs.delete(formatMac(mac)),
        close: () => void sockets.delete(socket),
      }
    },
  }
  const multicastGroups: MulticastGroups = {
    join: (index, group) => {
      if (membershipRefusal !== undefined) throw membershipRefusal
      memberships.add(`${index} ${formatAddress({ family: "IPv6", value: group })}`)
    },
    leave: (index, group) => void memberships.delete(`${index} ${formatAddress({ family: "IPv6", value: group })}`),
    close: () => memberships.clear(),
  }
  /** Delivers a frame as the kernel would; true where a socket hears it. */
  const deliver = (index: number, frame: Uint8Array, age = 0): boolean => {
    const destination = formatMac(frame.subarray(0, 6))
    const own = all.find(link => link.index === index)?.mac === destination
    const type = own ? 0 : destination === formatMac(broadcastMac) ? 1 : 2
    let heard = false
    for (const socket of sockets) {
      const { request, listener, filter, macs } = socket
      const fits = request.interfaceIndex === index && (type < 2 || macs.has(destination))
      if (!fits || request.etherType !== ((frame[12] ?? 0) << 8) + (frame[13] ?? 0)) continue
      if (runFilter(filter, frame, type) === 0) continue
      heard = true
      const answered = answer(socket, frame, age)
      const rest = { truncated: false, audience: audiences[type], age, ...(answered && { answered }) }
      listener.received({ bytes: frame, ...rest })
    }
    return heard
  }
  return {
    edges: { interfaces, packetSockets, multicastGroups, bgpPorts: async () => silentBgpPorts },
    memberships: () => [...memberships].sort(),
    refuseMemberships: (error: Error | undefined) => {
      membershipRefusal = error
    },
    deliver,
    /** From then on its sockets answer by themselves, as they are told to. */
    setClock: (now: Pick<Clock, "monotonic">) => {
      clock = now
    },
    /** Calls `carry` with every frame that the host sends from then on. */
    plug: (carry: (name: string, frame: Uint8Array) => void) => {
      onWire = carry
    },
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
    /** A neighbour asked on this interface `age` ms ago who has the address; true where the question gets through to a socket. */
    ask: (index: number, address: string, age = 0): boolean => deliver(index, whoHas(addressOf(address)), age),
    /** A neighbour that has no address yet wants to know whether this one is free (RFC 4862 section 5.4.2). */
    probe: (index: number, address: string): boolean => deliver(index, solicitation(addressOf(address).value, 0n)),
    /** Another station says that the address is its own, without having been asked. */
    claim: (index: number, address: string, mac: string) => {
      const at = parseMac(mac) ?? zeroMac
      const { family, value } = addressOf(address)
      if (family === "IPv4") {
        const ip = Number(value)
        const packet = { operation: "request", senderMac: at, senderIp: ip, targetMac: zeroMac, targetIp: ip } as const
        return deliver(index, writeArp({ destination: broadcastMac, source: at, packet }))
      }
      const flags = { kind: "advertisement", router: false, solicited: false, override: true } as const
      const message: NdpMessage = { ...flags, target: value, linkLayer: at }
      // To a group of its own, which the socket joined for the address: the kernel lets ff02::1 in everywhere.
      const to = { destination: multicastMac(solicitedNodeGroup(value)), to: allNodes }
      return deliver(index, writeNdp({ ...to, source: at, from: value, message }))
    },
  }
}

const addressOf = (text: string): Address => {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return address
}

/** The neighbour of all tests. */
export const neighbour = "02:aa:00:00:00:01"

const whoHas = ({ family, value }: Address): Uint8Array => {
  if (family === "IPv6") return solicitation(value, addressOf("2001:db8::fa").value)
  const senderMac = parseMac(neighbour) ?? zeroMac
  const senderIp = Number(addressOf("192.0.2.250").value)
  const packet = { operation: "request", senderMac, senderIp, targetMac: zeroMac, targetIp: Number(value) } as const
  return writeArp({ destination: broadcastMac, source: senderMac, packet })
}

const solicitation = (target: bigint, from: bigint): Uint8Array => {
  const source = parseMac(neighbour) ?? zeroMac
  const to = solicitedNodeGroup(target)
  const linkLayer = from === 0n ? undefined : source
  const message = { kind: "solicitation", target, linkLayer } as const
  return writeNdp({ destination: multicastMac(to), source, from, to, message })
}
