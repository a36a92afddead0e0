import assert from "node:assert/strict"
import { encrypt } from "../../agent/core/membership/wire/cipher.ts"
import { decodePacketMessage, decodeStreamMessage } from "../../agent/core/membership/wire/decode.ts"
import { encodePacketMessage, encodeStreamMessage } from "../../agent/core/membership/wire/encode.ts"
import { wireFaults } from "../../agent/core/membership/wire/fault.ts"
import { wireLimits } from "../../agent/core/membership/wire/limits.ts"
import { lzwPack } from "../../agent/core/membership/wire/lzw-pack.ts"
import { lzwUnpack } from "../../agent/core/membership/wire/lzw-unpack.ts"
import type { PacketMessage, StreamMessage } from "../../agent/core/membership/wire/message.ts"
import { cursorAt, readValue } from "../../agent/core/membership/wire/msgpack-read.ts"
import { openPacket } from "../../agent/core/membership/wire/packet.ts"
import { openStream } from "../../agent/core/membership/wire/stream.ts"
import { membershipCrypto } from "../../agent/ports/membership-crypto.ts"
import { plainEnvelope, recorded } from "../unit/membership/recorded.ts"
import { bytesOf, hexText, textOf } from "./bytes.ts"
import type { Target } from "./fuzz.ts"

const faults = new Set<string>(wireFaults)
const taken = (variant: string) => {
  const found = recorded.recordings.find(recording => recording.variant === variant)
  assert.ok(found, variant)
  return found
}
/** Types, the signs of msgpack before names, numbers, lists and maps, and names of fields. */
const pieces = [
  ...["00", "01", "07 02", "09", "0c", "f4", "80", "85", "90", "a0", "bf", "c0", "c4 ff", "ca", "cf", "d3"],
  ...["db 7fffffff", "dc ffff", "dd ffffffff", "de ffff", "df ffffffff", "ff", "ffffffff"],
].map(hexText)
const names = ["SeqNo", "Node", "Nodes", "Addr", "Meta", "Port", "Incarnation", "UserStateLen", "Buf", "Algo"]

/** What is read is what its own encoding says; a name of broken UTF-8 may have grown beyond what a name may have. */
const hasFit = (message: PacketMessage | StreamMessage): boolean =>
  !Object.values(message).some(value => typeof value === "string" && value.includes("\ufffd"))

/** Packets, bare and, so that all of it is read, encrypted with the right key: the same messages and faults either way. */
export const membershipPacket: Target = {
  name: "membership-packet",
  corpus: [...taken("plain").packets, ...taken("compressed").packets].map(packet => hexText(packet.hex)),
  pieces: [...pieces, ...names],
  check: text => {
    const bytes = bytesOf(text)
    const bare = openPacket(bytes, plainEnvelope, membershipCrypto)
    assert.ok(bare.faults.every(fault => faults.has(fault)))
    assert.ok(bare.messages.length <= wireLimits.packetMessages)
    for (const message of bare.messages) {
      if (
        !hasFit(message) ||
        (message.kind !== "user" && "source" in message && message.source?.name.includes("\ufffd"))
      )
        continue
      assert.deepEqual(decodePacketMessage(encodePacketMessage(message)), { ok: true, value: message })
    }
    // 244 in front would be the label of the encrypted form, and no bytes at all are too few for a cipher.
    if (bytes.length === 0 || bytes[0] === 0xf4) return
    const key = new Uint8Array(32).fill(7)
    const hidden = encrypt(membershipCrypto, 1, key, bytes, new Uint8Array(0))
    assert.deepEqual(openPacket(hidden, { ...plainEnvelope, keys: [key] }, membershipCrypto), bare)
  },
}

/** Exchanges of states and what else comes on connections: the beginning of a message asks for more, and for nothing else. */
export const membershipStream: Target = {
  name: "membership-stream",
  corpus: [...taken("plain").streams, ...taken("compressed").streams].map(stream => hexText(stream.hex)),
  pieces: [...pieces, ...names],
  check: text => {
    const bytes = bytesOf(text)
    for (const side of ["opener", "answerer"] as const) {
      const read = openStream(bytes, side, plainEnvelope, membershipCrypto)
      assert.ok(read.ok || faults.has(read.fault))
      if (!read.ok) continue
      const message = read.value
      if (message.kind === "push-pull") assert.ok(message.records.length <= bytes.length * 64)
      else if (hasFit(message) && !("source" in message && message.source?.name.includes("\ufffd")))
        assert.deepEqual(decodeStreamMessage(encodeStreamMessage(message)), { ok: true, value: message })
      for (const length of [1, bytes.length >> 1, bytes.length - 1]) {
        if (length >= bytes.length || length < 0) continue
        const part = openStream(bytes.subarray(0, length), side, plainEnvelope, membershipCrypto)
        if (part.ok) assert.deepEqual(part.value, message, "what is whole stays what it is")
        else assert.equal(part.fault, "truncated")
      }
    }
  },
}

/** One value of MessagePack: never read past the end, never more values or deeper than a message may have. */
export const membershipMsgpack: Target = {
  name: "membership-msgpack",
  corpus: [
    ...taken("plain").packets.map(packet => hexText(packet.hex).slice(1)),
    ...["91919191 91", "82 a161 c3 a162 cb3ff0000000000000", "dc0003 01 d3ffffffffffffffff c403 000102"].map(hexText),
  ],
  pieces,
  check: text => {
    const bytes = bytesOf(text)
    const cursor = cursorAt(bytes, 0)
    readValue(cursor)
    assert.ok(cursor.at <= bytes.length)
    assert.ok(cursor.values <= wireLimits.values + 1)
    assert.ok(cursor.fault === undefined || faults.has(cursor.fault))
  },
}

/** Packed data, of which never more comes out than may; and the same data as something to pack. */
export const membershipLzw: Target = {
  name: "membership-lzw",
  corpus: [
    ...recorded.lzw.flatMap(({ hex }) => (hex === undefined || hex.length > 2000 ? [] : [hexText(hex)])),
    textOf(lzwPack(new Uint8Array(600))),
    textOf(lzwPack(Uint8Array.from({ length: 300 }, (_, at) => at % 7))),
  ],
  pieces: ["00", "ff", "0101", "80", "0002", "c0c0", "fefefefe"].map(hexText),
  check: text => {
    const bytes = bytesOf(text)
    for (const most of [0, 1, 1000]) {
      const read = lzwUnpack(bytes, most)
      assert.ok(read.ok ? read.value.length <= most : faults.has(read.fault))
    }
    assert.deepEqual(lzwUnpack(lzwPack(bytes), bytes.length), { ok: true, value: bytes })
  },
}
