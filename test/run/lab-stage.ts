import { down } from "../lab/cluster.ts"
import { Lab } from "../lab/lab.ts"
import { endOnSignals } from "../lab/started.ts"
import { prepare } from "../setup/steps.ts"

/** Why a real cluster cannot be had here, in one sentence; undefined when it can. */
export const labMissing = (): string | undefined => {
  if (process.platform !== "linux") return "the lab needs Linux"
  if (process.getuid?.() !== 0) return "the lab needs root; run it with sudo"
  return undefined
}

export const say = (line: string) => process.stderr.write(`lab: ${line}\n`)

/** Brings up what the lab needs and the lab itself, runs `work`, and takes down what it started; a lab that ran already stays. */
export const withLab = async <T>(work: (lab: Lab) => Promise<T>): Promise<T> => {
  endOnSignals(say)
  await prepare(["lab", "image", "bundles"])
  const lab = await Lab.attachOrStart({ nodes: 4, say })
  // The tests' own processes take this lab, whatever becomes of others meanwhile.
  process.env["LAB"] = lab.plan.lab
  try {
    return await work(lab)
  } finally {
    if (lab.started) await down(lab.plan.lab, { keep: false }, say)
  }
}
