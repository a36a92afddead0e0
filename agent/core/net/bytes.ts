import type { Address } from "../ip/address.ts"
import { bitsOf } from "../ip/address.ts"

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: false })

/** Writes big-endian fields into one packet of at most `most` bytes. Writing past them throws: the caller bounds what it puts in. */
export class ByteWriter {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(most: number) {
    this.#bytes = new Uint8Array(most)
  }

  u8(value: number): this {
    return this.#number(value, 1)
  }

  u16(value: number): this {
    return this.#number(value, 2)
  }

  u32(value: number): this {
    return this.#number(value, 4)
  }

  /** 0..2^48-1: milliseconds since the epoch until the year 10889, and sequences. */
  u48(value: number): this {
    return this.#number(value, 6)
  }

  raw(bytes: Uint8Array): this {
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
    return this
  }

  /** Length in one byte, then UTF-8: at most 255 bytes. */
  text(value: string): this {
    const bytes = encoder.encode(value)
    return this.#number(bytes.length, 1).raw(bytes)
  }

  /** 4 or 6, then 4 or 16 bytes. */
  address(value: Address): this {
    const length = bitsOf(value.family) / 8
    this.u8(value.family === "IPv4" ? 4 : 6)
    for (let shift = length - 1; shift >= 0; shift -= 1) this.u8(Number((value.value >> BigInt(shift * 8)) & 255n))
    return this
  }

  get length(): number {
    return this.#at
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }

  #number(value: number, length: number): this {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** length) {
      throw new RangeError(`a field of ${length} bytes holds 0 to ${256 ** length - 1}, not ${value}`)
    }
    if (this.#at + length > this.#bytes.length) throw new RangeError(`this packet holds ${this.#bytes.length} bytes`)
    let rest = value
    for (let at = length - 1; at >= 0; at -= 1) {
      this.#bytes[this.#at + at] = rest % 256
      rest = Math.floor(rest / 256)
    }
    this.#at += length
    return this
  }
}

/** Reads big-endian fields. Once a field does not fit, it and every later one is undefined: one check at the end is enough. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at = 0
  #short = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** True where every field read so far was there. */
  get whole(): boolean {
    return !this.#short
  }

  get left(): number {
    return this.#short ? 0 : this.#bytes.length - this.#at
  }

  get at(): number {
    return this.#at
  }

  u8(): number {
    return this.#number(1)
  }

  u16(): number {
    return this.#number(2)
  }

  u32(): number {
    return this.#number(4)
  }

  u48(): number {
    return this.#number(6)
  }

  /** `length` bytes as a view; empty where they are not all there. */
  raw(length: number): Uint8Array {
    if (length > this.left) {
      this.#short = true
      return this.#bytes.subarray(0, 0)
    }
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  text(): string {
    return decoder.decode(this.raw(this.u8()))
  }

  /** Undefined where the family is neither 4 nor 6, which counts as short. */
  address(): Address | undefined {
    const family = this.u8()
    if (family !== 4 && family !== 6) {
      this.#short = true
      return undefined
    }
    let value = 0n
    for (const byte of this.raw(family === 4 ? 4 : 16)) value = (value << 8n) | BigInt(byte)
    return this.#short ? undefined : { family: family === 4 ? "IPv4" : "IPv6", value }
  }

  #number(length: number): number {
    let value = 0
    for (const byte of this.raw(length)) value = value * 256 + byte
    return value
  }
}
