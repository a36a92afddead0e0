import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import type { Lab } from "../lab/lab.ts"
import { namespacePath } from "../lab/network.ts"
import { type RouteChange, readRouteChange } from "./route-change.ts"

export type KernelRoutes = {
  /** Every change of an IPv4 route of the router's kernel since the start, with the time on performance.now's clock. */
  readonly changes: readonly RouteChange[]
  readonly stop: () => Promise<void>
}

/** Watches the kernel of the lab's router. BOUNDED by how long it is watched. */
export const watchKernelRoutes = ({ plan }: Lab): KernelRoutes => {
  const enter = `--net=${namespacePath(plan.router.namespace)}`
  const monitor = spawn("nsenter", [enter, "ip", "-o", "-4", "monitor", "route"], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const changes: RouteChange[] = []
  createInterface({ input: monitor.stdout }).on("line", line => {
    const change = readRouteChange(line, performance.now())
    if (change !== undefined) changes.push(change)
  })
  return {
    changes,
    stop: async () => {
      if (monitor.exitCode !== null || monitor.signalCode !== null) return
      monitor.kill("SIGKILL")
      await once(monitor, "exit")
    },
  }
}
