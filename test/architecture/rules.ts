import { type Import, type Source, target } from "./sources.ts"

/** Says what is wrong with one import, or nothing. */
export type ImportRule = { readonly name: string; readonly broken: (from: Source, imported: Import) => boolean }

/** Each npm package and the files that may import it: one adapter each, so that replacing a package is a change of one file. */
export const packageHomes: Readonly<Record<string, readonly string[]>> = {
  yaml: ["agent/ports/yaml.ts", "plugin/cluster/yaml.ts"],
  "@kubernetes/client-node": ["plugin/cluster/kubeconfig.ts"],
  yargs: ["plugin/cli/"],
  ora: ["plugin/term/"],
  "@marcbachmann/cel-js": ["plugin/cluster/schema/rules.ts"],
  esbuild: ["test/setup/build.ts", "agent/image/"],
}

const below = (path: string | undefined, folder: string) => path?.startsWith(`${folder}/`) === true
const packageName = (specifier: string) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")
/** Programs that build or release; they sit beside what they build and run on a developer's machine only. */
const isTool = (path: string) => below(path, "agent/image") || below(path, "plugin/release")

export const importRules: readonly ImportRule[] = [
  {
    name: "agent/core imports only agent/core",
    broken: (from, i) => below(from.path, "agent/core") && !below(target(from.path, i.specifier), "agent/core"),
  },
  {
    name: "plugin imports agent/core and nothing else of agent",
    broken: (from, i) => {
      const to = target(from.path, i.specifier)
      return below(from.path, "plugin") && !isTool(from.path) && below(to, "agent") && !below(to, "agent/core")
    },
  },
  {
    name: "agent never imports plugin",
    broken: (from, i) => below(from.path, "agent") && below(target(from.path, i.specifier), "plugin"),
  },
  {
    name: "the programs never import tests",
    broken: (from, i) =>
      !below(from.path, "test") && !isTool(from.path) && below(target(from.path, i.specifier), "test"),
  },
  {
    name: "an npm package is imported only by its adapter",
    broken: (from, i) => {
      if (i.typeOnly || i.specifier.startsWith(".") || i.specifier.startsWith("node:")) return false
      const homes = packageHomes[packageName(i.specifier)]
      return (
        homes === undefined ||
        !homes.some(home => (home.endsWith("/") ? from.path.startsWith(home) : from.path === home))
      )
    },
  },
  {
    name: "plugin/view is pure: no node: modules, no terminal, no cluster",
    broken: (from, i) => {
      const to = target(from.path, i.specifier)
      return (
        below(from.path, "plugin/view") &&
        (i.specifier.startsWith("node:") || below(to, "plugin/term") || (below(to, "plugin/cluster") && !i.typeOnly))
      )
    },
  },
]

/** Says what is wrong with a line of a file, or nothing. */
export type TextRule = { readonly name: string; readonly pattern: RegExp; readonly applies: (path: string) => boolean }

export const textRules: readonly TextRule[] = [
  {
    name: "agent/core has no clock, no random, no process",
    pattern:
      /\b(Date\.now|new Date\(\)|Math\.random|performance\.|setTimeout|setInterval|process\.|globalThis\.|fetch\()/,
    applies: path => below(path, "agent/core"),
  },
  {
    name: "only the two main.ts exit",
    pattern: /\bprocess\.(exit\(|exitCode\s*=)/,
    applies: path =>
      (below(path, "agent") || below(path, "plugin")) &&
      !isTool(path) &&
      path !== "agent/main.ts" &&
      path !== "plugin/main.ts",
  },
  {
    name: "only plugin/term writes to a stream",
    pattern: /\bprocess\.(stdout|stderr)\b|\bconsole\./,
    applies: path => below(path, "plugin") && !below(path, "plugin/term") && !isTool(path) && path !== "plugin/main.ts",
  },
  { name: "no default exports", pattern: /^\s*export default\b/, applies: () => true },
  { name: "no barrel files", pattern: /^\s*export (\*|\{[^}]*\}) from\b/, applies: () => true },
]

/** Cycles of value imports, each as the list of files around it. */
export const cycles = (all: readonly Source[]): readonly string[] => {
  const edges = new Map(
    all.map(source => [
      source.path,
      source.imports.filter(i => !i.typeOnly).flatMap(i => target(source.path, i.specifier) ?? []),
    ]),
  )
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path)
    if (at >= 0) found.push([...trail.slice(at), path].join(" -> "))
    if (at >= 0 || done.has(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return found
}
