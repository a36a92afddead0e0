import { type OwnerChange, ownerChanges } from "../../agent/core/history/owners.ts"
import { readChange } from "../../agent/core/history/saved.ts"
import { formatAddress } from "../../agent/core/ip/format.ts"
import { parseAddress } from "../../agent/core/ip/parse.ts"
import type { Call, Command } from "../cli/command.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { findInstallNamespace, withCluster } from "../cli/session.ts"
import { askSpeakers } from "../cluster/ask-speakers.ts"
import type { Json } from "../cluster/json.ts"
import { historyTable } from "../view/history.ts"

export const history: Command = {
  name: "history",
  summary: "Who announced an address, when that changed and why",
  description:
    "Asks every speaker for the changes of owner that it remembers, the last 50 of an address since its pod was made, and puts them together, newest first. Speakers are asked inside their pods, so it takes the right to create pods/exec in the agents' namespace.",
  arguments: ["ADDRESS"],
  flags: [],
  examples: [
    { does: "Where has the address been?", line: "kubectl metallb history 192.168.1.11" },
    { does: "An IPv6 address", line: "kubectl metallb history 2001:db8::10" },
    { does: "The same for a program", line: "kubectl metallb history 192.168.1.11 -o json" },
  ],
  exits: ["ok", "no", "usage", "unknown"],
  changes: false,
  run: async call => {
    const [subject = ""] = call.arguments
    const address = parseAddress(subject)
    if (address === undefined)
      throw new Failure(exitCodes.usage, {
        message: `"${subject}" is no IP address`,
        fix: "kubectl metallb why-ip SERVICE says which address a service has",
      })
    return withCluster(call, async ({ api }) => {
      const vip = formatAddress(address)
      const said = await askSpeakers(api, await findInstallNamespace(call, api), `history ${vip}`)
      const told = said.flatMap(({ answer }) =>
        Array.isArray(answer) ? answer.flatMap(one => readChange(one) ?? []) : [],
      )
      const changes = ownerChanges(told.filter(change => change.vip === vip))
      const unknown = said.flatMap(({ node, unknown }) => (unknown === undefined ? [] : [{ node, why: unknown }]))
      await show(call, vip, changes, unknown)
      for (const { node, why } of unknown) call.output.note(`warning: the speaker of ${node} was not asked: ${why}`)
      if (said.length === 0) call.output.note("warning: there is no speaker to ask")
      if (unknown.length > 0 || said.length === 0) return exitCodes.unknown
      return changes.length > 0 ? exitCodes.ok : exitCodes.no
    })
  },
}

type Unasked = { readonly node: string; readonly why: string }

const show = async (
  { output }: Call,
  address: string,
  changes: readonly OwnerChange[],
  unknown: readonly Unasked[],
): Promise<void> => {
  if (output.format === "json" || output.format === "yaml")
    return output.document({
      apiVersion: "cli.metallb.io/v1",
      kind: "AddressHistory",
      address,
      changes: changes.map(asItem),
      unknown: unknown.map(one => ({ ...one })),
    })
  if (output.format === "name") return output.print(changes.flatMap(({ to }) => to ?? []).join("\n"))
  output.print(changes.length === 0 ? `No speaker remembers a change of ${address}.` : historyTable(changes))
}

const asItem = ({ at, from, to, reason, because, vacantFor, standIn, told }: OwnerChange): { [key: string]: Json } => ({
  at: new Date(at).toISOString(),
  from: from ?? null,
  to: to ?? null,
  reason,
  because: because ?? null,
  vacantForMs: vacantFor ?? null,
  standIn: standIn ?? null,
  told: [...told],
})
