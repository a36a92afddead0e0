import { drainOf } from "../../agent/core/announce/drain.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { dryRunFlag } from "../cli/flags.ts"
import { findInstallNamespace, withCluster } from "../cli/session.ts"
import type { Api } from "../cluster/api.ts"
import { type DrainPlan, planDrain, requireRead, writeDrain } from "../cluster/drain.ts"
import { readSnapshot } from "../cluster/snapshot.ts"
import { backTable } from "../view/drain.ts"

export const undrain: Command = {
  name: "undrain",
  summary: "Let a drained node announce again",
  description:
    "Takes back what drain asked of a node, and shows which addresses it comes first in the order for. Whether and when those move back is the failback policy's matter; what nobody announces it takes at once.",
  arguments: ["NODE"],
  flags: [dryRunFlag],
  examples: [
    { does: "Use the node again", line: "kubectl metallb undrain n2" },
    { does: "See what would come back to it, and change nothing", line: "kubectl metallb undrain n2 --dry-run" },
    { does: "Let the API server try it", line: "kubectl metallb undrain n2 --dry-run=server" },
  ],
  exits: ["ok", "no", "usage", "unknown"],
  changes: true,
  run: call => withCluster(call, ({ api }) => runUndrain(call, api)),
}

const runUndrain = async (call: Call, api: Api): Promise<ExitCode> => {
  const [name = ""] = call.arguments
  const snapshot = await readSnapshot(api, await findInstallNamespace(call, api), call.world.clock.now)
  requireRead(snapshot)
  const plan = planDrain(snapshot, name, undefined)
  if (drainOf(plan.node) === undefined) {
    await show(call, plan, `node/${name} unchanged: not drained`)
    return exitCodes.ok
  }
  const dryRun = call.flags.text("dry-run") ?? "none"
  if (dryRun !== "client") await writeDrain(api, name, undefined, { dryRun: dryRun === "server" })
  const trial = dryRun === "none" ? "" : dryRun === "server" ? " (server dry run)" : " (dry run)"
  await show(call, plan, `node/${name} undrained${trial}`)
  return exitCodes.ok
}

const show = async (call: Call, { moves, node, withdrawals }: DrainPlan, headline: string): Promise<void> => {
  const { output } = call
  if (output.format === "json" || output.format === "yaml")
    return output.document({
      apiVersion: "cli.metallb.io/v1",
      kind: "Undrain",
      node: node.name,
      dryRun: call.flags.text("dry-run") !== "none",
      moves: moves.map(move => ({ ...move, facts: { ...move.facts } })),
      told: withdrawals.map(({ service, peers }) => ({ service, peers })),
    })
  if (output.format === "name") return output.print(`node/${node.name}`)
  output.print(headline)
  if (moves.length > 0) output.print(backTable(moves, output.style))
  const { length } = withdrawals
  if (length > 0) output.print(`Routers are told again of ${length} ${length === 1 ? "service" : "services"}.`)
}
