import type { WireFault } from "./fault.ts"
import { cursorAt, readValue, textOfBytes, type Value } from "./msgpack-read.ts"

/**
 * The named fields of one message. As in the library a field that is missing or nil is zero, and one that is not known is
 * ignored; a field of the wrong type or out of range makes the whole message unreadable. The first fault sticks.
 */
export class Fields {
  readonly end: number
  fault: WireFault | undefined
  readonly #map: ReadonlyMap<string, Value>

  constructor(bytes: Uint8Array, at: number) {
    const cursor = cursorAt(bytes, at)
    const value = readValue(cursor)
    this.end = cursor.at
    this.fault = cursor.fault
    const isMap = value instanceof Map
    if (!isMap) this.#note("field-type")
    this.#map = isMap ? value : new Map()
  }

  /** A whole number 0..max. */
  uint(name: string, max: number): number {
    const value = this.#map.get(name) ?? 0
    if (typeof value !== "number") return this.#note("field-type") ?? 0
    return value < 0 || value > max ? (this.#note("field-range") ?? 0) : value
  }

  flag(name: string): boolean {
    const value = this.#map.get(name) ?? false
    return typeof value === "boolean" ? value : (this.#note("field-type") ?? false)
  }

  /** At most `max` bytes. A list of small numbers is read as bytes too: some encoders write []uint8 so. */
  bytes(name: string, max: number): Uint8Array {
    const value = this.#map.get(name) ?? empty
    const bytes = value instanceof Uint8Array ? value : bytesOfList(value)
    if (bytes === undefined) return this.#note("field-type") ?? empty
    return bytes.length > max ? (this.#note("field-length") ?? empty) : bytes
  }

  text(name: string, max: number): string {
    return textOfBytes(this.bytes(name, max))
  }

  #note(fault: WireFault): undefined {
    this.fault ??= fault
    return undefined
  }
}

const empty = new Uint8Array(0)

const bytesOfList = (value: Value): Uint8Array | undefined => {
  if (!Array.isArray(value)) return undefined
  const isByte = (item: Value) => typeof item === "number" && item >= 0 && item <= 255
  return value.every(isByte) ? Uint8Array.from(value as readonly number[]) : undefined
}
