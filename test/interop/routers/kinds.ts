import { bird } from "./bird.ts"
import { exabgp } from "./exabgp.ts"
import { frr, newerFrr } from "./frr.ts"
import { gobgp } from "./gobgp.ts"
import { openbgpd } from "./openbgpd.ts"
import type { RouterKind } from "./router.ts"

/** The daemons of the matrix, in the order of its columns. */
export const kinds: readonly RouterKind[] = [frr, newerFrr, bird, gobgp, exabgp, openbgpd]
