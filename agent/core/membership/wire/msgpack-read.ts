import type { WireFault } from "./fault.ts"
import { wireLimits } from "./limits.ts"

/**
 * MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), reading side. The library writes its old form, where
 * "raw" stands for text and for bytes; the newer str and bin forms are read as the same, so text stays bytes here and the
 * field that is read decides. Extensions and floating point numbers are skipped: no field of this protocol has them.
 */
export type Value = null | boolean | number | Uint8Array | readonly Value[] | ReadonlyMap<string, Value>

/** A place in a buffer. The first fault sticks, and everything read after it is null. */
export type Cursor = { readonly view: DataView; at: number; values: number; fault: WireFault | undefined }

export const cursorAt = (bytes: Uint8Array, at: number): Cursor => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  at,
  values: 0,
  fault: undefined,
})

/** Reads one value and moves the cursor behind it. Values up to `wireLimits.values` and `wireLimits.depth`. */
export const readValue = (cursor: Cursor, depth = 0): Value => {
  cursor.values += 1
  if (cursor.values > wireLimits.values) return stop(cursor, "msgpack-size")
  const type = unsigned(cursor, 1)
  if (cursor.fault !== undefined) return null
  if (type <= 0x7f) return type
  if (type >= 0xe0) return type - 0x100
  if (type <= 0x8f) return readMap(cursor, type & 0x0f, depth)
  if (type <= 0x9f) return readArray(cursor, type & 0x0f, depth)
  if (type <= 0xbf) return take(cursor, type & 0x1f)
  return readTyped(cursor, type, depth)
}

const readTyped = (cursor: Cursor, type: number, depth: number): Value => {
  if (type === 0xc0) return null
  if (type === 0xc2) return false
  if (type === 0xc3) return true
  if (type >= 0xc4 && type <= 0xc6) return take(cursor, unsigned(cursor, 1 << (type - 0xc4)))
  if (type >= 0xc7 && type <= 0xc9) return skip(cursor, unsigned(cursor, 1 << (type - 0xc7)) + 1)
  if (type === 0xca) return skip(cursor, 4)
  if (type === 0xcb) return skip(cursor, 8)
  if (type >= 0xcc && type <= 0xcf) return unsigned(cursor, 1 << (type - 0xcc))
  if (type >= 0xd0 && type <= 0xd3) return signed(cursor, 1 << (type - 0xd0))
  if (type >= 0xd4 && type <= 0xd8) return skip(cursor, 1 + (1 << (type - 0xd4)))
  if (type >= 0xd9 && type <= 0xdb) return take(cursor, unsigned(cursor, 1 << (type - 0xd9)))
  if (type === 0xdc || type === 0xdd) return readArray(cursor, unsigned(cursor, type === 0xdc ? 2 : 4), depth)
  if (type === 0xde || type === 0xdf) return readMap(cursor, unsigned(cursor, type === 0xde ? 2 : 4), depth)
  return stop(cursor, "msgpack-type")
}

const stop = (cursor: Cursor, fault: WireFault): null => {
  cursor.fault ??= fault
  return null
}

/** True where `length` bytes follow. */
const has = (cursor: Cursor, length: number): boolean => {
  if (cursor.fault !== undefined) return false
  if (length <= cursor.view.byteLength - cursor.at) return true
  stop(cursor, "truncated")
  return false
}

/** Big-endian number of 1, 2, 4 or 8 bytes; above 2^53 it loses low bits, and every field's range ends far below that. */
const unsigned = (cursor: Cursor, width: number): number => {
  if (!has(cursor, width)) return 0
  const { view, at } = cursor
  cursor.at += width
  if (width === 1) return view.getUint8(at)
  if (width === 2) return view.getUint16(at)
  if (width === 4) return view.getUint32(at)
  return view.getUint32(at) * 0x1_0000_0000 + view.getUint32(at + 4)
}

const signed = (cursor: Cursor, width: number): number => {
  if (!has(cursor, width)) return 0
  const { view, at } = cursor
  cursor.at += width
  if (width === 1) return view.getInt8(at)
  if (width === 2) return view.getInt16(at)
  if (width === 4) return view.getInt32(at)
  return view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4)
}

const take = (cursor: Cursor, length: number): Uint8Array | null => {
  if (!has(cursor, length)) return null
  const { view, at } = cursor
  cursor.at += length
  return new Uint8Array(view.buffer, view.byteOffset + at, length)
}

const skip = (cursor: Cursor, length: number): null => {
  if (has(cursor, length)) cursor.at += length
  return null
}

const readArray = (cursor: Cursor, count: number, depth: number): Value => {
  if (depth >= wireLimits.depth) return stop(cursor, "msgpack-depth")
  const items: Value[] = []
  for (let i = 0; i < count && cursor.fault === undefined; i += 1) items.push(readValue(cursor, depth + 1))
  return items
}

/** Keys that are neither text nor bytes are unreadable to the library too. Of equal keys the last counts, as there. */
const readMap = (cursor: Cursor, count: number, depth: number): Value => {
  if (depth >= wireLimits.depth) return stop(cursor, "msgpack-depth")
  const map = new Map<string, Value>()
  for (let i = 0; i < count && cursor.fault === undefined; i += 1) {
    const key = readValue(cursor, depth + 1)
    if (cursor.fault !== undefined) return null
    if (!(key instanceof Uint8Array)) return stop(cursor, "msgpack-type")
    map.set(textOfBytes(key), readValue(cursor, depth + 1))
  }
  return map
}

const decoder = new TextDecoder()

/** UTF-8; what is not becomes U+FFFD, so that the text stays comparable and printable. */
export const textOfBytes = (bytes: Uint8Array): string => decoder.decode(bytes)
