import type { PoolResource } from "../../agent/core/model.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Snapshot } from "../../agent/core/snapshot.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { dryRunFlag } from "../cli/flags.ts"
import { findInstallNamespace, withCluster } from "../cli/session.ts"
import type { Api } from "../cluster/api.ts"
import type { JsonObject } from "../cluster/json.ts"
import { kinds } from "../cluster/kinds.ts"
import type { Manifest } from "../cluster/manifest.ts"
import { apply, create, merge, shortName } from "../cluster/objects.ts"
import { checkWish } from "../cluster/pool-checks.ts"
import { advertisementManifest, checkName, type Protocol, rangesText, readRangeText } from "../cluster/pool-order.ts"
import { judgeSnapshot } from "../cluster/pool-use.ts"
import { readSnapshot } from "../cluster/snapshot.ts"

export const poolsAdd: Command = {
  name: "pools add",
  summary: "Create or extend a pool, with its advertisement",
  description:
    "Creates a pool, or adds ranges to one that is there, and makes sure that it is announced: a pool without an advertisement gives addresses that reach nobody. Ranges that overlap another pool or a node are refused.",
  arguments: ["NAME"],
  flags: [
    { name: "range", kind: "texts", value: "RANGE", summary: "Addresses, as CIDR or FIRST-LAST, may be repeated" },
    {
      name: "advertise",
      kind: "text",
      value: "HOW",
      choices: ["l2", "bgp", "none"],
      default: "l2",
      summary: "How the pool is announced: l2, by BGP, or none",
    },
    {
      name: "auto-assign",
      kind: "switch",
      default: "true",
      summary: "Give addresses also to services that ask for no pool",
    },
    dryRunFlag,
  ],
  examples: [
    {
      does: "Create a pool that is announced on the local network",
      line: "kubectl metallb pools add public --range 192.168.1.11-192.168.1.13",
    },
    { does: "Extend it", line: "kubectl metallb pools add public --range 192.168.1.32/28" },
    {
      does: "Create a pool that routers are told of",
      line: "kubectl metallb pools add routed --range 198.51.100.0/28 --advertise bgp",
    },
    { does: "Announce a pool that nothing announces yet", line: "kubectl metallb pools add lab --advertise l2" },
  ],
  exits: ["ok", "no", "usage", "unknown", "refused"],
  changes: true,
  run: call => withCluster(call, ({ api }) => add(call, api)),
}

const add = async (call: Call, api: Api): Promise<ExitCode> => {
  const [name = ""] = call.arguments
  checkName(name)
  const ranges = call.flags.texts("range").map(range => readRangeText(range, "--range"))
  const snapshot = await readSnapshot(api, await findInstallNamespace(call, api), call.world.clock.now)
  const protocol = protocolOf(call)
  const decisive = ["pools", protocol === "bgp" ? "bgpAdvertisements" : "l2Advertisements"]
  const unread = snapshot.unread.find(({ what }) => decisive.includes(what))
  if (unread !== undefined)
    throw new Failure(exitCodes.unknown, {
      message: phraseOf("ML630", { what: unread.what, why: unread.why }),
      code: "ML630",
      fix: fixOf("ML630", { what: unread.what }),
    })
  const existing = snapshot.pools.find(pool => pool.name === name && pool.namespace === snapshot.installNamespace)
  if (existing === undefined && ranges.length === 0) throw needsRange(name, snapshot)
  const written = [...new Set([...(existing?.addresses ?? []), ...ranges])]
  checkWish({ name, ranges, written, existing, snapshot, mayHoldNodes: call.flags.on("yes") })

  const isNews = ranges.length > 0 || (existing !== undefined && call.flags.given("auto-assign"))
  if (existing === undefined) await createPool(call, api, { name, written, namespace: snapshot.installNamespace })
  else if (isNews) await changePool(call, api, existing, written)
  const missing = protocol !== undefined && !isAdvertised(protocol, name, snapshot) ? protocol : undefined
  if (missing !== undefined)
    await createAdvertisement(call, api, advertisementManifest(missing, name, snapshot.installNamespace))
  if (!isNews && missing === undefined) call.output.tell(`ipaddresspool/${name} is as it should be, nothing to do`)
  return exitCodes.ok
}

const protocolOf = ({ flags }: Call): Protocol | undefined => {
  const advertise = flags.text("advertise")
  return advertise === "l2" || advertise === "bgp" ? advertise : undefined
}

type NewPool = { readonly name: string; readonly written: readonly string[]; readonly namespace: string }

const createPool = async (call: Call, api: Api, { name, written, namespace }: NewPool): Promise<void> => {
  const object = {
    apiVersion: kinds.pool.apiVersion,
    kind: kinds.pool.kind,
    metadata: { name, namespace },
    spec: { addresses: written, ...autoAssignOf(call) },
  }
  const { where, dryRun } = dryRunOf(call)
  const after = where === "client" ? object : await create(api, kinds.pool, object, { dryRun })
  await report(call, after, `ipaddresspool/${name}`, "created", written)
}

const changePool = async (call: Call, api: Api, pool: PoolResource, written: readonly string[]): Promise<void> => {
  const { where, dryRun } = dryRunOf(call)
  // With the version read, a change made meanwhile is a conflict and not lost.
  const patch = {
    metadata: { resourceVersion: pool.resourceVersion },
    spec: { addresses: written, ...autoAssignOf(call) },
  }
  const change = { namespace: pool.namespace, name: pool.name, patch }
  const after = where === "client" ? patch : await merge(api, kinds.pool, change, { dryRun })
  await report(call, after, `ipaddresspool/${pool.name}`, "configured", written)
}

const createAdvertisement = async (call: Call, api: Api, { kind, object }: Manifest): Promise<void> => {
  const { where, dryRun } = dryRunOf(call)
  const applied =
    where === "client" ? { object, outcome: "created" as const } : await apply(api, kind, object, { dryRun })
  await report(call, applied.object, shortName(object), applied.outcome, [])
}

const autoAssignOf = ({ flags }: Call): { readonly autoAssign?: boolean } =>
  flags.given("auto-assign") ? { autoAssign: flags.on("auto-assign") } : {}

const dryRunOf = ({ flags }: Call) => {
  const where = flags.text("dry-run") ?? "none"
  return { where, dryRun: where === "server" }
}

const report = async (
  call: Call,
  after: JsonObject,
  name: string,
  outcome: string,
  written: readonly string[],
): Promise<void> => {
  const { output } = call
  const { where } = dryRunOf(call)
  const trial = where === "none" ? "" : where === "server" ? " (server dry run)" : " (dry run)"
  if (output.format === "json" || output.format === "yaml") await output.document(after)
  else if (output.format === "name") output.print(name)
  else output.print(`${name} ${outcome}${trial}${written.length === 0 ? "" : `   ${rangesText(written)}`}`)
}

const isAdvertised = (protocol: Protocol, name: string, snapshot: Snapshot): boolean => {
  const { l2Advertisements, bgp } = judgeSnapshot(snapshot).config
  const usable = protocol === "l2" ? l2Advertisements : bgp.advertisements
  const written = protocol === "l2" ? snapshot.l2Advertisements : (snapshot.bgpAdvertisements ?? [])
  return (
    usable.some(({ pools }) => pools.has(name)) ||
    // A new pool is covered by an advertisement that names it already, or that names none and so means all.
    written.some(
      ({ ipAddressPools, ipAddressPoolSelectors }) =>
        ipAddressPools.includes(name) || (ipAddressPools.length === 0 && ipAddressPoolSelectors.length === 0),
    )
  )
}

const needsRange = (name: string, snapshot: Snapshot): Failure => {
  const legacy = judgeSnapshot(snapshot).config.pools.find(pool => pool.name === name && pool.source === "legacy")
  if (legacy !== undefined)
    return new Failure(exitCodes.no, {
      message: `pool "${name}" stands in the ConfigMap config, which this program does not change`,
      fix: `kubectl edit configmap config -n ${snapshot.installNamespace}`,
    })
  return new Failure(exitCodes.usage, {
    message: `there is no pool "${name}" yet, so it needs --range`,
    fix: `kubectl metallb pools add ${name} --range FIRST-LAST`,
    usageOf: "kubectl metallb pools add",
  })
}
