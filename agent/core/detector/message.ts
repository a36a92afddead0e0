import { ByteReader, ByteWriter } from "../net/bytes.ts"
import { formatMac, parseMac } from "../net/mac.ts"
import { maxPacket } from "./limits.ts"
import { type PacketType, packetTypes } from "./packet.ts"
import type { NodeName } from "./peer.ts"

/** What the detector of one speaker says to that of another. The packet's header names the link and the sender. */
export type DetectorMessage = Heartbeat | Suspect | Hears | Told | Bye

/** "I live": sent by the native thread while the event loop turns, at most 500 ms longer. */
export type Heartbeat = { readonly type: "heartbeat"; readonly mac: string }

/** "I hear nothing of it": whoever may succeed asks the wire too, whoever hears it says so, it says so itself. */
export type Suspect = { readonly type: "suspect"; readonly about: NodeName; readonly boot: number }

/** "I hear it", or "it is me". Takes back every suspicion and verdict about that process on that link. */
export type Hears = { readonly type: "hears"; readonly about: NodeName; readonly boot: number }

/** What a watcher found by asking the wire. */
export type Told = {
  readonly type: "verdict"
  readonly about: NodeName
  readonly boot: number
  readonly gone: GoneKind
}

/** "I send you no more heartbeats": the receiver stops to wait for them. */
export type Bye = { readonly type: "bye" }

/**
 * Why a node cannot answer for its VIPs on a link. `speaker`: the node answers for its own address and not for the VIP.
 * `node`: neither is answered, and others are heard. `process`: its kernel refuses the connection, so the process is gone.
 */
export type GoneKind = "speaker" | "node" | "process"

const goneKinds: readonly GoneKind[] = ["speaker", "node", "process"]

/*
 *  heartbeat:             MAC (6 bytes)
 *  suspect, hears:        boot (6 bytes), name length (1), name
 *  verdict:               kind (1: 0 speaker, 1 node, 2 process), boot (6), name length (1), name
 *  bye:                   nothing
 */

/** The type in the header and the bytes of the body. */
export const encodeMessage = (message: DetectorMessage): { readonly type: PacketType; readonly body: Uint8Array } => {
  const writer = new ByteWriter(maxPacket)
  if (message.type === "heartbeat") writer.raw(parseMac(message.mac) ?? new Uint8Array(6))
  if (message.type === "verdict") writer.u8(goneKinds.indexOf(message.gone))
  if (message.type !== "heartbeat" && message.type !== "bye") writer.u48(message.boot).text(message.about)
  return { type: packetTypes[message.type], body: writer.finish() }
}

/** Undefined where the body is shorter, longer or other than its type asks for. */
export const decodeMessage = (type: PacketType, body: Uint8Array): DetectorMessage | undefined => {
  const reader = new ByteReader(body)
  const message = read(type, reader)
  return reader.whole && reader.left === 0 ? message : undefined
}

const read = (type: PacketType, reader: ByteReader): DetectorMessage | undefined => {
  if (type === packetTypes.heartbeat) return { type: "heartbeat", mac: formatMac(reader.raw(6)) }
  if (type === packetTypes.bye) return { type: "bye" }
  const gone = type === packetTypes.verdict ? goneKinds[reader.u8()] : undefined
  const boot = reader.u48()
  const about = reader.text()
  if (about === "") return undefined
  if (type === packetTypes.suspect) return { type: "suspect", about, boot }
  if (type === packetTypes.hears) return { type: "hears", about, boot }
  return gone && { type: "verdict", about, boot, gone }
}
