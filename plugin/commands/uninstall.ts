import { recordPatch } from "../../agent/core/allocate/annotations.ts"
import { addressesOf, keyOf } from "../../agent/core/allocate/claim.ts"
import { servesClass } from "../../agent/core/allocate/ledger.ts"
import { formatAddress } from "../../agent/core/ip/format.ts"
import type { Service } from "../../agent/core/model.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Snapshot } from "../../agent/core/snapshot.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { dryRunFlag, timeoutFlag, waitFlag } from "../cli/flags.ts"
import { confirm, durationOf, findInstallNamespace, progressFor, saidOnInterrupt, withCluster } from "../cli/session.ts"
import type { Api } from "../cluster/api.ts"
import { textAt } from "../cluster/json.ts"
import { kinds } from "../cluster/kinds.ts"
import { type Manifest, readManifests } from "../cluster/manifest.ts"
import { get, list, merge, remove, shortName } from "../cluster/objects.ts"
import { readSnapshot } from "../cluster/snapshot.ts"
import type { Look } from "../term/progress.ts"
import { table } from "../view/table.ts"

export const uninstall: Command = {
  name: "uninstall",
  summary: "Name the services that lose their address, then remove the agents",
  description:
    "Names the services whose address nobody will announce any more, asks, and removes the agents and their permissions. Pools, advertisements and their resource definitions stay, so that a new installation gives every service the address it had; --purge removes them too.",
  arguments: [],
  flags: [
    {
      name: "purge",
      kind: "switch",
      summary: "Also remove pools, advertisements, their definitions and the namespace",
    },
    dryRunFlag,
    waitFlag,
    timeoutFlag("1m"),
  ],
  examples: [
    { does: "See what would go", line: "kubectl metallb uninstall --dry-run" },
    { does: "Remove the agents and keep the pools", line: "kubectl metallb uninstall" },
    { does: "Remove everything, without a question", line: "kubectl metallb uninstall --purge --yes" },
  ],
  exits: ["ok", "no", "unknown", "gaveUp", "refused"],
  changes: true,
  run: call =>
    withCluster(call, ({ api }) =>
      saidOnInterrupt(call, "what was deleted is gone; the same command again removes the rest", () =>
        runUninstall(call, api),
      ),
    ),
}

const runUninstall = async (call: Call, api: Api): Promise<ExitCode> => {
  const { output, flags } = call
  const namespace = await findInstallNamespace(call, api)
  const snapshot = await readSnapshot(api, namespace, call.world.clock.now)
  const losing = servicesOf(snapshot)
  const purge = flags.on("purge")
  output.tell(consequences(snapshot, losing))
  const dryRun = flags.text("dry-run") ?? "none"
  const targets = targetsOf(call, namespace, purge)
  if (dryRun === "none" && !(await confirm(call, question(losing, purge))))
    throw new Failure(exitCodes.refused, { message: "nothing was removed" })
  for (const { kind, object } of targets) {
    const text = shortName(object)
    if (dryRun === "client") output.print(`${text} deleted (dry run)`)
    else {
      const place = [textAt(object, "metadata", "namespace"), textAt(object, "metadata", "name")] as const
      const gone = await remove(api, kind, ...place, { dryRun: dryRun === "server" })
      if (gone) output.print(`${text} deleted${dryRun === "server" ? " (server dry run)" : ""}`)
    }
  }
  if (dryRun !== "none") return exitCodes.ok
  if (purge) for (const service of losing) await clearAddress(call, api, service)
  if (flags.on("wait")) await waitUntilGone(call, api, { namespace, purge })
  if (!purge && snapshot.pools.length > 0)
    output.tell("Pools and advertisements stay. A new installation gives every service the address it had.")
  return exitCodes.ok
}

/** Services that this installation gave an address. */
const servicesOf = ({ services, loadBalancerClass }: Snapshot): readonly Service[] =>
  services
    .filter(service => service.type === "LoadBalancer" && servesClass(service, loadBalancerClass))
    .filter(service => addressesOf(service).length > 0)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))

const consequences = (snapshot: Snapshot, losing: readonly Service[]): string => {
  if (snapshot.unread.some(({ what }) => what === "services"))
    return `unknown  ${phraseOf("ML630", { what: "services", why: "forbidden" })}: which of them lose their address cannot be told`
  if (losing.length === 0) return "No service has an address of this installation."
  return `${losing.length} ${losing.length === 1 ? "service loses its" : "services lose their"} address:\n${table(
    [{ title: "SERVICE" }, { title: "ADDRESS" }],
    losing.map(service => [keyOf(service), addressesOf(service).map(formatAddress).join(", ")]),
    "  ",
  )}`
}

const question = (losing: readonly Service[], purge: boolean): string => {
  const what = purge ? "the agents, every pool and every advertisement" : "the agents"
  return losing.length === 0 ? `Remove ${what}?` : `Remove ${what}, although services lose their address?`
}

/** What goes, in the reverse order of the installation. */
const targetsOf = (call: Call, namespace: string, purge: boolean): readonly Manifest[] =>
  readManifests(call.world.manifests(), { namespace, image: undefined })
    .filter(({ kind }) => purge || (kind !== kinds.crd && kind !== kinds.namespace))
    .toReversed()

/** Without pools nobody will ever clear the address again, so it goes from the service's status too. */
const clearAddress = async (call: Call, api: Api, service: Service): Promise<void> => {
  await merge(api, kinds.service, {
    namespace: service.namespace,
    name: service.name,
    subresource: "status",
    patch: {
      metadata: { annotations: recordPatch(service, undefined) },
      status: { loadBalancer: null },
    },
  })
  call.output.print(`service/${service.name} in ${service.namespace} cleared`)
}

/** Until the pods are gone and, where it was deleted, the namespace: before that nothing can be installed into it again. */
const waitUntilGone = async (
  call: Call,
  api: Api,
  { namespace, purge }: { readonly namespace: string; readonly purge: boolean },
): Promise<void> => {
  const waited = await progressFor(call).step({
    deadline: call.world.clock.now() + durationOf(call.flags, "timeout"),
    every: 200,
    look: async (): Promise<Look<true>> => {
      const pods = await list(api, kinds.pod, { namespace, labels: "app=metallb" })
      const names = pods.map(pod => textAt(pod, "metadata", "name"))
      if (pods.length > 0)
        return {
          state: "waiting",
          missing: `still ending: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`,
        }
      if (purge && (await get(api, kinds.namespace, "", namespace)) !== undefined)
        return { state: "waiting", missing: `still ending: namespace ${namespace}` }
      return { state: "done", value: true }
    },
  })
  if (!waited.ok)
    throw new Failure(exitCodes.gaveUp, {
      message: `gave up waiting: ${waited.missing}`,
      code: "ML616",
      fix: fixOf("ML616", {}),
    })
}
