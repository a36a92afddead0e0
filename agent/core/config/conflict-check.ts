import type { PoolResource } from "../model.ts"
import type { Pool } from "./model.ts"
import type { Problems } from "./problem.ts"

/**
 * spec.conflictCheck; undefined is "auto", as without the field. A word that is not known is a warning and counts as auto: it must not
 * stop a pool from giving addresses, nor switch a check off by mistake.
 */
export const readConflictCheck = (resource: PoolResource, problems: Problems): Pool["conflictCheck"] => {
  const { conflictCheck: written, name: pool } = resource
  if (written === undefined || written === "auto") return undefined
  if (written === "icmp" || written === "none") return written
  const message = `${JSON.stringify(written)} is not known; allowed are auto, icmp and none, and it counts as auto`
  problems.warning("ML219", "spec.conflictCheck", message, { pool })
  return undefined
}
