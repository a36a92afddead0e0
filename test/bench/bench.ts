/** Options every bench understands. */
export type BenchOptions = {
  /** How often the measurement is repeated; undefined: the bench's own default. */
  readonly runs: number | undefined
  /** Restricts the bench to the parts so named; empty: all. */
  readonly only: readonly string[]
  /** Services that are there while it measures; undefined: the bench's own default. */
  readonly services: number | undefined
  /** How long a bench without an end of its own goes on; undefined: the bench's own default. */
  readonly minutes: number | undefined
}

/** Prints one line for people while the bench runs. */
export type Say = (line: string) => void

/**
 * A bench returns one JSON object. How fast something is it never judges: that is for whoever reads it. Where it saw a bound broken that holds
 * on any machine, it says so in `broken`, a sentence each, and the program ends with 1.
 */
export type Bench = {
  readonly name: string
  readonly summary: string
  /** What `--only` may name; undefined: anything, and what is unknown is left out. */
  readonly parts?: readonly string[]
  readonly run: (options: BenchOptions, say: Say) => Promise<Readonly<Record<string, unknown>>>
}
