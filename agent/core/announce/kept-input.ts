import { fromPlain, isObject, type Plain, toPlain } from "../plain.ts"
import type { AnnounceInput } from "./context.ts"

/** Rises with every change of what an AnnounceInput holds: a program reads only what one of its own version wrote. */
const version = 2

/** The input as plain data for a file: bigints and sets are objects with one key. */
export const keptInput = (input: AnnounceInput): Plain => ({ version, input: toPlain(input) })

/** Undefined for what another version wrote, and for what is no input at all. */
export const readKeptInput = (kept: unknown): AnnounceInput | undefined => {
  if (!isObject(kept) || kept["version"] !== version || !isObject(kept["input"])) return undefined
  const input = fromPlain(kept["input"])
  return isInput(input) ? input : undefined
}

/** The same program wrote it into a folder that is its own, so the parts are looked at and not their every field. */
const isInput = (value: unknown): value is AnnounceInput =>
  isObject(value) &&
  isObject(value["verdict"]) &&
  isObject(value["verdict"]["config"]) &&
  ["services", "endpointSlices", "nodes"].every(part => Array.isArray(value[part])) &&
  (value["speakers"] === "assumed" || Array.isArray(value["speakers"]))
