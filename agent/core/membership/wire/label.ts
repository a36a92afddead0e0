import { bad, good, type Read } from "./fault.ts"
import { messageTypes } from "./message.ts"
import { bytesOfText, join } from "./msgpack-write.ts"

/*
 *  0        1        2
 * +--------+--------+--------//--------+
 * | 244    | length | label            |   in front of a packet or of a connection, outside the encryption
 * +--------+--------+--------//--------+
 */

/** Label of at most 255 bytes; "" for none. */
export const labelHeader = (label: string): Uint8Array => {
  const text = bytesOfText(label)
  return text.length === 0 ? text : join([Uint8Array.of(messageTypes.label, text.length), text])
}

export type Labelled = { readonly label: Uint8Array; readonly rest: Uint8Array }

/** Takes the label off; no header is the empty label. "truncated" on a stream means that more bytes may complete it. */
export const splitLabel = (bytes: Uint8Array): Read<Labelled> => {
  if (bytes[0] !== messageTypes.label) return good({ label: bytes.subarray(0, 0), rest: bytes })
  const length = bytes[1]
  if (length === undefined) return bad("truncated")
  if (length === 0) return bad("label-empty")
  if (bytes.length < 2 + length) return bad("truncated")
  return good({ label: bytes.subarray(2, 2 + length), rest: bytes.subarray(2 + length) })
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])
