import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Call } from "../cli/command.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { progressFor } from "../cli/session.ts"
import type { Api } from "../cluster/api.ts"
import { type AppliedObject, notEstablished } from "../cluster/apply-all.ts"
import { at, textAt } from "../cluster/json.ts"
import { kinds } from "../cluster/kinds.ts"
import type { Manifest } from "../cluster/manifest.ts"
import { get } from "../cluster/objects.ts"
import { type Rollout, readRollouts, workloadName } from "../cluster/rollout.ts"
import type { Look } from "../term/progress.ts"
import { took } from "../view/duration.ts"

/** Width of "deployment/controller created" and its like, so that what follows is in one column. */
export const textWidth = 34

/** A namespace that is being deleted takes nothing new: waits until it is gone. Throws a Failure (exit 5) if it stays. */
export const waitForOldNamespace = async (call: Call, api: Api, namespace: string, deadline: number): Promise<void> => {
  const waited = await progressFor(call).step({
    deadline,
    every: 200,
    look: async (): Promise<Look<true>> => {
      const found = await get(api, kinds.namespace, "", namespace)
      return at(found, "metadata", "deletionTimestamp") === undefined
        ? { state: "done", value: true }
        : { state: "waiting", missing: `the namespace ${namespace} of an earlier installation is still ending` }
    },
  })
  if (!waited.ok) throw gaveUp(waited.missing)
}

/** Waits until the server serves the new kinds. Throws a Failure (exit 5) that names those it does not. */
export const waitForCrds = async (call: Call, api: Api, crds: readonly Manifest[], deadline: number): Promise<void> => {
  let missing = crds
  const waited = await progressFor(call).step({
    deadline,
    every: 50,
    look: async (): Promise<Look<true>> => {
      missing = await notEstablished(api, missing)
      const [first, ...more] = missing
      if (first === undefined) return { state: "done", value: true }
      const name = textAt(first.object, "metadata", "name")
      return {
        state: "waiting",
        missing: `the server does not serve ${name} yet${more.length > 0 ? `, nor ${more.length} more` : ""}`,
      }
    },
  })
  if (!waited.ok) throw gaveUp(waited.missing)
}

export type AgentWait = {
  readonly namespace: string
  readonly workloads: readonly AppliedObject[]
  /** Milliseconds since the epoch. */
  readonly deadline: number
}

/** Prints each workload when it is ready; gives up at once on what cannot heal. */
export const waitForAgents = async (call: Call, api: Api, wait: AgentWait): Promise<void> => {
  const { namespace, workloads, deadline } = wait
  const { output, world } = call
  const began = world.clock.now()
  const said = new Set<string>()
  const sayReady = (rollout: Rollout) => {
    const name = workloadName(rollout.component)
    const applied = workloads.find(workload => workload.name === name)
    if (!rollout.complete || said.has(name) || applied === undefined) return
    said.add(name)
    const count = rollout.component === "speaker" ? `${rollout.ready} of ${rollout.wanted} ready` : "ready"
    const text = `${name} ${applied.outcome}`.padEnd(textWidth)
    output.print(`  ${text}  ${count} after ${took(world.clock.now() - began)}`)
  }
  const waited = await progressFor(call).step({
    deadline,
    every: 100,
    look: async (): Promise<Look<true>> => {
      const rollouts = await readRollouts(api, namespace)
      const open = rollouts.filter(({ complete }) => !complete)
      if (open.length < rollouts.length) for (const rollout of rollouts) sayReady(rollout)
      const hopeless = open.flatMap(({ hopeless }) => (hopeless === undefined ? [] : [hopeless]))
      if (hopeless.length > 0)
        return {
          state: "hopeless",
          error: new Failure(
            exitCodes.no,
            ...hopeless.map(({ code, facts }) => ({
              message: phraseOf(code, facts),
              code,
              fix: fixOf(code, { ...facts, install: namespace }),
            })),
          ),
        }
      return open.length === 0
        ? { state: "done", value: true }
        : { state: "waiting", missing: open.map(({ missing }) => missing).join("; ") }
    },
  })
  if (!waited.ok) throw gaveUp(waited.missing)
}

const gaveUp = (missing: string): Failure =>
  new Failure(exitCodes.gaveUp, {
    message: `gave up waiting: ${missing}`,
    code: "ML616",
    fix: fixOf("ML616", {}),
  })
