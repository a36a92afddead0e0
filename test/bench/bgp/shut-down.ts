import { setTimeout as pass } from "node:timers/promises"
import type { Lab } from "../../lab/lab.ts"

/** How long containers have after SIGTERM before the power goes, in ms. */
const graceMs = 2000

// Nothing starts again what ends, and every container is told at once, as systemd does it. The kubelet is asked nothing: without
// an inhibitor lock of logind it does not know either, and the API goes on calling node and pods well.
const script = `set -e
pkill -STOP -x kubelet
for task in $(ctr -n k8s.io tasks ls -q); do ctr -n k8s.io tasks kill --signal SIGTERM "$task" 2>/dev/null & done
wait`

/** Shuts a node down in order: SIGTERM to its containers, then its power goes. Gives the time of the first, on performance.now's clock. */
export const shutDown = async (lab: Lab, node: string): Promise<number> => {
  const at = performance.now()
  const { code, stderr } = await lab.exec(node, ["bash", "-c", script])
  if (code !== 0) throw new Error(`${node} is not shut down: ${stderr.trim()}`)
  await pass(Math.max(0, at + graceMs - performance.now()))
  await lab.powerOff(node)
  return at
}
