import yargs, { type Options } from "yargs"
import type { Command, FlagSpec } from "./command.ts"
import { Failure } from "./failure.ts"
import { Flags, globalFlags } from "./flags.ts"
import { nearest } from "./nearest.ts"

export type Parsed = { readonly flags: Flags; readonly arguments: readonly string[] }

/**
 * Reads the words after the command's name. Flags may stand anywhere; everything after "--" is an argument.
 * Throws a Failure (exit 2) that names every unknown flag with the nearest known one.
 */
export const parseArguments = (command: Command, words: readonly string[]): Parsed => {
  const specs = [...globalFlags, ...command.flags]
  const usageOf = `kubectl metallb ${command.name}`
  const faults: string[] = []
  const parsed = yargs(separateValues(words, specs))
    .scriptName("kubectl metallb")
    .detectLocale(false)
    .parserConfiguration({
      "camel-case-expansion": false,
      "dot-notation": false,
      "boolean-negation": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "short-option-groups": true,
      "duplicate-arguments-array": true,
      "flatten-duplicate-arrays": false,
      "greedy-arrays": false,
    })
    .options(Object.fromEntries(specs.map(spec => [spec.name, optionOf(spec)])))
    .help(false)
    .version(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string) => {
      faults.push(message)
    })
    .parseSync()
  const known = new Set(specs.flatMap(({ name, short }) => (short === undefined ? [name] : [name, short])))
  const unknown = Object.keys(parsed).filter(key => key !== "_" && key !== "$0" && !known.has(key))
  if (unknown.length > 0) throw unknownFlags(unknown, specs, usageOf)
  if (faults.length > 0) throw new Failure(2, ...faults.map(message => ({ message: lowerFirst(message), usageOf })))
  const values = new Map(
    specs.flatMap(spec => {
      const given = valuesOf(spec, parsed[spec.name])
      return given.length === 0 ? [] : [[spec.name, given] as const]
    }),
  )
  checkChoices(specs, values, usageOf)
  const given = parsed._.map(String)
  checkArguments(command, given, usageOf)
  return { flags: new Flags(specs, values), arguments: given }
}

const optionOf = (spec: FlagSpec): Options => ({
  ...(spec.short === undefined ? {} : { alias: spec.short }),
  ...(spec.kind === "switch"
    ? { type: "boolean" as const }
    : spec.kind === "count"
      ? { type: "count" as const }
      : { type: "string" as const, requiresArg: true }),
})

/** "-ojson" and a bare "--dry-run", which other tools of kubectl's family take, in the form that yargs reads. */
export const separateValues = (words: readonly string[], specs: readonly FlagSpec[]): readonly string[] => {
  const end = words.indexOf("--")
  const before = end < 0 ? words : words.slice(0, end)
  return [...before.flatMap(word => separate(word, specs)), ...(end < 0 ? [] : words.slice(end))]
}

const separate = (word: string, specs: readonly FlagSpec[]): readonly string[] => {
  const bare = specs.find(({ kind, name }) => kind === "optional" && word === `--${name}`)
  if (bare?.bare !== undefined) return [`--${bare.name}=${bare.bare}`]
  const attached = /^-([a-zA-Z])=?(.+)$/.exec(word)
  const spec = specs.find(({ short }) => short !== undefined && short === attached?.[1])
  if (attached === null || spec === undefined || spec.kind === "switch" || spec.kind === "count") return [word]
  return [`--${spec.name}=${attached[2]}`]
}

const valuesOf = (spec: FlagSpec, value: unknown): readonly string[] => {
  if (value === undefined) return []
  if (spec.kind === "switch") return [String(Array.isArray(value) ? value.at(-1) : value)]
  if (spec.kind === "count") return Array.from({ length: Number(value) }, () => "true")
  return (Array.isArray(value) ? value : [value]).map(String)
}

const checkChoices = (specs: readonly FlagSpec[], values: ReadonlyMap<string, readonly string[]>, usageOf: string) => {
  const faults = specs.flatMap(({ name, choices }) =>
    (values.get(name) ?? []).flatMap(value => {
      if (choices === undefined || choices.includes(value)) return []
      const near = nearest(value, choices)
      return [
        {
          message: `--${name} does not know "${value}"`,
          where: `--${name}=${value}`,
          fix: near === undefined ? `one of ${choices.join(", ")}` : `--${name}=${near}`,
          usageOf,
        },
      ]
    }),
  )
  if (faults.length > 0) throw new Failure(2, ...faults)
}

const checkArguments = (command: Command, given: readonly string[], usageOf: string) => {
  const required = command.arguments.filter(name => !name.startsWith("["))
  const open = command.arguments.some(name => name.endsWith("..."))
  const missing = required[given.length]
  if (missing !== undefined)
    throw new Failure(2, {
      message: `${command.name} needs ${missing}`,
      fix: `kubectl metallb ${command.name} ${command.arguments.join(" ")}`,
      usageOf,
    })
  const extra = given[command.arguments.length]
  if (extra !== undefined && !open)
    throw new Failure(2, { message: `${command.name} does not know what to do with "${extra}"`, usageOf })
}

const unknownFlags = (unknown: readonly string[], specs: readonly FlagSpec[], usageOf: string): Failure =>
  new Failure(
    2,
    ...unknown.map(name => {
      const near = nearest(
        name,
        specs.map(spec => spec.name),
      )
      const dashes = name.length === 1 ? "-" : "--"
      return {
        message: `unknown flag ${dashes}${name}`,
        ...(near === undefined ? {} : { fix: `--${near}` }),
        usageOf,
      }
    }),
  )

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1)
