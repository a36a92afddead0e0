import type { ConfigVerdict, Problem } from "../config/model.ts"
import { silentPools } from "./silent-pools.ts"
import { slowPeers } from "./slow-peers.ts"

/**
 * Everything to say about a judged configuration: what the agents report of it, and what is allowed and rarely meant. Errors
 * come first; within each kind the order of the judgement stays.
 */
export const checkConfig = ({ problems, config }: ConfigVerdict, installNamespace: string): readonly Problem[] =>
  errorsFirst([...problems, ...silentPools(config, installNamespace), ...slowPeers(config.bgp, installNamespace)])

/** The same problems, those that leave something out before those that are only to be known. */
export const errorsFirst = (problems: readonly Problem[]): readonly Problem[] => [
  ...problems.filter(({ severity }) => severity === "error"),
  ...problems.filter(({ severity }) => severity === "warning"),
]
