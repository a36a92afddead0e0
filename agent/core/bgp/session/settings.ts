import type { BgpPeer, PasswordSource, PeerEndpoint, RemoteAs } from "../../config/bgp/model.ts"
import type { Address } from "../../ip/address.ts"
import type { IpFamily } from "../../model.ts"
import { isLinkLocal } from "../../net/ipv6.ts"
import { toRecord } from "../recording.ts"
import type { Millis } from "./time.ts"

/** What a session is configured to be. Any change of it is a new session, and no other session notices. */
export type SessionSettings = {
  /** Name and namespace of the BGPPeer, for people. */
  readonly peer: string
  readonly namespace: string
  readonly endpoint: PeerEndpoint
  readonly port: number
  readonly sourceAddress: Address | undefined
  /** VRF whose device the connection is bound to; "" is the default one. */
  readonly vrf: string
  /** Shown to this peer, 1..2^32-1. */
  readonly asn: number
  readonly remote: RemoteAs
  /** 1..2^32-1; undefined: the IPv4 address that the peer sees, else `nodeId`. */
  readonly routerId: number | undefined
  /** 1..2^32-1, made of the node's name, where the node shows the peer no IPv4 address. */
  readonly nodeId: number
  /** Seconds, 0 or 3..65535. */
  readonly holdTime: number
  /** Seconds, undefined: a third of the hold time that is agreed on. */
  readonly keepaliveTime: number | undefined
  /** Seconds that an attempt to connect may take, and the longest wait between two. */
  readonly connectTime: number
  /** Whether this side opens connections, and whether it takes those that the peer opens. */
  readonly connects: boolean
  readonly accepts: boolean
  /** How long the own OPEN waits for the peer's (RFC 4271 section 8.1.1, DelayOpen); 0: not at all. */
  readonly delayOpen: Millis
  /** undefined: the family of the peer's address alone. */
  readonly families: readonly IpFamily[] | undefined
  /** Whether the peer shall keep the routes while this speaker restarts, and for how many seconds, 1..4095. */
  readonly gracefulRestart: boolean
  readonly restartTime: number
  /** How many routes the peer may send at once, or in a hundred seconds; 0: any number. */
  readonly maxPrefixes: number
  /** RFC 4271 section 9.2.1.1. 0: changes are told at once. */
  readonly advertisementInterval: Millis
  /** Hops that the peer may be away, 1..254, where its packets must prove it (RFC 5082); undefined: no proof is asked for. */
  readonly ttlSecurityHops: number | undefined
  /** Where the password is, not the password. */
  readonly password: PasswordSource
}

/** What the node adds to a BGPPeer. */
export type SessionDefaults = {
  readonly namespace: string
  readonly nodeId: number
  readonly accepts: boolean
  readonly restartTime: number
}

/** RFC 4271 section 10. */
export const defaultHoldTime = 90
/** RFC 4271 suggests 120; a peer that comes back should not wait so long for the next attempt. */
export const defaultConnectTime = 10
/** A table that no node needs; whoever sends it does so by mistake. */
export const defaultMaxPrefixes = 100_000

export const sessionSettings = (peer: BgpPeer, defaults: SessionDefaults): SessionSettings => ({
  peer: peer.name,
  namespace: defaults.namespace,
  endpoint: peer.endpoint,
  port: peer.port,
  sourceAddress: peer.sourceAddress,
  vrf: peer.vrf,
  asn: peer.localASN ?? peer.myASN,
  remote: peer.remote,
  routerId: peer.routerID === undefined ? undefined : Number(peer.routerID.value),
  nodeId: defaults.nodeId,
  holdTime: peer.timers.holdTime ?? defaultHoldTime,
  keepaliveTime: peer.timers.keepaliveTime === 0 ? undefined : peer.timers.keepaliveTime,
  connectTime: peer.timers.connectTime ?? defaultConnectTime,
  connects: true,
  accepts: defaults.accepts,
  delayOpen: 0,
  families: peer.dualStackAddressFamily || peer.endpoint.kind === "interface" ? ["IPv4", "IPv6"] : undefined,
  gracefulRestart: peer.gracefulRestart,
  restartTime: defaults.restartTime,
  maxPrefixes: defaultMaxPrefixes,
  advertisementInterval: 0,
  ttlSecurityHops: peer.ttlSecurityHops,
  password: peer.password,
})

export const sameSettings = (a: SessionSettings, b: SessionSettings): boolean =>
  JSON.stringify(toRecord(a)) === JSON.stringify(toRecord(b))

/**
 * An identifier for a node that shows no IPv4 address: the CRC-32 (IEEE 802.3) of its name, its bytes in reverse order, as
 * MetalLB has it. `crc32` is of the name's UTF-8. 0 is no identifier and becomes 1.
 */
export const nodeIdOf = (crc32: number): number => {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, crc32, true)
  return view.getUint32(0) || 1
}

/** Where the peer is. `device`: the interface it is on, where its address is link-local. */
export type Place = { readonly address: Address; readonly device: string | undefined }

/** The place that the settings say; undefined where it is still to be found: unnumbered, or link-local without an interface. */
export const placeOf = ({ endpoint }: SessionSettings): Place | undefined => {
  if (endpoint.kind === "interface") return undefined
  const { address } = endpoint
  const needsLink = address.family === "IPv6" && isLinkLocal(address.value)
  return needsLink ? undefined : { address, device: undefined }
}

/** RFC 5082 section 3: a peer that is n hops away sends 255 and its packets come with 256 - n or more. */
export const leastTtlOf = ({ ttlSecurityHops }: SessionSettings): number | undefined =>
  ttlSecurityHops === undefined ? undefined : 256 - ttlSecurityHops
