import type { Json } from "../cluster/json.ts"

/** JSON with two spaces; bigint as the whole number it is, undefined left out, keys in the order given. */
export const toJsonText = (value: Json): string => JSON.stringify(value, bigints, 2)

/** https://tc39.es/proposal-json-parse-with-source/: in Node since 21, not in TypeScript's library yet. */
const rawJson = (JSON as unknown as { readonly rawJSON: (text: string) => unknown }).rawJSON

const bigints = (_key: string, value: Json): unknown => {
  if (typeof value !== "bigint") return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : rawJson(value.toString())
}
