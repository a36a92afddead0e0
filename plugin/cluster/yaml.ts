import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, parseDocument, stringify } from "yaml"
import { yamlReader } from "../../agent/core/yaml/read.ts"
import type { Json } from "./json.ts"

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

/** The documents of a text with several, empty ones left out; throws an Error with line and column for what is no YAML. */
export const readDocuments = (text: string): readonly Json[] =>
  parseAllDocuments(text).flatMap(document => {
    const fault = document.errors[0]
    if (fault !== undefined) throw fault
    const value: unknown = document.toJS()
    return value === null || value === undefined ? [] : [value as Json]
  })

/**
 * A value as YAML the way Kubernetes' tools write it: two spaces, no folded lines, no anchors. Those tools read YAML 1.1, so
 * that texts such as yes, 010 and 65535:65281 need quotes.
 */
export const toYaml = (value: Json): string =>
  stringify(value, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false, indentSeq: false })
