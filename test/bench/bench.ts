/** Options every bench understands. */
export type BenchOptions = {
  /** How often the measurement is repeated; undefined: the bench's own default. */
  readonly runs: number | undefined
  /** Restricts the bench to the parts so named; empty: all. */
  readonly only: readonly string[]
}

/** Prints one line for people while the bench runs. */
export type Say = (line: string) => void

/** A bench returns one JSON object; it never judges itself, promises are compared by whoever reads it. */
export type Bench = {
  readonly name: string
  readonly summary: string
  readonly run: (options: BenchOptions, say: Say) => Promise<Readonly<Record<string, unknown>>>
}
