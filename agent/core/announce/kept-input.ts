import type { AnnounceInput } from "./context.ts"

/** Rises with every change of what an AnnounceInput holds: a program reads only what one of its own version wrote. */
const version = 2

/** An input is about ten levels deep; whatever goes further down was not written here. */
const deepest = 64

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }

/** The input as plain data for a file: bigints and sets are objects with one key. */
export const keptInput = (input: AnnounceInput): Plain => ({ version, input: plain(input) })

/** Undefined for what another version wrote, and for what is no input at all. */
export const readKeptInput = (kept: unknown): AnnounceInput | undefined => {
  if (!isObject(kept) || kept["version"] !== version || !isObject(kept["input"])) return undefined
  const input = revive(kept["input"])
  return isInput(input) ? input : undefined
}

const plain = (value: unknown): Plain => {
  if (typeof value === "bigint") return { $bigint: value.toString(16) }
  if (value instanceof Set) return { $set: [...value].map(plain) }
  if (value instanceof Map) return { $map: [...value].map(entry => plain(entry)) }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value
  if (!isObject(value)) return null
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [[key, plain(each)] as const])),
  )
}

const revive = (value: unknown, depth = 0): unknown => {
  if (depth > deepest) return undefined
  const down = (each: unknown) => revive(each, depth + 1)
  if (Array.isArray(value)) return value.map(down)
  if (!isObject(value)) return value
  const { $bigint: number, $set: members, $map: entries } = value
  if (typeof number === "string") return /^[0-9a-f]{1,64}$/.test(number) ? BigInt(`0x${number}`) : undefined
  if (Array.isArray(members)) return new Set(members.map(down))
  if (Array.isArray(entries)) return new Map(entries.flatMap(entry => pairOf(down(entry))))
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, down(each)]))
}

const pairOf = (entry: unknown): readonly (readonly [unknown, unknown])[] =>
  Array.isArray(entry) && entry.length === 2 ? [[entry[0], entry[1]]] : []

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The same program wrote it into a folder that is its own, so the parts are looked at and not their every field. */
const isInput = (value: unknown): value is AnnounceInput =>
  isObject(value) &&
  isObject(value["verdict"]) &&
  isObject(value["verdict"]["config"]) &&
  ["services", "endpointSlices", "nodes"].every(part => Array.isArray(value[part])) &&
  (value["speakers"] === "assumed" || Array.isArray(value["speakers"]))
