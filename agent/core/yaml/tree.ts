/** Where something stands in a text; both count from 1. */
export type Position = { readonly line: number; readonly column: number }

/** A YAML document as data with positions, so that readers in the core can point at the place that is wrong. */
export type YamlNode =
  | { readonly kind: "map"; readonly at: Position; readonly entries: readonly YamlEntry[] }
  | { readonly kind: "list"; readonly at: Position; readonly items: readonly YamlNode[] }
  | {
      readonly kind: "scalar"
      readonly at: Position
      readonly value: string | number | boolean | null
      readonly text: string
    }

export type YamlEntry = { readonly key: string; readonly at: Position; readonly value: YamlNode }

/** Reads one YAML 1.2 document. Implemented at the edge with the `yaml` package; never throws. */
export type ParseYaml = (
  text: string,
) =>
  | { readonly ok: true; readonly root: YamlNode }
  | { readonly ok: false; readonly at: Position; readonly message: string }
