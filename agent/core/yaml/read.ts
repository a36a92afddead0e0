import { build } from "./build.ts"
import type { YamlLibrary } from "./library.ts"
import type { ParseYaml } from "./tree.ts"

/** The API server takes no object over 1.5 MiB; a configuration of more than 1 Mi characters is no configuration. */
export const longestText = 1 << 20

/** Makes the core's reader out of a library: one document, no repeated keys, aliases expanded within bounds. */
export const yamlReader =
  (library: YamlLibrary): ParseYaml =>
  text => {
    const start = { line: 1, column: 1 }
    if (text.length > longestText) {
      return { ok: false, at: start, message: `the text has ${text.length} characters, allowed are ${longestText}` }
    }
    const document = library.parse(text)
    const error = document.errors[0]
    if (error !== undefined) return { ok: false, at: document.positionOf(error.pos[0]), message: textOf(error) }
    return build(document, library)
  }

/** The `yaml` package reports an exhausted stack under this code; the words of the engine mean nothing to a reader. */
const textOf = (error: { readonly code: string; readonly message: string }): string =>
  error.code === "RESOURCE_EXHAUSTION" ? "nested too deeply" : (error.message.split("\n", 1)[0] ?? error.message)
