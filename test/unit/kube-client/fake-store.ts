export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type Stored = {
  metadata: Record<string, Json> & { name: string; namespace?: string; resourceVersion: string; uid: string }
  [key: string]: Json
}

export type StoreChange = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED"
  readonly object: Stored
  readonly revision: number
}

const isMap = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** RFC 7396. */
export const mergeJson = (target: Json | undefined, patch: Json): Json => {
  if (!isMap(patch)) return patch
  const merged: Record<string, Json> = isMap(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergeJson(merged[key], value)
  }
  return merged
}

/** The objects of one fake server with a history, as etcd keeps them. */
export class FakeStore {
  readonly #objects = new Map<string, Map<string, Stored>>()
  readonly #listeners = new Set<(collection: string, change: StoreChange) => void>()
  readonly history: { readonly collection: string; readonly change: StoreChange }[] = []
  revision = 100
  /** Versions up to this one can no longer be watched from. */
  compacted = 0
  #uid = 0

  #of(collection: string): Map<string, Stored> {
    const known = this.#objects.get(collection)
    if (known !== undefined) return known
    const made = new Map<string, Stored>()
    this.#objects.set(collection, made)
    return made
  }

  list(collection: string): readonly Stored[] {
    return [...this.#of(collection)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
  }

  get(collection: string, key: string): Stored | undefined {
    return this.#of(collection).get(key)
  }

  listen(listener: (collection: string, change: StoreChange) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #emit(collection: string, change: StoreChange): void {
    this.history.push({ collection, change })
    for (const listener of this.#listeners) listener(collection, change)
  }

  /** Creates or replaces. Keeps uid and creation time of what was there. */
  put(
    collection: string,
    written: { readonly metadata: { readonly name: string; readonly namespace?: string } },
  ): Stored {
    const key = keyOf(written.metadata)
    const known = this.#of(collection).get(key)
    const copy = structuredClone(written) as unknown as Stored
    // A write that changes nothing makes no new version, as on a real server.
    if (known !== undefined && JSON.stringify(known) === JSON.stringify(copy)) return known
    this.revision++
    const object: Stored = {
      ...copy,
      metadata: {
        creationTimestamp: "2026-01-01T00:00:00Z",
        ...copy.metadata,
        uid: known?.metadata.uid ?? `uid-${++this.#uid}`,
        resourceVersion: String(this.revision),
      },
    }
    this.#of(collection).set(key, object)
    this.#emit(collection, { type: known === undefined ? "ADDED" : "MODIFIED", object, revision: this.revision })
    return object
  }

  remove(collection: string, key: string): boolean {
    const object = this.#of(collection).get(key)
    if (object === undefined) return false
    this.#of(collection).delete(key)
    this.revision++
    const last: Stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.revision) } }
    this.#emit(collection, { type: "DELETED", object: last, revision: this.revision })
    return true
  }
}

export const keyOf = (metadata: { readonly name: string; readonly namespace?: string }): string =>
  metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`
