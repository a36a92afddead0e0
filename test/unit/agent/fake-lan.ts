import { readArp, replyTo, writeArp } from "../../../agent/core/arp/packet.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { hasMark } from "../../../agent/core/membership/mark.ts"
import { type Member, ourVersions } from "../../../agent/core/membership/member.ts"
import { createState } from "../../../agent/core/membership/state.ts"
import { formatMac, parseMac, zeroMac } from "../../../agent/core/net/mac.ts"
import type { Clock } from "../../../agent/ports/clock.ts"
import type { LifelineState } from "../../../agent/ports/lifeline.ts"
import type { LinkListener, LinkSocket } from "../../../agent/ports/link-socket.ts"
import type { Membership, MembershipOptions } from "../../../agent/ports/membership.ts"
import { membershipCrypto } from "../../../agent/ports/membership-crypto.ts"
import { signingCrypto } from "../../../agent/ports/signing-crypto.ts"
import type { CompanyEdges } from "../../../agent/speaker/company/terms.ts"
import { fakeHeartbeats } from "./fake-heartbeats.ts"
import { ethernet, fakeHost } from "./fake-link.ts"

const latency = 0.25
/** How long the membership takes to notice a death. */
const noticed = 1_200

type Station = {
  readonly address: string
  readonly mac: string
  readonly host: ReturnType<typeof fakeHost>
  /** Powered and plugged in. */
  on: boolean
  /** The speaker's process runs. */
  alive: boolean
  /** Its threads get no processor time. */
  starved: boolean
  readonly sockets: Set<LinkListener>
  readonly threads: Set<ReturnType<typeof fakeHeartbeats>>
  readonly watchers: Set<(state: LifelineState) => void>
  membership: { readonly options: Omit<MembershipOptions, "sockets">; member: Member } | undefined
}

/** Hosts on one switch, mostly in virtual time: frames, datagrams, connections, and a membership that notices deaths slowly. */
export const fakeLan = (clock: Clock) => {
  const stations = new Map<string, Station>()
  const soon = (run: () => void, after = latency) => void clock.after(after, run)
  const reachable = (address: string) => [...stations.values()].find(each => each.address === address && each.on)

  const tellMembers = (from: Station, change: "joined" | "updated" | "dead" | "left") => {
    const about = from.membership?.member
    for (const station of stations.values())
      if (station !== from && station.alive && about !== undefined)
        soon(() => station.membership?.options.onNews({ kind: "member", change, member: about, after: 0 }))
  }

  const add = (name: string, index: number) => {
    const address = `192.0.2.${index}`
    const mac = `02:00:00:00:01:0${index}`
    const host = fakeHost(ethernet(2, "eth0", { mac, addresses: [{ address, prefixLength: 24 }] }))
    host.setClock(clock)
    const station: Station = {
      ...{ address, mac, host, on: true, alive: true, starved: false, membership: undefined },
      sockets: new Set(),
      threads: new Set(),
      watchers: new Set(),
    }
    stations.set(name, station)
    host.plug((_, frame) => {
      if (!station.on || !station.alive) return
      for (const other of stations.values()) if (other !== station) soon(() => arrive(other, frame))
    })
    return { host, company: edgesOf(station) }
  }

  /** The kernel answers for the host's own address, whatever becomes of the speaker. */
  const arrive = (station: Station, frame: Uint8Array) => {
    if (!station.on) return
    const reading = readArp(frame)
    if (reading.ok && reading.frame.packet.operation === "request") {
      const { packet } = reading.frame
      const target = formatAddress({ family: "IPv4", value: BigInt(packet.targetIp) })
      if (target === station.address) {
        const answer = writeArp(replyTo(packet, parseMac(station.mac) ?? zeroMac))
        for (const other of stations.values()) if (other !== station) soon(() => arrive(other, answer))
      }
    }
    if (station.alive) station.host.deliver(2, frame)
  }

  const edgesOf = (station: Station): CompanyEdges => {
    const thread = fakeHeartbeats(clock, 50, () => station.alive && station.on && !station.starved)
    station.threads.add(thread)
    return {
      packetCrypto: membershipCrypto,
      signing: signingCrypto,
      gateways: () => new Map(),
      linkSockets: {
        open: (_, listener): LinkSocket => {
          station.sockets.add(listener)
          return {
            send: (bytes, to, port) => {
              if (!station.on || !station.alive) return undefined
              soon(() => {
                const other = reachable(to)
                if (other?.alive !== true) return
                const datagram = { bytes, address: station.address, port, age: 0 }
                if ([...other.threads].some(thread => thread.arrive(datagram))) return
                for (const socket of other.sockets) socket.received(datagram)
              })
              return undefined
            },
            close: () => void station.sockets.delete(listener),
          }
        },
      },
      heartbeats: thread.heartbeats,
      lifelines: {
        open: (address, _, told) => {
          let open = true
          const tell = (state: LifelineState) => open && told(state)
          soon(() => {
            const other = reachable(address)
            if (other === undefined) return void soon(() => tell("lost"), 200)
            tell(other.alive ? "accepted" : "refused")
            if (other.alive) other.watchers.add(tell)
          })
          return {
            close: () => {
              open = false
            },
          }
        },
      },
      startMembership: async options => join(station, options),
    }
  }

  const join = (station: Station, options: Omit<MembershipOptions, "sockets">): Membership => {
    const { name, meta, bind } = options
    const member = (now: Uint8Array): Member => ({
      ...{ name, address: Uint8Array.of(), endpoint: bind, meta: now, ours: hasMark(now), versions: ourVersions },
      ...{ incarnation: 1, state: "alive", since: 0 },
    })
    station.membership = { options, member: member(meta) }
    const live = () => [...stations.values()].flatMap(each => each.membership?.member ?? [])
    soon(() => tellMembers(station, "joined"))
    return {
      members: live,
      mode: () => "fixed",
      health: () => 0,
      state: () => {
        throw new Error("not here")
      },
      // Of the protocol there is this much: what it would have been called with.
      setPeers: endpoints => {
        const { settings, seed, onStep } = options
        const state = createState({ name, endpoint: bind, meta, settings, overhead: 0 }, seed, clock.monotonic())
        if (state !== undefined) onStep?.(state, { kind: "peers", endpoints }, clock.monotonic())
      },
      setMeta: now => {
        station.membership = { options, member: member(now) }
        soon(() => tellMembers(station, "updated"))
      },
      setKeys: () => undefined,
      say: () => undefined,
      receive: () => undefined,
      stop: async () => {
        tellMembers(station, "left")
        station.membership = undefined
      },
    }
  }

  const fall = (name: string, powered: boolean) => {
    const station = stations.get(name)
    if (station === undefined) throw new Error(`no ${name}`)
    station.alive = false
    station.on = powered
    if (powered) for (const tell of station.watchers) soon(() => tell("lost"))
    soon(() => {
      tellMembers(station, "dead")
      station.membership = undefined
    }, noticed)
  }

  return {
    add,
    /** The process ends at once; its host goes on. */
    kill: (name: string) => fall(name, true),
    powerOff: (name: string) => fall(name, false),
    /** The cable of a host. */
    plug: (name: string, on: boolean) => {
      const station = stations.get(name)
      if (station !== undefined) station.on = on
    },
    /** The MAC that a kernel answers with for its host's own address; undefined: nobody answers. */
    answers: (address: string): string | undefined => reachable(address)?.mac,
    /** The threads of the process, and not its event loop, stand still or go on. */
    starve: (name: string, starved: boolean) => {
      const station = stations.get(name)
      if (station !== undefined) station.starved = starved
    },
    macOf: (name: string) => formatMac(parseMac(stations.get(name)?.mac ?? "") ?? zeroMac),
    /** A speaker of MetalLB joins, or leaves again. */
    foreign: (name: string, there: boolean) => {
      const known = stations.get(name)
      if (!there && known !== undefined) tellMembers(known, "left")
      if (!there) return void stations.delete(name)
      const { host } = add(name, 9)
      host.plug(() => undefined)
      const station = stations.get(name)
      if (station === undefined) return
      station.alive = false
      const bind = { address: station.address, port: 7946 }
      const member: Member = {
        ...{ name, address: Uint8Array.of(), endpoint: bind, meta: new Uint8Array(), ours: false },
        ...{ versions: ourVersions, incarnation: 1, state: "alive", since: 0 },
      }
      station.membership = { options: { name, bind } as MembershipOptions, member }
      tellMembers(station, "joined")
    },
  }
}
