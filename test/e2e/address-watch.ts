import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { kubectlFolder } from "../setup/cache.ts"
import type { Cluster } from "./cluster.ts"

/**
 * Whatever the API server ever said of the addresses of the cluster's services while `change` ran: for each service its lists of
 * addresses in their order, a list that did not change once. Begins when it has told of every one of `services`.
 */
export const seenDuring = async (
  cluster: Cluster,
  services: readonly string[],
  change: () => Promise<void>,
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const path = '{.metadata.name} {.status.loadBalancer.ingress[*].ip}{"\\n"}'
  const args = ["-n", cluster.namespace, "get", "services", "--watch", "-o", `jsonpath=${path}`]
  const env = cluster.lab.env
  const watch = spawn(join(kubectlFolder, "kubectl"), args, { env, stdio: ["ignore", "pipe", "inherit"] })
  const seen = new Map<string, string[]>()
  createInterface({ input: watch.stdout }).on("line", line => {
    const [name = "", ...addresses] = line.split(" ")
    const lists = seen.get(name) ?? []
    seen.set(name, lists)
    const now = addresses.join(" ")
    if (lists.at(-1) !== now) lists.push(now)
  })
  try {
    await cluster.lab.waitFor("the watch tells of every service", async () => services.every(name => seen.has(name)))
    await change()
    await cluster.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "end-of-watch" },
      spec: { ports: [{ port: 80 }] },
    } as { metadata: object })
    await cluster.lab.waitFor("the watch has told of all until now", async () => seen.has("end-of-watch"))
  } finally {
    watch.kill()
    if (watch.exitCode === null && watch.signalCode === null) await once(watch, "exit")
    await cluster.kubectl(["delete", "service", "end-of-watch", "--ignore-not-found"])
  }
  return seen
}
