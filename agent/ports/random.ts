/** A number in [0, 1). Used for jitter only, never for a secret and never for a decision. */
export type Random = () => number

export const realRandom: Random = () => Math.random()
