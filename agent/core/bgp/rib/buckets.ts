import type { Cidr } from "../../ip/cidr.ts"

/**
 * Values by prefix, all of one family. A value itself: what changes one entry copies one of 256 parts and leaves the rest
 * shared, so that a step costs the same whether a table has five routes or five thousand. BOUNDED by what is put in.
 */
export type Buckets<T> = { readonly size: number; readonly parts: Parts<T> }

type Parts<T> = readonly (ReadonlyMap<PrefixKey, T> | undefined)[]

/** Numbers are made and found several times as fast as texts, of which a full table needs a hundred thousand at once. */
export type PrefixKey = number | string

const count = 256

export const emptyBuckets = <T>(): Buckets<T> => ({ size: 0, parts: [] })

/** The same for the same prefix of one family: 38 bits of a number for IPv4, a text for IPv6. */
export const prefixKey = ({ base, length }: Cidr): PrefixKey =>
  base.family === "IPv4" ? Number(base.value) * 64 + length : `${base.value.toString(16)}/${length}`

/** The last eight bits of the prefix: neighbours lie in different parts. */
const partOf = ({ base, length }: Cidr): number =>
  base.family === "IPv4"
    ? (Number(base.value) >>> (32 - length)) & (count - 1)
    : Number(BigInt.asUintN(8, base.value >> BigInt(128 - length)))

export const valueAt = <T>({ size, parts }: Buckets<T>, prefix: Cidr): T | undefined =>
  size === 0 ? undefined : parts[partOf(prefix)]?.get(prefixKey(prefix))

/** In no order that means anything. */
export function* valuesOf<T>({ parts }: Buckets<T>): Generator<T> {
  for (const part of parts) if (part !== undefined) yield* part.values()
}

export const bucketsOf = <T>(values: Iterable<T>, prefixOf: (value: T) => Cidr): Buckets<T> => {
  const edit = new BucketEdit(emptyBuckets<T>())
  for (const value of values) edit.set(prefixOf(value), value)
  return edit.done()
}

/** Several changes to one table: each part is copied at its first change. */
export class BucketEdit<T> {
  readonly #base: Parts<T>
  readonly #parts: (ReadonlyMap<PrefixKey, T> | undefined)[]
  /** By the number of the part, once it is copied. */
  readonly #own: (Map<PrefixKey, T> | undefined)[] = []
  #size: number

  constructor({ size, parts }: Buckets<T>) {
    this.#base = parts
    this.#parts = parts.slice()
    this.#size = size
  }

  get(prefix: Cidr): T | undefined {
    if (this.#size === 0) return undefined
    return this.#parts[partOf(prefix)]?.get(prefixKey(prefix))
  }

  set(prefix: Cidr, value: T): void {
    const part = this.#ownPart(partOf(prefix))
    const before = part.size
    part.set(prefixKey(prefix), value)
    this.#size += part.size - before
  }

  delete(prefix: Cidr): void {
    if (this.#size === 0) return
    const at = partOf(prefix)
    if (this.#parts[at]?.has(prefixKey(prefix)) !== true) return
    this.#ownPart(at).delete(prefixKey(prefix))
    this.#size -= 1
  }

  done(): Buckets<T> {
    return { size: this.#size, parts: this.#own.length === 0 ? this.#base : this.#parts }
  }

  #ownPart(at: number): Map<PrefixKey, T> {
    const known = this.#own[at]
    if (known !== undefined) return known
    const own = new Map(this.#parts[at])
    this.#own[at] = own
    while (this.#parts.length < at) this.#parts.push(undefined)
    this.#parts[at] = own
    return own
  }
}
