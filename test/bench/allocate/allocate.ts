import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { ApiServer } from "../../e2e/api-server.ts"
import { root } from "../../run/places.ts"
import type { Bench } from "../bench.ts"
import { benchNamespace, installNamespace } from "./services.ts"

/**
 * Allocation against a real API server and nothing else that would use the machine: a burst of 1,000 services, and what 10,000
 * cost. `--runs N` sets the number of services in the place of 10,000; `--only waiting` ends after the burst.
 */
export const allocate: Bench = {
  name: "allocate",
  summary:
    "a burst of 1,000 services against a bare loop of the same writes, then 10,000 (--runs: another number; part: waiting, the burst alone)",
  parts: ["waiting"],
  run: async ({ runs = 10_000, only }, say) => {
    const server = await ApiServer.start(undefined, { serviceRange: "10.128.0.0/12" })
    try {
      await server.mustKubectl(["apply", "--server-side", "-f", join(root, "manifests/crds")])
      await server.mustKubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"])
      for (const name of [installNamespace, benchNamespace]) await server.mustKubectl(["create", "namespace", name])
      return await inside(server, [String(runs), only[0] ?? ""], say)
    } finally {
      await server.stop()
    }
  },
}

const inside = async (server: ApiServer, wishes: readonly string[], say: (line: string) => void) => {
  const script = join(root, "test/bench/allocate/inside.ts")
  const [program = "", ...args] = server.command([process.execPath, script, server.folder, ...wishes])
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] })
  let last = ""
  createInterface({ input: child.stdout }).on("line", line => {
    if (last !== "") say(last)
    last = line
  })
  const [code] = (await once(child, "exit")) as [number | null]
  if (code !== 0) throw new Error(`the measurement ended with ${code}; the controller's log is in ${server.folder}`)
  return JSON.parse(last) as Readonly<Record<string, unknown>>
}
