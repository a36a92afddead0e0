import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { root } from "../run/places.ts"

export type Import = { readonly line: number; readonly specifier: string; readonly typeOnly: boolean }
export type Source = { readonly path: string; readonly text: string; readonly imports: readonly Import[] }

const statement =
  /^\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|\brequire\(\s*"([^"]+)"\s*\)/gm

/** Import, re-export and dynamic import lines of a TypeScript text, with the line they start on. */
export const importsOf = (text: string): readonly Import[] =>
  [...text.matchAll(statement)].map(found => ({
    line: text.slice(0, found.index).split("\n").length + (found[0].match(/^\n+/)?.[0].length ?? 0),
    specifier: found[2] ?? found[3] ?? found[4] ?? "",
    typeOnly: found[1] !== undefined,
  }))

/** Every TypeScript source below the named top folders. Paths are relative to the repository. */
export const sources = (folders: readonly string[]): readonly Source[] =>
  folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter(name => name.endsWith(".ts") && !name.includes("/build/"))
      .sort()
      .map(name => {
        const path = join(folder, name)
        const text = readFileSync(join(root, path), "utf8")
        return { path, text, imports: importsOf(text) }
      }),
  )

/** The repository path that a relative import names; undefined for packages and node: modules. */
export const target = (from: string, specifier: string): string | undefined =>
  specifier.startsWith(".") ? normalize(join(dirname(from), specifier)) : undefined
