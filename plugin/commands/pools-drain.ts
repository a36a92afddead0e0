import type { Snapshot } from "../../agent/core/snapshot.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { dryRunFlag } from "../cli/flags.ts"
import { withCluster } from "../cli/session.ts"
import type { Api } from "../cluster/api.ts"
import { kinds } from "../cluster/kinds.ts"
import { merge } from "../cluster/objects.ts"
import { heldOf, poolUses } from "../cluster/pool-use.ts"
import { namedPool } from "./named-pool.ts"

export const poolsDrain: Command = {
  name: "pools drain",
  summary: "Give no new address from a pool; what is held stays",
  description:
    "Sets spec.drain on a pool: services keep the addresses that they have from it, and nobody is given another one. When the last is given back the pool can be removed.",
  arguments: ["NAME"],
  flags: [dryRunFlag],
  examples: [
    { does: "Empty the pool lab bit by bit", line: "kubectl metallb pools drain lab" },
    { does: "See how much is still held, and change nothing", line: "kubectl metallb pools drain lab --dry-run" },
    { does: "Let the API server try it", line: "kubectl metallb pools drain lab --dry-run=server" },
  ],
  exits: ["ok", "no", "usage", "unknown"],
  changes: true,
  run: call => withCluster(call, ({ api }) => setDrain(call, api, true)),
}

export const poolsUndrain: Command = {
  name: "pools undrain",
  summary: "Give addresses from a draining pool again",
  description: "Takes spec.drain from a pool, so that services are given addresses of it again.",
  arguments: ["NAME"],
  flags: [dryRunFlag],
  examples: [
    { does: "Use the pool lab again", line: "kubectl metallb pools undrain lab" },
    { does: "See that it would be changed", line: "kubectl metallb pools undrain lab --dry-run" },
    { does: "Let the API server try it", line: "kubectl metallb pools undrain lab --dry-run=server" },
  ],
  exits: ["ok", "no", "usage", "unknown"],
  changes: true,
  run: call => withCluster(call, ({ api }) => setDrain(call, api, false)),
}

const setDrain = async (call: Call, api: Api, drain: boolean): Promise<ExitCode> => {
  const { pool, snapshot } = await namedPool(call, api, ["pools"])
  const { name } = pool
  if ((pool.drain === true) === drain) {
    call.output.print(`ipaddresspool/${name} unchanged: it is ${drain ? "draining" : "in use"} already`)
    return exitCodes.ok
  }
  const dryRun = call.flags.text("dry-run") ?? "none"
  // With the version read, a change made meanwhile is a conflict and not lost.
  const patch = { metadata: { resourceVersion: pool.resourceVersion }, spec: { drain: drain ? true : null } }
  if (dryRun !== "client")
    await merge(api, kinds.pool, { namespace: pool.namespace, name, patch }, { dryRun: dryRun === "server" })
  const trial = dryRun === "none" ? "" : dryRun === "server" ? " (server dry run)" : " (dry run)"
  call.output.print(
    `ipaddresspool/${name} ${drain ? `draining${trial}   ${heldText(name, snapshot)}` : `in use${trial}`}`,
  )
  return exitCodes.ok
}

const heldText = (name: string, snapshot: Snapshot): string => {
  const pool = poolUses(snapshot).pools.find(use => use.pool.name === name)?.pool
  if (pool === undefined || snapshot.unread.some(({ what }) => what === "services"))
    return "how many of its addresses are held is <unknown>"
  const held = heldOf(pool, snapshot).length
  return `${held} of its addresses still held`
}
