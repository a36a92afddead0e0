import { bitsOf } from "../../ip/address.ts"
import type { Cidr } from "../../ip/cidr.ts"

/**
 * Values by prefix, all of one family. A value itself: what changes one entry copies one of 256 parts and leaves the rest
 * shared, so that a step costs the same whether a table has five routes or five thousand. BOUNDED by what is put in.
 */
export type Buckets<T> = { readonly size: number; readonly parts: Parts<T> }

type Parts<T> = readonly (ReadonlyMap<string, T> | undefined)[]

const count = 256

export const emptyBuckets = <T>(): Buckets<T> => ({ size: 0, parts: [] })

/** The same text for the same prefix of one family. */
export const prefixKey = ({ base, length }: Cidr): string => `${base.value.toString(16)}/${length}`

/** The last eight bits of the prefix: neighbours lie in different parts. */
const partOf = ({ base, length }: Cidr): number =>
  Number((base.value >> BigInt(bitsOf(base.family) - length)) & BigInt(count - 1))

export const valueAt = <T>({ parts }: Buckets<T>, prefix: Cidr): T | undefined =>
  parts[partOf(prefix)]?.get(prefixKey(prefix))

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
  readonly #parts: (ReadonlyMap<string, T> | undefined)[]
  readonly #own = new Map<number, Map<string, T>>()
  #size: number

  constructor({ size, parts }: Buckets<T>) {
    this.#base = parts
    this.#parts = parts.slice()
    this.#size = size
  }

  get(prefix: Cidr): T | undefined {
    return this.#parts[partOf(prefix)]?.get(prefixKey(prefix))
  }

  set(prefix: Cidr, value: T): void {
    const part = this.#ownPart(partOf(prefix))
    const before = part.size
    part.set(prefixKey(prefix), value)
    this.#size += part.size - before
  }

  delete(prefix: Cidr): void {
    const at = partOf(prefix)
    if (this.#parts[at]?.has(prefixKey(prefix)) !== true) return
    this.#ownPart(at).delete(prefixKey(prefix))
    this.#size -= 1
  }

  done(): Buckets<T> {
    return { size: this.#size, parts: this.#own.size === 0 ? this.#base : this.#parts }
  }

  #ownPart(at: number): Map<string, T> {
    const own = this.#own.get(at) ?? new Map(this.#parts[at])
    this.#own.set(at, own)
    while (this.#parts.length < at) this.#parts.push(undefined)
    this.#parts[at] = own
    return own
  }
}
