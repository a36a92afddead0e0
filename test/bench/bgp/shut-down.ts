import { setTimeout as pass } from "node:timers/promises"
import { epochOfNow } from "../../client/epoch.ts"
import type { Lab } from "../../lab/lab.ts"

/** How long containers have after SIGTERM before the power goes, in ms. */
const graceMs = 2000

// Nothing starts again what ends, and every container is told at once, as systemd does it; first the time in ns is printed. The
// kubelet is asked nothing: without an inhibitor lock of logind it does not know either, and the API goes on calling node and
// pods well.
const script = (tasks: string) => `set -e
pkill -STOP -x kubelet
tasks=$(${tasks})
date +%s%N
kill -TERM $tasks`

const everyTask = `ctr -n k8s.io tasks ls | awk '$3 == "RUNNING" { print $2 }'`
const speakerTask = "pgrep -f -- '^/usr/bin/node .*--mode=speaker'"

/**
 * Shuts a node down in order: SIGTERM to its containers, which takes their pods away in the same moment, then its power goes. Gives the
 * time of the first, on performance.now's clock. "the speaker": the other pods go with the power.
 */
export const shutDown = async (lab: Lab, node: string, told: "everybody" | "the speaker"): Promise<number> => {
  const tasks = told === "everybody" ? everyTask : speakerTask
  const { code, stdout, stderr } = await lab.exec(node, ["bash", "-c", script(tasks)])
  const at = Number(stdout.trim()) / 1e6 - epochOfNow()
  if (code !== 0 || Number.isNaN(at)) throw new Error(`${node} is not shut down: ${stderr.trim()}`)
  await pass(Math.max(0, at + graceMs - performance.now()))
  await lab.powerOff(node)
  return at
}
