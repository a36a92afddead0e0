import type { Facts } from "../outcome.ts"
import type { ReasonCode } from "../reasons.ts"
import type { Position, YamlEntry, YamlNode } from "../yaml/tree.ts"
import { nearest } from "./nearest.ts"

/** What a place in a YAML text may hold. */
export type Shape =
  | { readonly kind: "any" }
  | { readonly kind: "text" }
  | { readonly kind: "flag" }
  | { readonly kind: "whole"; readonly least: number; readonly most: number }
  | { readonly kind: "choice"; readonly values: readonly string[] }
  | { readonly kind: "duration" }
  | { readonly kind: "list"; readonly of: Shape }
  | { readonly kind: "texts-by-key" }
  | { readonly kind: "map"; readonly keys: Readonly<Record<string, Shape>>; readonly required: readonly string[] }

/** One place where a text departs from its shape. */
export type Finding = {
  readonly severity: "error" | "warning"
  readonly reason: ReasonCode
  readonly at: Position
  readonly message: string
  readonly facts: Facts
}

/**
 * Compares a tree with a shape. Unknown keys are warnings with the nearest known key; values of another type or outside
 * the allowed ones and missing required keys are errors. A key without a value counts as absent. `path` is where the tree
 * hangs: "address-pools[0]".
 */
export const findings = (node: YamlNode, shape: Shape, path: string): readonly Finding[] => {
  switch (shape.kind) {
    case "any":
      return []
    case "list":
      return node.kind === "list"
        ? node.items.flatMap((item, index) => findings(item, shape.of, `${path}[${index}]`))
        : [wrongType(node, path, 'a list, one "- " entry a line')]
    case "map":
      return node.kind === "map" ? mapFindings(node, shape, path) : [wrongType(node, path, "a map of keys and values")]
    case "texts-by-key":
      return node.kind === "map"
        ? node.entries.flatMap(entry => findings(entry.value, { kind: "text" }, `${path}.${entry.key}`))
        : [wrongType(node, path, "a map of keys and values")]
    default:
      return scalarFits(node, shape) ? [] : [wrongType(node, path, allowedBy(shape))]
  }
}

/** The value of a key, undefined where the key is missing or has no value. */
export const childOf = (node: YamlNode, key: string): YamlNode | undefined => {
  const entry = node.kind === "map" ? node.entries.find(entry => entry.key === key) : undefined
  return entry === undefined || isNothing(entry.value) ? undefined : entry.value
}

/** The text of a key's scalar, as written. */
export const textOf = (node: YamlNode, key: string): string | undefined => {
  const value = childOf(node, key)
  return value?.kind === "scalar" ? value.text : undefined
}

/**
 * A boolean as the YAML 1.1 of MetalLB's time reads it, where yes, no, on and off count too; undefined for anything else.
 */
export const flagOf = (node: YamlNode): boolean | undefined => {
  if (node.kind !== "scalar") return undefined
  const word = node.text.toLowerCase()
  if (["true", "yes", "on", "y"].includes(word)) return true
  return ["false", "no", "off", "n"].includes(word) ? false : undefined
}

const isNothing = (node: YamlNode): boolean => node.kind === "scalar" && node.value === null

const mapFindings = (
  node: YamlNode & { kind: "map" },
  shape: Shape & { kind: "map" },
  path: string,
): readonly Finding[] => {
  const allowed = Object.keys(shape.keys)
  const found: Finding[] = []
  for (const entry of node.entries) {
    const inner = shape.keys[entry.key]
    if (inner === undefined || !allowed.includes(entry.key)) found.push(unknownKey(entry, path, allowed))
    else if (!isNothing(entry.value)) found.push(...findings(entry.value, inner, join(path, entry.key)))
  }
  for (const key of shape.required) {
    if (childOf(node, key) !== undefined) continue
    const message = `${path === "" ? "the text" : path} has no ${key}`
    found.push({ severity: "error", reason: "ML244", at: node.at, message, facts: { path, key } })
  }
  return found
}

const unknownKey = (entry: YamlEntry, path: string, allowed: readonly string[]): Finding => {
  const meant = nearest(entry.key, allowed)
  const hint = meant === undefined ? `allowed keys are ${allowed.join(", ")}` : `perhaps "${meant}" is meant`
  return {
    severity: "warning",
    reason: "ML242",
    at: entry.at,
    message: `unknown key "${entry.key}"${path === "" ? "" : ` in ${path}`}; ${hint}`,
    facts: { path: join(path, entry.key), key: entry.key, allowed, ...(meant === undefined ? {} : { meant }) },
  }
}

const wrongType = (node: YamlNode, path: string, allowed: string): Finding => ({
  severity: "error",
  reason: "ML243",
  at: node.at,
  message: `${path === "" ? "the text" : path} is ${describe(node)}; allowed is ${allowed}`,
  facts: { path, allowed },
})

const describe = (node: YamlNode): string => {
  if (node.kind !== "scalar") return `a ${node.kind}`
  if (node.value === null) return "empty"
  return `"${node.text.length > 40 ? `${node.text.slice(0, 40)}…` : node.text}"`
}

type ScalarShape = Exclude<Shape, { kind: "any" | "list" | "map" | "texts-by-key" }>

const scalarFits = (node: YamlNode, shape: ScalarShape): boolean => {
  if (node.kind !== "scalar" || node.value === null) return false
  switch (shape.kind) {
    case "text":
      return node.text !== ""
    case "flag":
      return flagOf(node) !== undefined
    case "whole":
      return Number.isInteger(node.value) && Number(node.value) >= shape.least && Number(node.value) <= shape.most
    case "choice":
      return shape.values.includes(node.text)
    case "duration":
      return /^([0-9]{1,12}(\.[0-9]{1,12})?(ns|us|µs|ms|s|m|h)){1,6}$|^0$/.test(node.text)
  }
}

const allowedBy = (shape: ScalarShape): string => {
  switch (shape.kind) {
    case "text":
      return "text"
    case "flag":
      return "true or false"
    case "whole":
      return `a whole number from ${shape.least} to ${shape.most}`
    case "choice":
      return shape.values.join(" or ")
    case "duration":
      return "a duration such as 90s or 1m30s"
  }
}

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`)
