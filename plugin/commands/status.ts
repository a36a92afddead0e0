import type { Placement } from "../../agent/core/announce/context.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { snapshotFlag } from "../cli/flags.ts"
import type { Api } from "../cluster/api.ts"
import { Refusal } from "../cluster/api.ts"
import { claimTroubles } from "../cluster/claims.ts"
import { type DrainedNode, drainedNodes } from "../cluster/drain.ts"
import { type Health, judgeHealth } from "../cluster/health.ts"
import { type Reading, withReading } from "../cluster/reading.ts"
import { type Rollout, readRollouts } from "../cluster/rollout.ts"
import { statusText } from "../view/status.ts"
import { poolItem } from "./pools-list.ts"

export const status: Command = {
  name: "status",
  summary: "One screen, problems first",
  description:
    "Shows what is wrong with what to type, then the agents, the pools and the services. Ends with 1 if there is a problem, with 4 if something could not be read.",
  arguments: [],
  flags: [snapshotFlag],
  examples: [
    { does: "Show the state of the installation", line: "kubectl metallb status" },
    { does: "Only tell by the exit code", line: "kubectl metallb status -qq" },
    { does: "Read it in a script", line: "kubectl metallb status -o json" },
  ],
  exits: ["ok", "no", "unknown"],
  changes: false,
  run: call => withReading(call, reading => show(call, reading)),
}

const show = async (call: Call, { snapshot, api, from }: Reading): Promise<ExitCode> => {
  const { output } = call
  const rollouts = api === undefined ? undefined : await rolloutsOf(api, snapshot.installNamespace)
  const claims = api === undefined ? [] : await claimTroubles(api, snapshot.readAt)
  const health = judgeHealth(snapshot, rollouts, claims)
  const drained = drainedNodes(snapshot)
  const placement = snapshot.speakerSettings?.placement ?? "hash"
  if (api !== undefined && rollouts === undefined)
    output.note("unknown: the agents' workloads or pods may not be read [ML630]")
  if (output.format === "json" || output.format === "yaml")
    await output.document(documentOf(health, rollouts, drained, placement))
  else {
    const { installNamespace, readAt } = snapshot
    output.print(statusText({ health, rollouts, drained, placement, from, installNamespace, readAt }, output.style))
  }
  if (health.troubles.some(({ severity }) => severity === "error")) return exitCodes.no
  const isUnknown = health.troubles.some(({ severity }) => severity === "unknown")
  return isUnknown || (api !== undefined && rollouts === undefined) ? exitCodes.unknown : exitCodes.ok
}

const rolloutsOf = async (api: Api, namespace: string): Promise<readonly Rollout[] | undefined> => {
  try {
    return await readRollouts(api, namespace)
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

const documentOf = (
  { troubles, pools, services, usageKnown }: Health,
  rollouts: readonly Rollout[] | undefined,
  drained: readonly DrainedNode[],
  placement: Placement,
) => ({
  apiVersion: "cli.metallb.io/v1",
  kind: "Status",
  troubles: troubles.map(({ severity, code, text, fix }) => ({ severity, code, text, fix })),
  components: (rollouts ?? []).map(({ component, ready, wanted, versions }) => ({
    component,
    ready,
    wanted,
    versions,
  })),
  placement,
  drained: drained.map(({ node, since }) => ({ node, ...(since === undefined ? {} : { since }) })),
  pools: pools.map(pool => poolItem(pool, usageKnown)),
  ...(services === undefined ? {} : { services: { ...services } }),
})
