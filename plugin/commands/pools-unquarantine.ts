import { formatAddress } from "../../agent/core/ip/format.ts"
import { parseAddress } from "../../agent/core/ip/parse.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { dryRunFlag } from "../cli/flags.ts"
import { findInstallNamespace, withCluster } from "../cli/session.ts"
import type { Api } from "../cluster/api.ts"
import { readConflicts } from "../cluster/conflicts.ts"
import { listAt, textAt } from "../cluster/json.ts"
import { kinds } from "../cluster/kinds.ts"
import { get, merge } from "../cluster/objects.ts"

export const poolsUnquarantine: Command = {
  name: "pools unquarantine",
  summary: "Let an address be given again that another machine answered for",
  description:
    "Takes an address out of the pool's status.quarantined, so that services are given it again before its time is over. Its owner asks the link first, as for every new address: if the other machine is still there, it is quarantined again.",
  arguments: ["NAME", "ADDRESS"],
  flags: [dryRunFlag],
  examples: [
    { does: "The printer has moved", line: "kubectl metallb pools unquarantine public 192.168.1.11" },
    { does: "See whether it is quarantined", line: "kubectl metallb pools unquarantine public 192.168.1.11 --dry-run" },
    {
      does: "Let the API server try it",
      line: "kubectl metallb pools unquarantine public 192.168.1.11 --dry-run=server",
    },
  ],
  exits: ["ok", "no", "usage", "unknown"],
  changes: true,
  run: call => withCluster(call, ({ api }) => unquarantine(call, api)),
}

const unquarantine = async (call: Call, api: Api): Promise<ExitCode> => {
  const [name = "", written = ""] = call.arguments
  const parsed = parseAddress(written)
  if (parsed === undefined)
    throw new Failure(exitCodes.usage, {
      message: `${JSON.stringify(written)} is not an address`,
      fix: `kubectl metallb pools show ${name} lists what is quarantined`,
    })
  const address = formatAddress(parsed)
  const namespace = await findInstallNamespace(call, api)
  const pool = await get(api, kinds.pool, namespace, name)
  if (pool === undefined)
    throw new Failure(exitCodes.no, {
      message: `there is no pool "${name}" in namespace ${namespace}`,
      fix: "kubectl metallb pools lists them",
    })
  const entries = listAt(pool, "status", "quarantined")
  const others = entries.filter(entry => textAt(entry, "address") !== address)
  if (others.length === entries.length)
    throw new Failure(exitCodes.no, {
      message: `${address} is not quarantined in pool ${name}`,
      fix: `kubectl metallb pools show ${name} lists what is`,
    })
  const dryRun = call.flags.text("dry-run") ?? "none"
  // With the version read, an entry that the controller adds meanwhile is a conflict and not lost.
  const patch = {
    metadata: { resourceVersion: textAt(pool, "metadata", "resourceVersion") },
    status: { quarantined: others.length === 0 ? null : [...others] },
  }
  if (dryRun !== "client")
    await merge(api, kinds.pool, { namespace, name, subresource: "status", patch }, { dryRun: dryRun === "server" })
  const trial = dryRun === "none" ? "" : dryRun === "server" ? " (server dry run)" : " (dry run)"
  call.output.print(`ipaddresspool/${name} ${address} may be given again${trial}`)
  await warnOfReport(call, api, namespace, address)
  return exitCodes.ok
}

/** A service that asked for the address by name still has it, and the other machine too. */
const warnOfReport = async (call: Call, api: Api, namespace: string, address: string): Promise<void> => {
  const reports = (await readConflicts(api, namespace)) ?? []
  const report = reports.find(one => one.address === address)
  if (report !== undefined)
    call.output.note(`warning: ${report.mac} answers for it at this moment, says node ${report.node}`)
}
