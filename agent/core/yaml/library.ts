import type { Position } from "./tree.ts"

/** What a YAML library must give so that its documents become trees; the shape of the `yaml` package, without importing it. */
export type YamlLibrary = {
  /** Parses without a check for repeated keys, which `build` makes in linear time. */
  readonly parse: (text: string) => ParsedDocument
  readonly isMap: (node: unknown) => node is { readonly items: readonly { key: unknown; value: unknown }[] }
  readonly isSeq: (node: unknown) => node is { readonly items: readonly unknown[] }
  readonly isScalar: (node: unknown) => node is { readonly value: unknown; readonly source?: string | undefined }
  readonly isAlias: (node: unknown) => node is { readonly source: string }
}

export type ParsedDocument = {
  readonly errors: readonly {
    readonly code: string
    readonly message: string
    readonly pos: readonly [number, number]
  }[]
  readonly root: unknown
  /** Line and column of an offset, both from 1. */
  readonly positionOf: (offset: number) => Position
}
