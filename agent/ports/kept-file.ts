import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { textOf } from "./log.ts"

/** Something that outlives the process: in a pod the container, not the pod. */
export type KeptFile = {
  /** undefined where there is nothing, or nothing that can be read. */
  readonly read: () => unknown
  /** Replaces it as a whole; the reason where that failed, and then nothing is kept: what is left would be older than anybody thinks. */
  readonly write: (value: unknown) => string | undefined
}

/**
 * Nothing larger is written, nor read: whoever wrote more was not us. A service takes up to a kilobyte, so that is about 16,000 of them.
 * The folder's room in manifests/agent/speaker.yaml is twice as much and a bit, for a file and the one that replaces it.
 */
export const mostBytes = 16 * 1024 * 1024

/** A JSON file below a folder that is there. */
export const keptFile = (path: string): KeptFile => {
  const next = `${path}.new`
  const without = (reason: string): string => {
    for (const each of [next, path]) rmSync(each, { force: true })
    return reason
  }
  return {
    read: () => {
      try {
        return statSync(path).size > mostBytes ? undefined : (JSON.parse(readFileSync(path, "utf8")) as unknown)
      } catch {
        // There is none at the first start; a broken one says nothing.
        return undefined
      }
    },
    write: value => {
      try {
        const bytes = Buffer.from(JSON.stringify(value))
        if (bytes.length > mostBytes)
          return without(`${bytes.length} bytes are more than the ${mostBytes} that are kept`)
        writeFileSync(next, bytes, { mode: 0o600 })
        renameSync(next, path)
        return undefined
      } catch (error) {
        return without(textOf(error))
      }
    },
  }
}
