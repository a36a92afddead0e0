import type { PacketCrypto } from "../../crypto.ts"
import { addChecksum, removeChecksum } from "./checksum.ts"
import { decrypt, encrypt } from "./cipher.ts"
import { decodeCompound, encodeCompound } from "./compound.ts"
import { compress, decompress } from "./compression.ts"
import { decodePacketMessage } from "./decode.ts"
import { type Envelope, encrypts } from "./envelope.ts"
import { bad, type Read, type WireFault } from "./fault.ts"
import { labelHeader, sameBytes, splitLabel } from "./label.ts"
import { wireLimits } from "./limits.ts"
import { messageTypes, type PacketMessage } from "./message.ts"
import { bytesOfText, join } from "./msgpack-write.ts"

/*
 * label( encryption( checksum( compression( compound( message … )))))     every layer but the message can be missing
 */

/**
 * One UDP payload from 1 to 255 encoded messages. The checksum is for receivers of protocol version 5; older ones cannot
 * read it.
 */
export const sealPacket = (
  messages: readonly Uint8Array[],
  checksum: boolean,
  envelope: Envelope,
  crypto: PacketCrypto,
): Uint8Array => {
  const [first] = messages
  const bare = messages.length === 1 && first !== undefined ? first : encodeCompound(messages)
  const packed = envelope.compression ? shorter(compress(bare), bare) : bare
  const summed = checksum ? addChecksum(packed, crypto) : packed
  const [key] = envelope.keys
  const label = bytesOfText(envelope.label)
  const hidden =
    key !== undefined && encrypts(envelope) ? encrypt(crypto, envelope.cipherVersion, key, summed, label) : summed
  return envelope.label === "" ? hidden : join([labelHeader(envelope.label), hidden])
}

const shorter = (a: Uint8Array, b: Uint8Array): Uint8Array => (a.length < b.length ? a : b)

/** What a packet held. A message that cannot be read does not take those beside it along. */
export type Opened = { readonly messages: readonly PacketMessage[]; readonly faults: readonly WireFault[] }

/** Reads one UDP payload. Never throws; everything that was refused stands in `faults`. */
export const openPacket = (bytes: Uint8Array, envelope: Envelope, crypto: PacketCrypto): Opened => {
  const bare = uncover(bytes, envelope, crypto)
  if (!bare.ok) return { messages: [], faults: [bare.fault] }
  const found: Found = { messages: [], faults: [], seen: 0 }
  unfold(bare.value, found, 0)
  return { messages: found.messages, faults: found.faults }
}

const uncover = (bytes: Uint8Array, envelope: Envelope, crypto: PacketCrypto): Read<Uint8Array> => {
  const split = splitLabel(bytes)
  if (!split.ok) return split
  const { label, rest } = split.value
  if (!sameBytes(label, bytesOfText(envelope.label))) return bad("label-mismatch")
  if (envelope.keys.length === 0) return removeChecksum(rest, crypto)
  const plain = decrypt(crypto, envelope.keys, rest, label)
  if (!plain.ok && envelope.verifyIncoming) return plain
  return removeChecksum(plain.ok ? plain.value : rest, crypto)
}

type Found = { readonly messages: PacketMessage[]; readonly faults: WireFault[]; seen: number }

/** Goes down through compounds and compression; both can stand in each other. */
const unfold = (bytes: Uint8Array, found: Found, depth: number): void => {
  const type = bytes[0]
  const nests = type === messageTypes.compound || type === messageTypes.compressed
  if (nests && depth >= wireLimits.nesting) {
    found.faults.push("message-nesting")
    return
  }
  if (type === messageTypes.compressed) unfoldCompressed(bytes, found, depth)
  else if (type === messageTypes.compound) unfoldCompound(bytes, found, depth)
  else keep(decodePacketMessage(bytes), found)
}

const unfoldCompressed = (bytes: Uint8Array, found: Found, depth: number): void => {
  const inside = decompress(bytes, wireLimits.packetBytes)
  if (inside.ok) unfold(inside.value, found, depth + 1)
  else found.faults.push(inside.fault)
}

const unfoldCompound = (bytes: Uint8Array, found: Found, depth: number): void => {
  const compound = decodeCompound(bytes)
  if (!compound.ok) {
    found.faults.push(compound.fault)
    return
  }
  for (const part of compound.value.parts) {
    found.seen += 1
    if (found.seen > wireLimits.packetMessages) {
      found.faults.push("message-count")
      return
    }
    unfold(part, found, depth + 1)
  }
  if (compound.value.missing > 0) found.faults.push("truncated")
}

const keep = (read: Read<PacketMessage>, found: Found): void => {
  if (read.ok) found.messages.push(read.value)
  else found.faults.push(read.fault)
}
