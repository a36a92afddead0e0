import { bad, type Read } from "./fault.ts"
import { headerLength, leastLength, type Message, messageLimit, messageTypeOf } from "./message.ts"

/**
 * The start of a message that has not arrived whole. A value: `push` leaves the framer that it was given as it is. Bytes are
 * appended in place where nothing has been appended behind that framer yet, so that a peer that sends byte by byte
 * costs a byte of work a byte. BOUNDED: less than the longest message, and one chunk of the socket's while it is taken apart.
 */
export type Framer = { readonly store: Store; readonly start: number; readonly end: number }

/** `used`: up to where bytes have been written by any framer that shares the store. */
type Store = { bytes: Uint8Array; used: number }

const leastRoom = 256

export const emptyFramer = (): Framer => ({ store: { bytes: new Uint8Array(0), used: 0 }, start: 0, end: 0 })

export const push = (framer: Framer, chunk: Uint8Array): Framer => {
  const { store, start, end } = framer
  const length = end - start
  if (length === 0) return { store: { bytes: chunk, used: chunk.length }, start: 0, end: chunk.length }
  if (store.used === end && end + chunk.length <= store.bytes.length) {
    store.bytes.set(chunk, end)
    store.used = end + chunk.length
    return { store, start, end: store.used }
  }
  const bytes = new Uint8Array(Math.max(leastRoom, 2 * (length + chunk.length)))
  bytes.set(store.bytes.subarray(start, end))
  bytes.set(chunk, length)
  return { store: { bytes, used: length + chunk.length }, start: 0, end: length + chunk.length }
}

/**
 * What the bytes say next: a message, that more must come (undefined), or that the stream is broken for good. A wrong header is
 * told as soon as its bytes are there, and its length is judged before its body is waited for.
 */
export type Taken = Read<{ readonly message: Message; readonly rest: Framer } | undefined>

const nothingYet: Taken = { ok: true, value: undefined }

export const take = ({ store, start, end }: Framer, limit: number): Taken => {
  const { bytes } = store
  for (let at = start; at < Math.min(end, start + 16); at += 1) if (bytes[at] !== 0xff) return bad("header-marker")
  if (end - start < headerLength) return nothingYet
  const length = ((bytes[start + 16] ?? 0) << 8) | (bytes[start + 17] ?? 0)
  const lengthField = () => bytes.slice(start + 16, start + 18)
  if (length < headerLength || length > limit) return bad("header-length", lengthField())
  const type = messageTypeOf(bytes[start + 18] ?? 0)
  if (type === undefined) return bad("header-type", bytes.slice(start + 18, start + 19))
  const exact = type === "keepalive"
  // RFC 8654 section 4: OPEN and KEEPALIVE stay within the old limit.
  const tooLong = (exact && length > headerLength) || (type === "open" && length > messageLimit.standard)
  if (length < leastLength[type] || tooLong) return bad("header-length", lengthField())
  if (end - start < length) return nothingYet
  const body = bytes.subarray(start + headerLength, start + length)
  return { ok: true, value: { message: { type, body }, rest: { store, start: start + length, end } } }
}
