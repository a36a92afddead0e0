export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }

/** What is written here is about ten levels deep; whatever goes further down was not. */
const deepest = 64

/**
 * Any value of the core as JSON: bigints, sets, maps, bytes and numbers that JSON has none of are objects with one key. Fields that are
 * undefined are left out.
 */
export const toPlain = (value: unknown): Plain => {
  if (typeof value === "bigint") return { $bigint: value.toString(16) }
  if (typeof value === "number") return Number.isFinite(value) ? value : { $number: String(value) }
  if (typeof value === "string" || typeof value === "boolean") return value
  if (value instanceof Set) return { $set: [...value].map(toPlain) }
  if (value instanceof Map) return { $map: [...value].map(entry => toPlain(entry)) }
  if (value instanceof Uint8Array) return { $bytes: hexOf(value) }
  if (Array.isArray(value)) return value.map(toPlain)
  if (!isObject(value)) return null
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [[key, toPlain(each)] as const])),
  )
}

/** The reverse. Whatever it is given it gives a value, of what is no such object or nests too deep undefined. */
export const fromPlain = (value: unknown, depth = 0): unknown => {
  if (depth > deepest) return undefined
  const down = (each: unknown) => fromPlain(each, depth + 1)
  if (Array.isArray(value)) return value.map(down)
  if (!isObject(value)) return value
  const { $bigint: number, $number: special, $set: members, $map: entries, $bytes: hex } = value
  if (typeof number === "string") return /^[0-9a-f]{1,64}$/.test(number) ? BigInt(`0x${number}`) : undefined
  if (typeof special === "string") return /^(-?Infinity|NaN)$/.test(special) ? Number(special) : undefined
  if (typeof hex === "string") return /^([0-9a-f]{2})*$/.test(hex) ? bytesOf(hex) : undefined
  if (Array.isArray(members)) return new Set(members.map(down))
  if (Array.isArray(entries)) return new Map(entries.flatMap(entry => pairOf(down(entry))))
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, down(each)]))
}

const pairOf = (entry: unknown): readonly (readonly [unknown, unknown])[] =>
  Array.isArray(entry) && entry.length === 2 ? [[entry[0], entry[1]]] : []

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("")
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16))

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
