/** `npm run demo`: the reference scenario on a real cluster, as a story. `--keep` leaves everything standing. */
import { join } from "node:path"
import { parseArgs } from "node:util"
import { down } from "../lab/cluster.ts"
import { Lab } from "../lab/lab.ts"
import { endOnSignals } from "../lab/started.ts"
import { root } from "../run/places.ts"
import { clear, play } from "./play.ts"
import { story as begin } from "./story.ts"

const { values } = parseArgs({ options: { keep: { type: "boolean" }, help: { type: "boolean", short: "h" } } })
if (values.help === true) {
  process.stdout.write(`Plays the reference scenario on a real cluster of four nodes and fails if a step is not true.

Usage: npm run demo [-- --keep]

  --keep   leave the cluster and the services standing, and print how to use them

Needs root. The first run builds Kubernetes (about 6 minutes on 2 cores).
`)
  process.exit(0)
}

const story = begin(
  text => process.stdout.write(text),
  () => performance.now(),
)
const dist = join(root, "dist")
process.env["PATH"] = `${dist}:${process.env["PATH"] ?? ""}`

endOnSignals(story.fact)
story.scene("A cluster")
const lab = await story.step("control plane and four nodes", () => Lab.attachOrStart({ nodes: 4, say: story.fact }))
const stage = { lab, story, image: join(dist, "agent-image.tar") }
const end = async (code: number): Promise<never> => {
  if (lab.started) await down(lab.plan.lab, { keep: false }, story.fact)
  process.exit(code)
}

try {
  story.typed("kubectl get nodes", await lab.mustKubectl(["get", "nodes"]))
  const times = await play(stage)
  if (values.keep === true) {
    story.scene("Left standing")
    process.stdout.write(
      [
        `         eval "$(npm run -s lab -- env)"       kubectl and kubectl metallb for this cluster`,
        `         npm run -s lab -- client -- curl http://192.168.1.11/`,
        `         npm run lab -- down                   when you are done`,
        "",
      ].join("\n"),
    )
  } else {
    await clear(stage)
    if (lab.started) await story.step("lab taken down", () => down(lab.plan.lab, { keep: false }, story.fact))
  }
  story.scene(
    `Everything was true. Install ${times.installed.toFixed(1)} s, outage after the power-off ${times.outage.toFixed(2)} s, ${story.seconds().toFixed(0)} s in all.`,
  )
  process.exit(0)
} catch (error) {
  process.stderr.write(
    `\nerror: the demo stopped at a sentence that is not true\n  ${error instanceof Error ? error.message : String(error)}\n`,
  )
  if (values.keep === true) process.exit(1)
  await end(1)
}
