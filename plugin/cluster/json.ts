/** A JSON value as the API sends it. bigint stands for whole numbers beyond 2^53 and is written as a plain number. */
export type Json =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly Json[]
  | { readonly [key: string]: Json }

export type JsonObject = { readonly [key: string]: Json }

/** The value at a path of keys and positions; undefined as soon as a step is not there. */
export const at = (value: Json, ...path: readonly (string | number)[]): Json => {
  let here: Json = value
  for (const step of path) {
    if (typeof here !== "object" || here === null) return undefined
    here = isList(here)
      ? typeof step === "number"
        ? here[step]
        : undefined
      : Object.hasOwn(here, step)
        ? here[step]
        : undefined
  }
  return here
}

export const textAt = (value: Json, ...path: readonly (string | number)[]): string => {
  const found = at(value, ...path)
  return typeof found === "string" ? found : ""
}

export const numberAt = (value: Json, ...path: readonly (string | number)[]): number => {
  const found = at(value, ...path)
  return typeof found === "number" ? found : 0
}

export const listAt = (value: Json, ...path: readonly (string | number)[]): readonly Json[] => {
  const found = at(value, ...path)
  return isList(found) ? found : []
}

export const mapAt = (value: Json, ...path: readonly (string | number)[]): JsonObject => {
  const found = at(value, ...path)
  return isObject(found) ? found : {}
}

export const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !isList(value)

export const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
