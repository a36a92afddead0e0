import type { Command } from "../cli/command.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { snapshotFlag } from "../cli/flags.ts"
import { nearest } from "../cli/nearest.ts"
import { type ConfigUse, poolUses } from "../cluster/pool-use.ts"
import { withReading } from "../cluster/reading.ts"
import { faultOfProblem } from "../view/config-faults.ts"
import { poolPage } from "../view/pools.ts"
import { poolItem } from "./pools-list.ts"

export const poolsShow: Command = {
  name: "pools show",
  summary: "Show one pool and who holds its addresses",
  description:
    "Shows the ranges of a pool, who may use it, which service holds which address, and which addresses nobody is given, with the reason: a node carries them, or another machine answers for them.",
  arguments: ["NAME"],
  flags: [{ name: "addresses", kind: "switch", summary: "Every address, not only the first 16" }, snapshotFlag],
  examples: [
    { does: "Show the pool public", line: "kubectl metallb pools show public" },
    { does: "List every address of it", line: "kubectl metallb pools show public --addresses" },
    { does: "Read the holders in a script", line: "kubectl metallb pools show public -o json" },
    { does: "Look at a saved cluster", line: "kubectl metallb pools show public --from-snapshot cluster.json" },
  ],
  exits: ["ok", "no", "usage", "unknown"],
  changes: false,
  run: call =>
    withReading(call, async ({ snapshot }) => {
      const { output } = call
      const [name = ""] = call.arguments
      const use = poolUses(snapshot)
      const found = use.pools.find(({ pool }) => pool.name === name)
      if (found === undefined) {
        if (snapshot.unread.some(({ what }) => what === "pools" || what === "legacyConfig"))
          throw new Failure(exitCodes.unknown, {
            message: `cannot tell whether there is a pool "${name}"`,
            code: "ML630",
          })
        throw noSuchPool(name, use)
      }
      if (output.format === "json" || output.format === "yaml")
        await output.document({ apiVersion: "cli.metallb.io/v1", kind: "Pool", ...poolItem(found, use.usageKnown) })
      else
        output.print(
          output.format === "name"
            ? `ipaddresspool/${name}`
            : poolPage(
                found,
                snapshot.readAt,
                use.usageKnown,
                call.flags.on("addresses") ? Number.POSITIVE_INFINITY : 16,
              ),
        )
      return use.usageKnown ? exitCodes.ok : exitCodes.unknown
    }),
}

/** Says what is wrong with a pool that is there and cannot be used, else offers the nearest name. */
export const noSuchPool = (name: string, { verdict, pools }: ConfigUse): Failure => {
  const faults = verdict.problems.filter(({ object }) => object === `ipaddresspool/${name}`)
  const [first] = faults
  if (first !== undefined)
    return new Failure(exitCodes.no, {
      message: `pool "${name}" cannot be used: ${first.message}`,
      code: first.reason,
      where: `${first.object} ${first.field}`,
      fix:
        faultOfProblem(first)
          .find(line => line.startsWith("  fix"))
          ?.slice(9) ?? "",
    })
  const near = nearest(
    name,
    pools.map(({ pool }) => pool.name),
  )
  return new Failure(exitCodes.no, {
    message: `there is no pool "${name}"`,
    fix: near === undefined ? "kubectl metallb pools lists them" : `kubectl metallb pools show ${near}`,
  })
}
