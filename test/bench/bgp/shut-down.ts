import { setTimeout as pass } from "node:timers/promises"
import { epochOfNow } from "../../client/epoch.ts"
import type { Lab } from "../../lab/lab.ts"

/** How long containers have after SIGTERM before the power goes, in ms. */
const graceMs = 2000

// Nothing starts again what ends, and every container is told at once, as systemd does it; first the time in ns is printed. The
// kubelet is asked nothing: without an inhibitor lock of logind it does not know either, and the API goes on calling node and
// pods well.
const script = `set -e
pkill -STOP -x kubelet
tasks=$(ctr -n k8s.io tasks ls | awk '$3 == "RUNNING" { print $2 }')
date +%s%N
kill -TERM $tasks`

/**
 * Shuts a node down in order: SIGTERM to its containers, which takes their pods away in the same moment, then its power goes. Gives the
 * time of the first, on performance.now's clock.
 */
export const shutDown = async (lab: Lab, node: string): Promise<number> => {
  const { code, stdout, stderr } = await lab.exec(node, ["bash", "-c", script])
  const at = Number(stdout.trim()) / 1e6 - epochOfNow()
  if (code !== 0 || Number.isNaN(at)) throw new Error(`${node} is not shut down: ${stderr.trim()}`)
  await pass(Math.max(0, at + graceMs - performance.now()))
  await lab.powerOff(node)
  return at
}
