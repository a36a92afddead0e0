import { formatAddress } from "../../agent/core/ip/format.ts"
import { fixOf } from "../../agent/core/sentence.ts"
import type { Command } from "../cli/command.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { snapshotFlag } from "../cli/flags.ts"
import { type ConfigUse, type HeldAddress, type PoolUse, poolUses } from "../cluster/pool-use.ts"
import { withReading } from "../cluster/reading.ts"
import { faultOfProblem, unreadLines } from "../view/config-faults.ts"
import { poolTable } from "../view/pools.ts"

export const poolsList: Command = {
  name: "pools",
  summary: "List the pools with used and free addresses",
  description:
    "Lists the pools as the agents see them, those of resources and those of the old ConfigMap, with the number of addresses that are held and free. Pools that cannot be used are listed below with what is wrong.",
  arguments: [],
  flags: [snapshotFlag],
  examples: [
    { does: "List the pools", line: "kubectl metallb pools" },
    { does: "With shared addresses, priority and source", line: "kubectl metallb pools -o wide" },
    { does: "Read the number of free addresses in a script", line: "kubectl metallb pools -o json" },
  ],
  exits: ["ok", "no", "unknown"],
  changes: false,
  run: call =>
    withReading(call, async ({ snapshot }) => {
      const { output } = call
      const use = poolUses(snapshot)
      const unread = snapshot.unread.filter(({ what }) => isPartOfPools.includes(what))
      if (output.format === "json" || output.format === "yaml") await output.document(poolDocument(use))
      else if (output.format === "name") {
        if (use.pools.length > 0) output.print(use.pools.map(({ pool }) => `ipaddresspool/${pool.name}`).join("\n"))
      } else if (use.pools.length === 0) {
        output.tell(unread.length > 0 ? "<unknown>" : "No pools.")
        if (unread.length === 0) output.tell(`Next: ${fixOf("ML117", {})}`)
      } else
        output.print(
          poolTable(use.pools, { now: snapshot.readAt, wide: output.format === "wide", usageKnown: use.usageKnown }),
        )
      output.complain(use.verdict.problems.flatMap(faultOfProblem))
      output.complain(unreadLines(unread))
      if (unread.length > 0) return exitCodes.unknown
      return use.verdict.problems.some(({ severity }) => severity === "error") ? exitCodes.no : exitCodes.ok
    }),
}

const isPartOfPools: readonly string[] = ["pools", "l2Advertisements", "legacyConfig", "services", "namespaces"]

/** The list as data; counts are whole numbers of any size. */
export const poolDocument = ({ pools, verdict, usageKnown }: ConfigUse) => ({
  apiVersion: "cli.metallb.io/v1",
  kind: "PoolList",
  items: pools.map(pool => poolItem(pool, usageKnown)),
  problems: verdict.problems.map(({ severity, reason, object, field, message }) => ({
    severity,
    reason,
    object,
    field,
    message,
  })),
})

const heldItem = ({ address, holders }: HeldAddress, reserved: ReadonlySet<string>) => ({
  address,
  services: holders,
  ...(reserved.has(address) ? { reserved: true } : {}),
})

/** Without knowledge of what is used, the counts and holders are left out. */
export const poolItem = ({ pool, counters, held, reserved, withheld, advertised }: PoolUse, usageKnown: boolean) => ({
  name: pool.name,
  source: pool.source,
  ranges: pool.written,
  autoAssign: pool.autoAssign,
  avoidBuggyIPs: pool.avoidBuggyIPs,
  ...(pool.drain === true ? { drain: true } : {}),
  ...(pool.order === undefined ? {} : { allocationOrder: pool.order.kind }),
  ...(pool.order?.kind === "least-recently-used" ? { coolingTime: pool.order.written } : {}),
  ...(pool.conflictCheck === undefined ? {} : { conflictCheck: pool.conflictCheck }),
  ...(pool.restriction === undefined ? {} : { priority: pool.restriction.priority }),
  advertised,
  families: counters.families.map(({ family, size, used, free }) => ({
    family,
    size,
    ...(usageKnown ? { used, free } : {}),
  })),
  ...(usageKnown ? { held: held.map(one => heldItem(one, reserved)) } : {}),
  ...(withheld.length === 0
    ? {}
    : { withheld: withheld.map(({ address, reason, facts }) => ({ address: formatAddress(address), reason, facts })) }),
})
