import { isList, isObject, type Json } from "../json.ts"
import type { Schema } from "./schema.ts"

/** The value as the server stores it: with the schema's defaults, and null taken for nothing where there is a default. */
export const withDefaults = (value: Json, schema: Schema): Json => {
  if (isList(value))
    return schema.items === undefined ? value : value.map(item => withDefaults(item, schema.items ?? {}))
  if (!isObject(value)) return value
  const known = schema.properties ?? {}
  const entries = Object.entries(value)
    .filter(([key, item]) => item !== undefined && (item !== null || known[key]?.default === undefined))
    .map(([key, item]) => {
      const inner = known[key]
      return [key, inner === undefined ? item : withDefaults(item, inner)] as const
    })
  const given = new Set(entries.map(([key]) => key))
  const added = Object.entries(known).flatMap(([key, inner]) =>
    inner.default === undefined || given.has(key) ? [] : [[key, inner.default] as const],
  )
  return Object.fromEntries([...entries, ...added])
}
