import { nearest } from "../../cli/nearest.ts"
import { isList, isObject, type Json, type JsonObject } from "../json.ts"
import { withDefaults } from "./defaults.ts"
import type { Rule } from "./rules.ts"
import type { Schema } from "./schema.ts"

/** One thing for which the API server refuses an object, in its words after the field. */
export type Fault = { readonly field: string; readonly message: string }

export type Compile = (rule: string) => Rule

/**
 * What the API server says against the part of an object at `field` ("spec"). As there, rules are asked only of a value whose
 * form is right; fields that the schema does not have are refused as kubectl does.
 */
export const validate = (written: Json, schema: Schema, field: string, compile: Compile): readonly Fault[] => {
  const value = withDefaults(written, schema)
  const faults = formFaults(value, schema, field)
  return faults.length > 0 ? faults : ruleFaults(value, schema, field, compile)
}

const formFaults = (value: Json, schema: Schema, field: string): readonly Fault[] => {
  const wrong = typeFault(value, schema)
  if (wrong !== undefined) return [{ field, message: wrong }]
  const own = boundFaults(value, schema).map(message => ({ field, message }))
  if (isList(value)) return [...own, ...listFaults(value, schema, field)]
  return isObject(value) ? [...own, ...mapFaults(value, schema, field)] : own
}

const typeFault = (value: Json, { type }: Schema): string | undefined => {
  if (type === undefined) return undefined
  const found = typeOf(value)
  if (found === type || (type === "number" && found === "integer")) return undefined
  return `Invalid value: must be of type ${type}: ${found}`
}

const typeOf = (value: Json): string => {
  if (value === null || value === undefined) return "null"
  if (isList(value)) return "array"
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number"
  return typeof value === "bigint" ? "integer" : typeof value
}

const boundFaults = (value: Json, schema: Schema): readonly string[] => {
  const shown = JSON.stringify(value)
  const outside = (text: string) => `Invalid value: ${shown}: ${text}`
  const faults: string[] = []
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    faults.push(
      `Unsupported value: ${shown}: supported values: ${schema.enum.map(one => JSON.stringify(one)).join(", ")}`,
    )
  }
  if (typeof value === "number") {
    const { minimum, maximum } = schema
    if (minimum !== undefined && value < minimum) faults.push(outside(`should be greater than or equal to ${minimum}`))
    if (maximum !== undefined && value > maximum) faults.push(outside(`should be less than or equal to ${maximum}`))
  }
  if (typeof value === "string") {
    const { minLength, maxLength } = schema
    const length = [...value].length
    if (minLength !== undefined && length < minLength)
      faults.push(outside(`should be at least ${minLength} chars long`))
    if (maxLength !== undefined && length > maxLength) faults.push(`Too long: may not be more than ${maxLength} bytes`)
  }
  return faults
}

const listFaults = (list: readonly Json[], schema: Schema, field: string): readonly Fault[] => {
  const { minItems, maxItems, items } = schema
  const faults: Fault[] = []
  if (minItems !== undefined && list.length < minItems) {
    faults.push({ field, message: `Invalid value: ${list.length}: should have at least ${minItems} items` })
  }
  if (maxItems !== undefined && list.length > maxItems) {
    faults.push({ field, message: `Too many: ${list.length}: must have at most ${maxItems} items` })
  }
  if (schema["x-kubernetes-list-type"] === "set") {
    for (const [index, item] of list.entries()) {
      if (list.indexOf(item) === index) continue
      faults.push({ field: `${field}[${index}]`, message: `Duplicate value: ${JSON.stringify(item)}` })
    }
  }
  if (items === undefined) return faults
  return [...faults, ...list.flatMap((item, index) => formFaults(item, items, `${field}[${index}]`))]
}

const mapFaults = (map: JsonObject, schema: Schema, field: string): readonly Fault[] => {
  const { properties, additionalProperties } = schema
  const missing = (schema.required ?? []).filter(key => !Object.hasOwn(map, key))
  const inside = Object.entries(map).flatMap(([key, item]) => {
    const inner = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : additionalProperties
    if (inner !== undefined) return formFaults(item, inner, `${field}.${key}`)
    return properties === undefined ? [] : [unknownField(key, Object.keys(properties), field)]
  })
  return [...missing.map(key => ({ field: `${field}.${key}`, message: "Required value" })), ...inside]
}

const unknownField = (key: string, known: readonly string[], field: string): Fault => {
  const near = nearest(key, known)
  const hint = near === undefined ? `; known are ${[...known].sort().join(", ")}` : `; the nearest one is ${near}`
  return { field: `${field}.${key}`, message: `unknown field${hint}` }
}

const ruleFaults = (value: Json, schema: Schema, field: string, compile: Compile): readonly Fault[] => {
  const own = (schema["x-kubernetes-validations"] ?? [])
    // What only a change can break has nothing to say about an object that is new.
    .filter(({ rule }) => !/\boldSelf\b/.test(rule))
    .filter(({ rule }) => compile(rule)(value) !== true)
    .map(({ message, fieldPath = "" }) => ({ field: `${field}${fieldPath}`, message: `Invalid value: ${message}` }))
  if (isList(value)) {
    const { items = {} } = schema
    return [...own, ...value.flatMap((item, index) => ruleFaults(item, items, `${field}[${index}]`, compile))]
  }
  if (!isObject(value)) return own
  const inside = Object.entries(value).flatMap(([key, item]) => {
    const inner = schema.properties?.[key] ?? schema.additionalProperties
    return inner === undefined ? [] : ruleFaults(item, inner, `${field}.${key}`, compile)
  })
  return [...own, ...inside]
}
