import { bad, good, type Read } from "./fault.ts"
import { messageTypes } from "./message.ts"
import { join } from "./msgpack-write.ts"

/*
 *  0        1        2                 2 + 2n
 * +--------+--------+--------//-------+--------//--------+
 * | 7      | count n| n lengths, u16  | n messages       |
 * +--------+--------+--------//-------+--------//--------+
 */

/** A compound holds this many messages. */
export const compoundMost = 255

/** Bytes that a compound adds: once, and for each message. */
export const compoundOverhead = { header: 2, message: 2 } as const

/** 1 to 255 messages of at most 65,535 bytes as one. */
export const encodeCompound = (messages: readonly Uint8Array[]): Uint8Array =>
  join([
    Uint8Array.of(messageTypes.compound, messages.length),
    ...messages.map(message => Uint8Array.of(message.length >> 8, message.length)),
    ...messages,
  ])

export type Parts = {
  readonly parts: readonly Uint8Array[]
  /** How many messages the header promises and the packet does not hold: it was cut off. */
  readonly missing: number
}

/** `bytes` starts at the type byte. A packet that was cut off gives the messages that are whole. */
export const decodeCompound = (bytes: Uint8Array): Read<Parts> => {
  const count = bytes[1]
  if (count === undefined || bytes.length < 2 + 2 * count) return bad("truncated")
  const parts: Uint8Array[] = []
  let at = 2 + 2 * count
  for (let i = 0; i < count; i += 1) {
    const length = ((bytes[2 + 2 * i] ?? 0) << 8) | (bytes[3 + 2 * i] ?? 0)
    if (bytes.length - at < length) return good({ parts, missing: count - i })
    parts.push(bytes.subarray(at, at + length))
    at += length
  }
  return good({ parts, missing: 0 })
}
