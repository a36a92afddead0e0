/** What a field of this protocol can hold. Text and bytes are written alike, as "raw" of the old MessagePack. */
export type Writable = null | boolean | number | string | Uint8Array

const encoder = new TextEncoder()

export const bytesOfText = (text: string): Uint8Array => encoder.encode(text)

/** Of the protocol's field names. BOUNDED: they are constants of the callers. */
const names = new Map<string, Uint8Array>()

const rawName = (name: string): Uint8Array => {
  const known = names.get(name)
  if (known !== undefined) return known
  const made = join(raw(bytesOfText(name)))
  names.set(name, made)
  return made
}

/**
 * One map, in the order given: the library writes its fields in alphabetical order, so do our callers. At most 15 fields,
 * numbers 0..2^32-1, texts and bytes below 2^32.
 */
export const writeMap = (fields: readonly (readonly [string, Writable])[]): Uint8Array =>
  join([Uint8Array.of(0x80 | fields.length), ...fields.flatMap(([name, value]) => [rawName(name), ...write(value)])])

/** One buffer from several. */
export const join = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const write = (value: Writable): readonly Uint8Array[] => {
  if (value === null) return [Uint8Array.of(0xc0)]
  if (typeof value === "boolean") return [Uint8Array.of(value ? 0xc3 : 0xc2)]
  if (typeof value === "number") return [unsigned(value)]
  return raw(typeof value === "string" ? bytesOfText(value) : value)
}

const unsigned = (value: number): Uint8Array => {
  if (value <= 0x7f) return Uint8Array.of(value)
  if (value <= 0xff) return Uint8Array.of(0xcc, value)
  if (value <= 0xffff) return Uint8Array.of(0xcd, value >> 8, value)
  return Uint8Array.of(0xce, value >>> 24, value >>> 16, value >>> 8, value)
}

/** The old form has no one-byte length: 32 bytes and more take two or four. */
const raw = (bytes: Uint8Array): readonly Uint8Array[] => [rawHeader(bytes.length), bytes]

const rawHeader = (length: number): Uint8Array => {
  if (length < 32) return Uint8Array.of(0xa0 | length)
  if (length <= 0xffff) return Uint8Array.of(0xda, length >> 8, length)
  return Uint8Array.of(0xdb, length >>> 24, length >>> 16, length >>> 8, length)
}
