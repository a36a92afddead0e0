import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml"
import { yamlReader } from "../../agent/core/yaml/read.ts"

/** YAML for the plugin: the `yaml` package behind the core's reader, as agent/ports/yaml.ts has it for the agent. */
export const parseYaml = yamlReader({
  parse: text => {
    const lineCounter = new LineCounter()
    const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false })
    return {
      errors: document.errors,
      root: document.contents,
      positionOf: offset => {
        const { line, col } = lineCounter.linePos(offset)
        return { line, column: col }
      },
    }
  },
  isMap,
  isSeq,
  isScalar,
  isAlias,
})
