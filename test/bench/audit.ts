import { readFileSync } from "node:fs"
import type { Cluster } from "../e2e/cluster.ts"

type Entry = {
  readonly verb: string
  readonly stage: string
  readonly objectRef: { readonly resource: string; readonly namespace?: string; readonly name?: string }
  readonly responseStatus?: { readonly code: number }
  readonly stageTimestamp: string
}

/**
 * When the API server had written the statuses of services of the cluster's namespace, by its audit log: for each name every write, in order,
 * in milliseconds since the epoch.
 */
export const statusWrites = ({ lab, namespace }: Cluster): ReadonlyMap<string, readonly number[]> => {
  const writes = new Map<string, number[]>()
  for (const line of readFileSync(lab.logFile("cp", "audit"), "utf8").split("\n")) {
    if (!line.includes(`"${namespace}"`) || !line.includes('"subresource":"status"')) continue
    const { verb, stage, objectRef, responseStatus, stageTimestamp } = JSON.parse(line) as Entry
    const done = stage === "ResponseComplete" && responseStatus?.code === 200
    if (objectRef.resource !== "services" || objectRef.namespace !== namespace || !done) continue
    if (verb !== "patch" && verb !== "update") continue
    // The log counts microseconds, Date milliseconds.
    const micros = Number(/\.\d{3}(\d{3})Z$/.exec(stageTimestamp)?.[1] ?? 0) / 1000
    const list = writes.get(objectRef.name ?? "") ?? []
    list.push(Date.parse(stageTimestamp) + micros)
    writes.set(objectRef.name ?? "", list)
  }
  return writes
}
