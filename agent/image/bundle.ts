import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { build, type Plugin } from "esbuild"

/** The repository's top folder. */
export const root = dirname(dirname(import.meta.dirname))

export const packageVersion = (): string => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string }
  return version
}

export type BundleRequest = {
  readonly entry: string
  readonly output: string
  /** Oldest Node that has to run it: "node22". */
  readonly target: string
  /** Names replaced by the text of an expression, beside the two every bundle has. */
  readonly define?: Readonly<Record<string, string>>
  /** "#!/usr/bin/env node", or "use strict" with its quotes, which ES modules imply and a bundle does not. */
  readonly firstLine: string
  /** Short names too, for a program that is parsed anew at each start; stack traces then need the source. */
  readonly shortNames?: boolean
  readonly plugins?: readonly Plugin[]
}

/**
 * Bundles an entry point and all its packages into one CommonJS file and returns the folders of the packages in it, in name
 * order. `EMBEDDED_VERSION` is the version in package.json and `import.meta.dirname` the bundle's own folder. Everything
 * imported by `await import()` is evaluated when that line is reached. The same sources give the same bytes.
 */
export const bundle = async (request: BundleRequest): Promise<readonly string[]> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [request.entry],
    outfile: request.output,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: request.target,
    // A require of a node: module leaves its lazy parts alone; as an ES module namespace it evaluates all of them.
    supported: { "dynamic-import": false },
    define: {
      EMBEDDED_VERSION: JSON.stringify(packageVersion()),
      "import.meta.dirname": "__dirname",
      "import.meta.filename": "__filename",
      // Packages ask for it; a bundle of one file is what they then see.
      "import.meta.url": "bundleUrl",
      ...request.define,
    },
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: request.shortNames ?? false,
    legalComments: "none",
    // One character beyond Latin-1 would make V8 keep the whole source with two bytes a character.
    charset: "ascii",
    metafile: true,
    logLevel: "warning",
    banner: {
      js: `${request.firstLine}\nconst bundleUrl = require("node:url").pathToFileURL(__filename).href;`,
    },
    plugins: [...(request.plugins ?? [])],
  })
  const folders = Object.keys(metafile.inputs).flatMap(
    path => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  )
  return [...new Set(folders)].sort().map(folder => join(root, folder))
}
