import { readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"

/**
 * A file below manifests/; the path uses "/" and is relative to that folder. The text is YAML, or in the program as it is built a JSON list
 * of the same objects (`documentsOf`): reading the YAML takes 0.2 s.
 */
export type EmbeddedFile = { readonly path: string; readonly text: string }

declare const EMBEDDED_MANIFESTS: Readonly<Record<string, string>> | undefined
declare const EMBEDDED_VERSION: string | undefined

const repository = join(import.meta.dirname, "../..")

/** The manifests that the build put into the program, or those on disk when it runs from its sources; by path. */
export const embeddedManifests = (): readonly EmbeddedFile[] =>
  Object.entries(typeof EMBEDDED_MANIFESTS === "undefined" ? fromDisk() : EMBEDDED_MANIFESTS)
    .map(([path, text]) => ({ path, text }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))

/** "v0.1.0". */
export const embeddedVersion = (): string =>
  `v${typeof EMBEDDED_VERSION === "undefined" ? versionFromDisk() : EMBEDDED_VERSION}`

const fromDisk = (): Readonly<Record<string, string>> => {
  const folder = join(repository, "manifests")
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && entry.name.endsWith(".yaml"))
      .map(entry => join(entry.parentPath, entry.name))
      .map(path => [relative(folder, path).replaceAll("\\", "/"), readFileSync(path, "utf8")]),
  )
}

const versionFromDisk = (): string => {
  const read: unknown = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"))
  if (typeof read === "object" && read !== null && "version" in read && typeof read.version === "string")
    return read.version
  throw new Error("package.json has no version")
}
