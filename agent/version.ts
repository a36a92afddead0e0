import { readFileSync } from "node:fs"
import { join } from "node:path"

/** Put in by the bundler; absent when the sources run as they are. */
declare const EMBEDDED_VERSION: string

/** The package's version without "v": 0.1.0. */
export const version = (): string => {
  if (typeof EMBEDDED_VERSION !== "undefined") return EMBEDDED_VERSION
  const text = readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8")
  return (JSON.parse(text) as { readonly version: string }).version
}
