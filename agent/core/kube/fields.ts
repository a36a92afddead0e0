import type { LabelMap, Malformed } from "../model.ts"

type JsonObject = Readonly<Record<string, unknown>>

/**
 * Reads fields of one JSON object. A missing or null field gives the default, as it does for the API server; a field of the
 * wrong type gives the default too and is noted in the list that the whole object shares, BOUNDED by the object's own size.
 */
export class Fields {
  readonly #object: JsonObject
  readonly #path: string
  readonly #noted: Malformed[]

  constructor(object: unknown, path: string, noted: Malformed[]) {
    this.#path = path
    this.#noted = noted
    this.#object = isObject(object) ? object : {}
    if (!isObject(object) && object !== undefined && object !== null) this.#note(path, "an object", object)
  }

  has(key: string): boolean {
    return this.#get(key) !== undefined
  }

  text(key: string, fallback = ""): string {
    return this.optionalText(key) ?? fallback
  }

  optionalText(key: string): string | undefined {
    const value = this.#get(key)
    if (value === undefined || typeof value === "string") return value
    this.#note(this.#pathOf(key), "text", value)
    return undefined
  }

  /** Whether a text that is not empty stands there. A value of another type is noted, but never shown: it may be a secret. */
  hasText(key: string): boolean {
    const value = this.#get(key)
    if (value !== undefined && typeof value !== "string") {
      this.#noted.push({ field: this.#pathOf(key), message: "found something else, allowed is text" })
    }
    return typeof value === "string" && value !== ""
  }

  optionalFlag(key: string): boolean | undefined {
    const value = this.#get(key)
    if (value === undefined || typeof value === "boolean") return value
    this.#note(this.#pathOf(key), "true or false", value)
    return undefined
  }

  flag(key: string, fallback: boolean): boolean {
    return this.optionalFlag(key) ?? fallback
  }

  whole(key: string, fallback: number): number {
    const value = this.#get(key)
    if (value === undefined) return fallback
    if (typeof value === "number" && Number.isSafeInteger(value)) return value
    this.#note(this.#pathOf(key), "a whole number", value)
    return fallback
  }

  optionalWhole(key: string): number | undefined {
    return this.#get(key) === undefined ? undefined : this.whole(key, 0)
  }

  /** Any number that JSON can carry; above 2^53 it is not exact. */
  optionalNumber(key: string): number | undefined {
    const value = this.#get(key)
    if (value === undefined || typeof value === "number") return value
    this.#note(this.#pathOf(key), "a number", value)
    return undefined
  }

  /** Names of the fields of a map, whatever their values. */
  keys(key: string): readonly string[] {
    const value = this.#get(key)
    return isObject(value) ? Object.keys(value).sort() : []
  }

  /** Milliseconds since the epoch of an RFC 3339 time; 0 where there is none. */
  time(key: string): number {
    const text = this.optionalText(key)
    if (text === undefined) return 0
    const time = Date.parse(text)
    if (!Number.isNaN(time)) return time
    this.#note(this.#pathOf(key), "a time such as 2026-01-31T12:00:00Z", text)
    return 0
  }

  texts(key: string): readonly string[] {
    return this.#list(key).flatMap((value, index) => {
      if (typeof value === "string") return [value]
      this.#note(`${this.#pathOf(key)}[${index}]`, "text", value)
      return []
    })
  }

  /** A map of texts, with only the keys that `keep` accepts. */
  map(key: string, keep: (key: string) => boolean = () => true): LabelMap {
    const value = this.#get(key)
    if (value === undefined) return {}
    if (!isObject(value)) {
      this.#note(this.#pathOf(key), "a map", value)
      return {}
    }
    const entries: [string, string][] = []
    for (const [name, text] of Object.entries(value)) {
      if (!keep(name)) continue
      if (typeof text === "string") entries.push([name, text])
      else this.#note(`${this.#pathOf(key)}[${name}]`, "text", text)
    }
    return Object.fromEntries(entries)
  }

  child(key: string): Fields {
    return new Fields(this.#get(key), this.#pathOf(key), this.#noted)
  }

  children(key: string): readonly Fields[] {
    return this.#list(key).map((value, index) => new Fields(value, `${this.#pathOf(key)}[${index}]`, this.#noted))
  }

  #get(key: string): unknown {
    return Object.hasOwn(this.#object, key) ? (this.#object[key] ?? undefined) : undefined
  }

  #list(key: string): readonly unknown[] {
    const value = this.#get(key)
    if (value === undefined) return []
    if (Array.isArray(value)) return value
    this.#note(this.#pathOf(key), "a list", value)
    return []
  }

  #pathOf(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`
  }

  #note(field: string, wanted: string, value: unknown): void {
    this.#noted.push({ field, message: `found ${describe(value)}, allowed is ${wanted}` })
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const describe = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (Array.isArray(value)) return "a list"
  return typeof value === "object" && value !== null ? "a map" : String(value)
}
