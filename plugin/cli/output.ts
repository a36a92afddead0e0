import type { Json } from "../cluster/json.ts"
import type { Terminal } from "../term/terminal.ts"
import type { Style } from "../view/style.ts"
import type { OutputFormat } from "./flags.ts"

/** Where a command says things. Results go to stdout, what is said beside them to stderr. */
export type Output = {
  readonly format: OutputFormat
  readonly style: Style
  readonly errorStyle: Style
  /** A result; silent with -qq. */
  readonly print: (text: string) => void
  /** Says how far things are, beside the result; silent with -q. On stdout, since it is what a person waits for. */
  readonly tell: (text: string) => void
  /** Lines on stderr that are no errors: warnings of the server, signs of life; silent with -q. */
  readonly note: (text: string) => void
  /** Errors; silent with -qq only. */
  readonly complain: (lines: readonly string[]) => void
  /** A document with apiVersion and kind, as JSON or YAML after the format. */
  readonly document: (value: Json) => Promise<void>
}

export type OutputSettings = {
  readonly terminal: Terminal
  readonly format: OutputFormat
  readonly quiet: number
  readonly style: Style
  readonly errorStyle: Style
}

export const createOutput = ({ terminal, format, quiet, style, errorStyle }: OutputSettings): Output => {
  const toOut = (limit: number) => (text: string) => {
    if (quiet < limit) terminal.out.write(`${text}\n`)
  }
  const isDocument = format === "json" || format === "yaml" || format === "name"
  const print = toOut(2)
  return {
    format,
    style,
    errorStyle,
    print,
    // Beside a document stdout carries nothing else, so that it can be piped.
    tell: text => {
      if (quiet > 0) return
      if (isDocument) terminal.err.write(`${text}\n`)
      else terminal.out.write(`${text}\n`)
    },
    note: text => {
      if (quiet === 0) terminal.err.write(`${text}\n`)
    },
    complain: lines => {
      if (quiet < 2) for (const line of lines) terminal.err.write(`${line}\n`)
    },
    document: async value => {
      const { toJsonText } = await import("../view/json-text.ts")
      if (format === "yaml") {
        const { toYaml } = await import("../cluster/yaml.ts")
        print(toYaml(value).trimEnd())
      } else print(toJsonText(value))
    },
  }
}
