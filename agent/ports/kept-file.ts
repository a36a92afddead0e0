import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { textOf } from "./log.ts"

/** Something that outlives the process: in a pod the container, not the pod. */
export type KeptFile = {
  /** undefined where there is nothing, or nothing that can be read. */
  readonly read: () => unknown
  /** Replaces it as a whole; the reason where that failed. */
  readonly write: (value: unknown) => string | undefined
}

/** Whoever wrote more than that was not us. */
const most = 2 * 1024 * 1024

/** A JSON file below a folder that is there. */
export const keptFile = (path: string): KeptFile => ({
  read: () => {
    try {
      const text = readFileSync(path, "utf8")
      return text.length > most ? undefined : (JSON.parse(text) as unknown)
    } catch {
      // There is none at the first start; a broken one says nothing.
      return undefined
    }
  },
  write: value => {
    try {
      writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 })
      renameSync(`${path}.new`, path)
      return undefined
    } catch (error) {
      return textOf(error)
    }
  },
})
