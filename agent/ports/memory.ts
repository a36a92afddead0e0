import { getHeapStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type { Addon } from "../native/addon.ts"

/** Above this much heap a full collection would hold up ARP replies for tens of milliseconds. */
const mostHeapBytes = 48 * 1024 * 1024

type Collector = (options: { readonly type: "major"; readonly flavor: "last-resort" }) => void

/** Bytes of V8's heap, used or not. Unlike process.memoryUsage() it does not read /proc. */
export const heapSize = (): number => getHeapStatistics().total_heap_size

/**
 * Gives back what only the start needed: garbage, free pages of malloc, and code pages of the runtime. Measured on the
 * controller: 64 MB of resident memory before, 48 MB after, of which 19 and 16 MB are its own. Takes about 20 ms.
 * `addon` is undefined where it was not built: then only the garbage goes.
 */
export const settleMemory = (addon: Addon | undefined): void => {
  if (getHeapStatistics().used_heap_size > mostHeapBytes) return
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as Collector
  collect({ type: "major", flavor: "last-resort" })
  addon?.memoryTrim()
}
