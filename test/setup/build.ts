/** `npm run build`: what is released, in dist/: the agent with its addon, and the kubectl plugin. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import type { Plugin } from "esbuild"
import { bundleAgent } from "../../agent/image/agent-bundle.ts"
import { bundle, root } from "../../agent/image/bundle.ts"
import { noticesOf } from "../../agent/image/notices.ts"
import { readDocuments } from "../../plugin/cluster/yaml.ts"

export type BuiltFile = { readonly path: string; readonly bytes: number }

export type PluginBundle = {
  readonly file: string
  /** Folders of the packages in it. */
  readonly packages: readonly string[]
}

/**
 * Builds dist/agent.cjs, agent.node and kubectl-metallb, with the licences of what they contain. dist/package.json is there because
 * the plugin's file has no extension: without it Node would take it for an ES module, as the top folder says.
 */
export const buildAll = async (folder = join(root, "dist")): Promise<readonly BuiltFile[]> => {
  const agent = await bundleAgent(folder)
  const plugin = await bundlePlugin(folder)
  const notices = join(folder, "THIRD-PARTY.txt")
  writeFileSync(notices, noticesOf([...new Set([...agent.packages, ...plugin.packages])].sort()))
  writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }\n')
  return [agent.agent, agent.addon, plugin.file, notices].map(path => ({ path, bytes: statSync(path).size }))
}

/** Builds the plugin as one executable file that carries the manifests, for any Node from 22 on. */
export const bundlePlugin = async (
  folder: string,
  entry = join(root, "plugin/main.ts"),
  manifests = join(root, "manifests"),
): Promise<PluginBundle> => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, "kubectl-metallb")
  const output = `${file}.new.cjs`
  const packages = await bundle({
    entry,
    output,
    target: "node22",
    firstLine: "#!/usr/bin/env node",
    shortNames: true,
    define: { EMBEDDED_MANIFESTS: JSON.stringify(manifestTexts(manifests)) },
    plugins: [narrowStringWidth],
  })
  chmodSync(output, 0o755)
  renameSync(output, file)
  return { file, packages }
}

/** The objects of every manifest as a JSON list, by its path below the folder, in path order. */
const manifestTexts = (folder: string): Readonly<Record<string, string>> => {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(path => path.endsWith(".yaml"))
  const jsonOf = (path: string) => JSON.stringify(readDocuments(readFileSync(join(folder, path), "utf8")))
  return Object.fromEntries(paths.sort().map(path => [path, jsonOf(path)]))
}

/**
 * Stands in for the package string-width, whose first call costs 40 ms of Intl.Segmenter and emoji tables: all that the
 * plugin prints is one column a character, apart from colours. Written as CommonJS because both kinds of module import it.
 */
const narrowStringWidth: Plugin = {
  name: "narrow-string-width",
  setup: build => {
    build.onResolve({ filter: /^string-width$/ }, () => ({ path: "string-width", namespace: "narrow" }))
    build.onLoad({ filter: /.*/, namespace: "narrow" }, () => ({
      contents: "module.exports = text => [...String(text).replace(/\\x1b\\[[\\d;]*m/g, '')].length",
      loader: "js",
    }))
  },
}

if (import.meta.main) {
  const began = performance.now()
  for (const { path, bytes } of await buildAll()) {
    process.stdout.write(`${relative(root, path).padEnd(24)} ${(bytes / 1024).toFixed(1).padStart(9)} KiB\n`)
  }
  process.stderr.write(`build: ready after ${((performance.now() - began) / 1000).toFixed(1)}s\n`)
}
