import { strict as assert } from "node:assert"
import { join } from "node:path"
import { classicConfigMap, echoDeployment } from "../demo/manifests.ts"
import { down } from "../lab/cluster.ts"
import { Lab } from "../lab/lab.ts"
import { root } from "../run/places.ts"
import type { Bench, Say } from "./bench.ts"
import { describe, distribution } from "./stats.ts"

type Run = { readonly installSeconds: number; readonly firstAnswerSeconds: number; readonly refusedWrites: number }

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "bench-install" },
  spec: { type: "LoadBalancer", selector: { app: "bench-install" }, ports: [{ port: 80, targetPort: 8080 }] },
}

/** `waited`: the pool comes when `install` has seen everything ready. `at-once`: the pool follows what was applied, as with plain manifests. */
const ways = { waited: [], "at-once": ["--wait=false"] } as const
type Way = keyof typeof ways

/**
 * Nothing is installed, a service waits, the image is on the nodes. The clock starts with `kubectl metallb install`; the pool is
 * applied as soon as that returns, again and again while it is refused; the clock stops at the first answer on the address.
 */
const once = async (lab: Lab, way: Way): Promise<Run> => {
  const began = performance.now()
  const since = () => (performance.now() - began) / 1000
  await lab.mustKubectl(["metallb", "install", "--yes", ...ways[way]])
  const installSeconds = since()
  let refusedWrites = 0
  while ((await lab.kubectl(["apply", "-f", "-"], { input: classicConfigMap })).code !== 0) {
    refusedWrites++
    assert.ok(refusedWrites < 1000, "the ConfigMap is refused for good")
  }
  const wait = `for i in $(seq 1000); do curl -sf -m 0.3 -o /dev/null http://192.168.1.11/ && exit 0; sleep 0.01; done; exit 1`
  assert.equal((await lab.client(["bash", "-c", wait])).code, 0, "192.168.1.11 never answered")
  return { installSeconds, firstAnswerSeconds: since(), refusedWrites }
}

const repeated = async (lab: Lab, way: Way, runs: number, say: Say): Promise<readonly Run[]> => {
  const results: Run[] = []
  for (let i = 0; i < runs; i++) {
    await lab.apply(service)
    const run = await once(lab, way)
    results.push(run)
    say(
      `${way} ${i + 1}: install returned after ${run.installSeconds.toFixed(2)} s, first answer ${run.firstAnswerSeconds.toFixed(2)} s, refused ${run.refusedWrites}`,
    )
    await lab.mustKubectl(["delete", "service", "bench-install"])
    await lab.mustKubectl(["metallb", "uninstall", "--purge", "--yes"], { timeoutMs: 120_000 })
  }
  say(`${way}: install returned  ${describe(distribution(results.map(r => r.installSeconds)), "s")}`)
  say(`${way}: first answer      ${describe(distribution(results.map(r => r.firstAnswerSeconds)), "s")}`)
  return results
}

/** How long it takes from nothing to the first answer on an address, and how many writes are refused on the way. */
export const install: Bench = {
  name: "install",
  summary: "from `install` to the first answer on an address, and the writes refused on the way (default 5 runs)",
  parts: Object.keys(ways),
  run: async ({ runs = 5, only }, say) => {
    process.env["PATH"] = `${join(root, "dist")}:${process.env["PATH"] ?? ""}`
    const lab = await Lab.attachOrStart({ nodes: 4 })
    const result: Partial<Record<Way, readonly Run[]>> = {}
    try {
      await lab.load(join(root, "dist/agent-image.tar"))
      await lab.apply([echoDeployment("bench-install", "name")])
      await lab.mustKubectl(["rollout", "status", "deployment/bench-install", "--timeout=120s"])
      for (const way of Object.keys(ways) as Way[])
        if (only.length === 0 || only.includes(way)) result[way] = await repeated(lab, way, runs, say)
    } finally {
      await lab.kubectl(["delete", "deployment,service", "bench-install", "--ignore-not-found"])
      if (lab.started) await down(lab.plan.lab, { keep: false }, line => process.stderr.write(`lab: ${line}\n`))
    }
    return result
  },
}
