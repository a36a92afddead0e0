import type { ParsedDocument, YamlLibrary } from "./library.ts"
import type { ParseYaml, Position, YamlEntry, YamlNode } from "./tree.ts"

/** BOUNDED: nodes of the tree with aliases expanded, and levels of nesting; far beyond any configuration. */
const mostNodes = 200_000
const mostLevels = 64

class Unbuildable {
  readonly at: Position
  readonly message: string
  constructor(at: Position, message: string) {
    this.at = at
    this.message = message
  }
}

type Built = { readonly node: YamlNode; readonly size: number }

/** Turns a parsed document into a tree with positions. An empty document is the scalar null. */
export const build = (document: ParsedDocument, library: YamlLibrary): ReturnType<ParseYaml> => {
  const builder = new Builder(document, library)
  const built = builder.read(document.root, { line: 1, column: 1 }, 0)
  return built instanceof Unbuildable
    ? { ok: false, at: built.at, message: built.message }
    : { ok: true, root: built.node }
}

class Builder {
  readonly #document: ParsedDocument
  readonly #library: YamlLibrary
  /** BOUNDED by the anchors of the text. */
  readonly #anchors = new Map<string, Built>()
  #nodes = 0

  constructor(document: ParsedDocument, library: YamlLibrary) {
    this.#document = document
    this.#library = library
  }

  read(source: unknown, parent: Position, level: number): Built | Unbuildable {
    const at = this.#positionOf(source, parent)
    if (level > mostLevels) return new Unbuildable(at, `nested deeper than ${mostLevels} levels`)
    const built = this.#library.isAlias(source) ? this.#follow(source.source, at) : this.#readPlain(source, at, level)
    if (built instanceof Unbuildable) return built
    const anchor = textField(source, "anchor")
    if (anchor !== undefined && !this.#library.isAlias(source)) this.#anchors.set(anchor, built)
    return built
  }

  #readPlain(source: unknown, at: Position, level: number): Built | Unbuildable {
    this.#nodes += 1
    if (this.#nodes > mostNodes) return new Unbuildable(at, `more than ${mostNodes} values`)
    if (this.#library.isMap(source)) return this.#readMap(source.items, at, level)
    if (this.#library.isSeq(source)) return this.#readList(source.items, at, level)
    if (this.#library.isScalar(source)) return { node: scalar(source.value, source.source, at), size: 1 }
    return { node: scalar(null, "", at), size: 1 }
  }

  /** An alias shares the node of its anchor, but counts in full: readers walk it as often as it is mentioned. */
  #follow(name: string, at: Position): Built | Unbuildable {
    const anchored = this.#anchors.get(name)
    if (anchored === undefined) return new Unbuildable(at, `alias *${name} has no anchor before it`)
    this.#nodes += anchored.size
    return this.#nodes > mostNodes
      ? new Unbuildable(at, `more than ${mostNodes} values with aliases expanded`)
      : anchored
  }

  #readList(sources: readonly unknown[], at: Position, level: number): Built | Unbuildable {
    const items: YamlNode[] = []
    let size = 1
    for (const source of sources) {
      const built = this.read(source, at, level + 1)
      if (built instanceof Unbuildable) return built
      items.push(built.node)
      size += built.size
    }
    return { node: { kind: "list", at, items }, size }
  }

  #readMap(pairs: readonly { key: unknown; value: unknown }[], at: Position, level: number): Built | Unbuildable {
    const entries = new Map<string, YamlEntry>()
    let size = 1
    for (const pair of pairs) {
      const keyAt = this.#positionOf(pair.key, at)
      if (!this.#library.isScalar(pair.key)) return new Unbuildable(keyAt, "a key must be a word")
      const key = scalar(pair.key.value, pair.key.source, keyAt).text
      if (entries.has(key)) return new Unbuildable(keyAt, `key "${key}" stands twice in one map`)
      const built = this.read(pair.value, keyAt, level + 1)
      if (built instanceof Unbuildable) return built
      entries.set(key, { key, at: keyAt, value: built.node })
      size += built.size
    }
    return { node: { kind: "map", at, entries: withMerged([...entries.values()]) }, size }
  }

  #positionOf(source: unknown, parent: Position): Position {
    if (typeof source !== "object" || source === null || !("range" in source)) return parent
    const start: unknown = Array.isArray(source.range) ? source.range[0] : undefined
    return typeof start === "number" ? this.#document.positionOf(start) : parent
  }
}

/** The merge key of YAML 1.1, which files of MetalLB's time may use: keys of the map itself win over merged ones. */
const withMerged = (entries: readonly YamlEntry[]): readonly YamlEntry[] => {
  const merge = entries.find(entry => entry.key === "<<")
  if (merge === undefined) return entries
  const sources = merge.value.kind === "list" ? merge.value.items : [merge.value]
  const merged = new Map(entries.filter(entry => entry !== merge).map(entry => [entry.key, entry]))
  for (const source of sources) {
    if (source.kind !== "map") return entries
    for (const entry of source.entries) if (!merged.has(entry.key)) merged.set(entry.key, entry)
  }
  return [...merged.values()]
}

const scalar = (value: unknown, source: string | undefined, at: Position): YamlNode & { kind: "scalar" } => {
  const plain =
    value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"
      ? value
      : (source ?? String(value))
  return { kind: "scalar", at, value: plain, text: source ?? (plain === null ? "" : String(plain)) }
}

const textField = (source: unknown, key: string): string | undefined => {
  if (typeof source !== "object" || source === null) return undefined
  const value: unknown = Object.getOwnPropertyDescriptor(source, key)?.value
  return typeof value === "string" ? value : undefined
}
