import { parseGoDuration } from "../membership/go-duration.ts"
import type { PoolResource } from "../model.ts"
import type { AllocationOrder } from "./model.ts"
import type { Problems } from "./problem.ts"

/** Longer than anybody caches an address; it bounds how long a list of free addresses is of interest. */
const longest = 7 * 24 * 3_600_000

/**
 * spec.allocationOrder and spec.coolingTime; undefined is the lowest free address, as in MetalLB. What cannot be used is a
 * warning and counts as absent: a pool whose order is misspelt goes on giving addresses.
 */
export const readOrder = (resource: PoolResource, problems: Problems): AllocationOrder | undefined => {
  const { allocationOrder: order, coolingTime: text } = resource
  const pool = resource.name
  if (text !== undefined && order !== "least-recently-used") {
    const message = `${text} has no effect; it goes with allocationOrder least-recently-used`
    problems.warning("ML218", "spec.coolingTime", message, { pool })
  }
  if (order === undefined || order === "lowest") return undefined
  if (order === "random") return { kind: "random" }
  if (order === "least-recently-used") return { kind: order, ...readCooling(text, pool, problems) }
  const message = `${JSON.stringify(order)} is not known; allowed are lowest, random and least-recently-used, and it counts as lowest`
  problems.warning("ML218", "spec.allocationOrder", message, { pool })
  return undefined
}

const readCooling = (text: string | undefined, pool: string, problems: Problems) => {
  if (text === undefined) return { cooling: 0, written: "0s" }
  const cooling = text.length > 40 ? undefined : parseGoDuration(text)
  if (cooling !== undefined && cooling >= 0 && cooling <= longest) return { cooling, written: text }
  const message = `${JSON.stringify(text)} is not allowed; allowed is a duration from 0s to 168h such as 10m, and it counts as 0s`
  problems.warning("ML218", "spec.coolingTime", message, { pool })
  return { cooling: 0, written: "0s" }
}
