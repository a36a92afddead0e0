import type { Millis } from "../clock.ts"
import type { Random } from "../random.ts"

/** Waits double from `first` to at most `most`; each is then shortened by up to half, so that many clients do not march in step. */
export type BackoffBounds = { readonly first: Millis; readonly most: Millis }

/** The wait before attempt number `failures` + 1, where `failures` counts from 1. In [bound / 2, bound]. */
export const backoff = (bounds: BackoffBounds, failures: number, random: Random): Millis => {
  const doubled = bounds.first * 2 ** Math.min(failures - 1, 30)
  return Math.min(doubled, bounds.most) * (0.5 + random() / 2)
}
