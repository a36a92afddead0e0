import type { Snapshot } from "../../agent/core/snapshot.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"

const lists = [
  "services",
  "endpointSlices",
  "nodes",
  "namespaces",
  "pools",
  "l2Advertisements",
  "speakers",
  "unread",
] as const

/** A snapshot from a file. Throws a Failure (exit 2) for what is none, or one that a newer program wrote. */
export const parseSnapshot = (text: string, path: string): Snapshot => {
  const wrong = (message: string) => new Failure(exitCodes.usage, { message, where: `--from-snapshot ${path}` })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw wrong(`the file is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof value !== "object" || value === null || !("schema" in value))
    throw wrong("the file is no snapshot of a cluster")
  if (value.schema !== 1) throw wrong(`the snapshot has schema ${String(value.schema)}, this program reads schema 1`)
  const fields: Readonly<Record<string, unknown>> = { ...value }
  const missing = lists.filter(name => !Array.isArray(fields[name]))
  if (missing.length > 0) throw wrong(`the snapshot lacks the list ${missing.join(", ")}`)
  return value as Snapshot
}
