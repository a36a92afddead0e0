import { mutate, shrink } from "./mutate.ts"
import { Random } from "./random.ts"

/** What is fed with texts: `check` throws where the program does something that it never must. */
export type Target = {
  readonly name: string
  /** Texts to start from. */
  readonly corpus: readonly string[]
  /** Words and signs that mean something to the reader. */
  readonly pieces: readonly string[]
  readonly check: (text: string) => void
}

export type Failing = { readonly target: string; readonly seed: number; readonly text: string; readonly error: unknown }

/** One step: the text that the seed makes, checked; the shortest failing text where it fails. */
export const fuzzOnce = (target: Target, seed: number): Failing | undefined => {
  const text = mutate(target.corpus, target.pieces, new Random(seed))
  const error = failureOf(target, text)
  if (error === undefined) return undefined
  const shortest = shrink(text, shorter => failureOf(target, shorter) !== undefined)
  return { target: target.name, seed, text: shortest, error: failureOf(target, shortest) }
}

const failureOf = (target: Target, text: string): unknown => {
  try {
    target.check(text)
    return undefined
  } catch (error) {
    return error ?? new Error("threw nothing")
  }
}
