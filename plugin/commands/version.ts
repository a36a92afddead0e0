import { phraseOf } from "../../agent/core/sentence.ts"
import type { Command } from "../cli/command.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { findInstallNamespace, withCluster } from "../cli/session.ts"
import { type Api, Refusal } from "../cluster/api.ts"
import { listAt, textAt } from "../cluster/json.ts"
import { kinds } from "../cluster/kinds.ts"
import { get } from "../cluster/objects.ts"
import { type Rollout, readRollouts } from "../cluster/rollout.ts"
import { table } from "../view/table.ts"

export const version: Command = {
  name: "version",
  summary: "Versions of the plugin and of what runs in the cluster",
  description: "Prints the version of this program, of the controller and the speakers, and of the resources.",
  arguments: [],
  flags: [{ name: "client", kind: "switch", summary: "Only this program, without asking the cluster" }],
  examples: [
    { does: "Show all versions", line: "kubectl metallb version" },
    { does: "Show the version of the plugin alone", line: "kubectl metallb version --client" },
    { does: "Read it in a script", line: "kubectl metallb version --client -o json" },
  ],
  exits: ["ok", "no", "unknown"],
  changes: false,
  run: async call => {
    const { output, world, flags } = call
    const isDocument = output.format === "json" || output.format === "yaml"
    const head = { apiVersion: "cli.metallb.io/v1", kind: "Version", plugin: world.version }
    if (flags.on("client")) {
      if (isDocument) await output.document(head)
      else output.print(`plugin  ${world.version}`)
      return exitCodes.ok
    }
    // The plugin's own version is known whatever the cluster says.
    if (!isDocument) output.print(`plugin      ${world.version}`)
    return withCluster(call, async ({ api }) => {
      const rollouts = await readRollouts(api, await findInstallNamespace(call, api))
      const crds = await readCrdVersions(api)
      const mixed = rollouts.some(({ versions }) => versions.length > 1)
      if (isDocument)
        await output.document({
          ...head,
          ...Object.fromEntries(rollouts.map(({ component, versions }) => [component, versions])),
          crds: crds.versions,
        })
      else
        output.print(
          table(
            [{ title: "" }, { title: "" }],
            [
              ...rollouts.map(rollout => [rollout.component.padEnd(10), versionText(rollout)]),
              ["crds".padEnd(10), crds.text],
            ],
          ),
        )
      return mixed ? exitCodes.no : crds.known ? exitCodes.ok : exitCodes.unknown
    })
  },
}

/** "v1.4.0", or which nodes run what while several versions do. */
const versionText = ({ component, versions, nodesByVersion }: Rollout): string => {
  const [only, ...others] = versions
  if (only === undefined) return "<none>"
  if (others.length === 0) return only
  const parts = versions.map(one => `${one} on ${(nodesByVersion.get(one) ?? []).join(", ")}`)
  return `${parts.join("; ")}   ${phraseOf("ML618", { component, versions })} [ML618]`
}

type CrdVersions = { readonly known: boolean; readonly versions: readonly string[]; readonly text: string }

const readCrdVersions = async (api: Api): Promise<CrdVersions> => {
  try {
    const crd = await get(api, kinds.crd, "", "bgppeers.metallb.io")
    const versions = listAt(crd, "spec", "versions").map(one => textAt(one, "name"))
    return { known: true, versions, text: versions.length === 0 ? "<none>" : `metallb.io ${versions.join(", ")}` }
  } catch (error) {
    if (error instanceof Refusal) return { known: false, versions: [], text: `<unknown> ${error.reason}` }
    throw error
  }
}
