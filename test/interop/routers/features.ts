import { bfdFeatures } from "./bfd-features.ts"
import { collisionFeatures } from "./collision-features.ts"
import { endingFeatures } from "./ending-features.ts"
import type { Feature } from "./feature.ts"
import { guardFeatures } from "./guard-features.ts"
import { sessionFeatures } from "./session-features.ts"

/** The rows of the matrix, from top to bottom. */
export const features: readonly Feature[] = [
  ...sessionFeatures,
  ...guardFeatures,
  ...collisionFeatures,
  ...endingFeatures,
  ...bfdFeatures,
]
