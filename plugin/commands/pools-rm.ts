import { parseRange } from "../../agent/core/ip/range.ts"
import type { L2AdvertisementResource, PoolResource } from "../../agent/core/model.ts"
import type { BgpAdvertisementResource } from "../../agent/core/model-bgp.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Snapshot } from "../../agent/core/snapshot.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { dryRunFlag } from "../cli/flags.ts"
import { withCluster } from "../cli/session.ts"
import type { Api } from "../cluster/api.ts"
import { kinds } from "../cluster/kinds.ts"
import { merge, remove } from "../cluster/objects.ts"
import { ownLabels, rangesText, readRangeText } from "../cluster/pool-order.ts"
import { heldOf } from "../cluster/pool-use.ts"
import { namedPool } from "./named-pool.ts"

export const poolsRm: Command = {
  name: "pools rm",
  summary: "Remove a pool or a range of it",
  description:
    "Removes a pool, with the advertisement that pools add made for it, or takes ranges out of it. Refuses while services hold addresses of what would go.",
  arguments: ["NAME"],
  flags: [
    { name: "range", kind: "texts", value: "RANGE", summary: "Only take out this range, as written; may be repeated" },
    { name: "force", kind: "switch", summary: "Remove it although services lose their address" },
    dryRunFlag,
  ],
  examples: [
    { does: "Remove a pool that nobody uses", line: "kubectl metallb pools rm lab" },
    { does: "Take one range out", line: "kubectl metallb pools rm public --range 192.168.1.32/28" },
    { does: "See who would lose an address", line: "kubectl metallb pools rm public --dry-run" },
  ],
  exits: ["ok", "no", "usage", "unknown", "refused"],
  changes: true,
  run: call => withCluster(call, ({ api }) => removePool(call, api)),
}

const removePool = async (call: Call, api: Api): Promise<ExitCode> => {
  const { pool, snapshot } = await namedPool(call, api, ["pools", "services"])
  const { name } = pool
  const ranges = call.flags.texts("range").map(range => readRangeText(range, "--range"))
  const going = ranges.length === 0 ? pool.addresses : ranges.map(range => writtenRange(range, pool))
  checkHolders(call, name, going, snapshot)
  const left = pool.addresses.filter(written => !going.includes(written))
  if (ranges.length > 0 && left.length > 0) return shrink(call, api, pool, left)
  return removeWhole(call, api, pool, snapshot)
}

/** The entry of the pool that says the same range, however it is written. */
const writtenRange = (range: string, pool: PoolResource): string => {
  const wanted = parseRange(range)
  const entry = pool.addresses.find(written => {
    const read = parseRange(written)
    return wanted.ok && read.ok && wanted.range.first === read.range.first && wanted.range.last === read.range.last
  })
  if (entry !== undefined) return entry
  throw new Failure(exitCodes.no, {
    message: `pool "${pool.name}" has no range ${range}`,
    where: `--range ${range}`,
    fix: `one of ${pool.addresses.join(", ")}`,
  })
}

const checkHolders = (call: Call, pool: string, going: readonly string[], snapshot: Snapshot): void => {
  const ranges = going.flatMap(text => {
    const read = parseRange(text)
    return read.ok ? [read.range] : []
  })
  const held = heldOf({ ranges }, snapshot)
  if (held.length === 0) return
  const holders = [...new Set(held.flatMap(({ holders: keys }) => keys))].sort()
  const facts = { pool, count: held.length, holders }
  if (call.flags.on("force")) {
    call.output.note(`warning: ${phraseOf("ML614", facts)}`)
    return
  }
  throw new Failure(exitCodes.refused, { message: phraseOf("ML614", facts), code: "ML614", fix: fixOf("ML614", facts) })
}

const dryRunText = (call: Call): string => {
  const dryRun = call.flags.text("dry-run") ?? "none"
  return dryRun === "none" ? "" : dryRun === "server" ? " (server dry run)" : " (dry run)"
}

const shrink = async (call: Call, api: Api, pool: PoolResource, left: readonly string[]): Promise<ExitCode> => {
  const dryRun = call.flags.text("dry-run")
  if (dryRun !== "client")
    await merge(
      api,
      kinds.pool,
      {
        namespace: pool.namespace,
        name: pool.name,
        // With the version read, a change made meanwhile is a conflict and not lost.
        patch: { metadata: { resourceVersion: pool.resourceVersion }, spec: { addresses: left } },
      },
      { dryRun: dryRun === "server" },
    )
  call.output.print(`ipaddresspool/${pool.name} configured${dryRunText(call)}   ${rangesText(left)}`)
  return exitCodes.ok
}

const removeWhole = async (call: Call, api: Api, pool: PoolResource, snapshot: Snapshot): Promise<ExitCode> => {
  const dryRun = call.flags.text("dry-run")
  const isOwn = ({ name, ipAddressPools, labels }: L2AdvertisementResource | BgpAdvertisementResource) =>
    name === pool.name &&
    ipAddressPools.join() === pool.name &&
    Object.entries(ownLabels).every(([key, value]) => labels[key] === value)
  const targets = [
    { kind: kinds.pool, object: pool, text: "ipaddresspool" },
    ...snapshot.l2Advertisements
      .filter(isOwn)
      .map(object => ({ kind: kinds.l2Advertisement, object, text: "l2advertisement" })),
    ...(snapshot.bgpAdvertisements ?? [])
      .filter(isOwn)
      .map(object => ({ kind: kinds.bgpAdvertisement, object, text: "bgpadvertisement" })),
  ]
  for (const { kind, object, text } of targets) {
    if (dryRun !== "client") await remove(api, kind, object.namespace, object.name, { dryRun: dryRun === "server" })
    call.output.print(`${text}/${object.name} deleted${dryRunText(call)}`)
  }
  return exitCodes.ok
}
