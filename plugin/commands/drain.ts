import { drainOf } from "../../agent/core/announce/drain.ts"
import type { Move } from "../../agent/core/announce/moves.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Snapshot } from "../../agent/core/snapshot.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { dryRunFlag, timeoutFlag, waitFlag } from "../cli/flags.ts"
import { confirm, durationOf, findInstallNamespace, saidOnInterrupt, withCluster } from "../cli/session.ts"
import type { Api } from "../cluster/api.ts"
import { withCompany } from "../cluster/company.ts"
import { type DrainPlan, planDrain, requireRead, writeDrain } from "../cluster/drain.ts"
import { readSnapshot } from "../cluster/snapshot.ts"
import { movedTable, planSummary, planTable, withdrawalSummary, withdrawalTable } from "../view/drain.ts"
import { clockTime, took } from "../view/duration.ts"
import { awaitDrained, type Drained, type Unsaid } from "./drain-wait.ts"

export const drain: Command = {
  name: "drain",
  summary: "Move every address off a node, without a lost request",
  description:
    "Asks a node to announce nothing any longer. For each address that it has the next node speaks first and this one stops then, so that no request is lost; routers are told that it goes (RFC 8326) and have 15 seconds to move their traffic before its routes are withdrawn. The node stays out until undrain. Pods are not touched and the node is not cordoned: kubectl drain does that, and comes after this. Refuses where an address would be left to nobody.",
  arguments: ["NODE"],
  flags: [
    { name: "force", kind: "switch", summary: "Drain it although addresses would be announced by nobody" },
    dryRunFlag,
    waitFlag,
    timeoutFlag("1m"),
  ],
  examples: [
    { does: "See what would move where, and change nothing", line: "kubectl metallb drain n2 --dry-run" },
    { does: "Move everything off a node, before kubectl drain takes its pods", line: "kubectl metallb drain n2" },
    { does: "Also where an address has no other node, without a question", line: "kubectl metallb drain n2 --force" },
  ],
  exits: ["ok", "no", "usage", "unknown", "gaveUp", "refused"],
  changes: true,
  run: call =>
    withCluster(call, ({ api }) =>
      saidOnInterrupt(call, "what was asked of the node stays asked; kubectl metallb undrain takes it back", () =>
        runDrain(call, api),
      ),
    ),
}

const runDrain = async (call: Call, api: Api): Promise<ExitCode> => {
  const [name = ""] = call.arguments
  const { output, world, flags } = call
  const install = await findInstallNamespace(call, api)
  const read = await readSnapshot(api, install, world.clock.now)
  requireRead(read)
  const snapshot = await withCompany(api, read, { addresses: [], asking: () => [name] })
  const since = world.clock.now()
  const plan = planDrain(snapshot, name, since)
  refuseSuspended(plan)
  const dryRun = flags.text("dry-run") ?? "none"
  const before = drainOf(plan.node)
  if (dryRun !== "none") {
    if (dryRun === "server") await writeDrain(api, name, since, { dryRun: true })
    await show(call, { plan, dryRun: true, drained: undefined })
    return plan.lost.length + plan.untold.length > 0 ? exitCodes.no : exitCodes.ok
  }
  if (before === undefined) {
    await allow(call, plan)
    await writeDrain(api, name, since, { dryRun: false })
    output.tell(`node/${name} drained`)
  } else
    output.tell(
      `node/${name} unchanged: drained${before.since === undefined ? "" : ` since ${clockTime(before.since)}`}`,
    )
  const deadline = since + durationOf(flags, "timeout")
  const drained = flags.on("wait")
    ? await awaitDrained(call, api, { install, node: name, unsaid: unsaidOf(plan, snapshot), began: since, deadline })
    : undefined
  await show(call, { plan, dryRun: false, drained })
  return exitCodes.ok
}

/** Neither would happen what a trial shows, nor would waiting ever end. */
const refuseSuspended = ({ node, suspended }: DrainPlan): void => {
  if (suspended.length === 0) return
  const more = suspended.length > 8 ? `, and ${suspended.length - 8} more` : ""
  throw new Failure(exitCodes.refused, {
    message: `${node.name} would go on announcing ${suspended.slice(0, 8).join(", ")}${more}: drains are suspended while a speaker of MetalLB is there (${phraseOf("ML385", {})})`,
    code: "ML385",
    fix: fixOf("ML385", {}),
  })
}

/** What the plan takes from the node, and no status of the node speaks of. */
const unsaidOf = (
  { node, moves, withdrawals }: DrainPlan,
  { announced = [], advertised = [] }: Snapshot,
): readonly Unsaid[] => {
  const own = ({ node: name }: { readonly node: string }) => name === node.name
  const onLink = new Set(announced.filter(own).map(({ service }) => service))
  const toPeers = new Set(advertised.filter(own).map(({ service }) => service))
  return [
    ...moves
      .filter(({ now }) => now === node.name)
      .flatMap(({ services }) => services)
      .filter(service => !onLink.has(service))
      .map(service => ({ kind: "ServiceL2Status", service }) as const),
    ...withdrawals
      .filter(({ service }) => !toPeers.has(service))
      .map(({ service }) => ({ kind: "ServiceBGPStatus", service }) as const),
  ]
}

/** Ends the command where addresses would be left to nobody and nobody says that this is meant. */
const allow = async (call: Call, { node, lost, untold }: DrainPlan): Promise<void> => {
  const left = new Set([...lost.map(({ address }) => address), ...untold.flatMap(({ addresses }) => addresses)])
  if (left.size === 0) return
  const facts = { node: node.name, count: left.size, addresses: [...left].slice(0, 8) }
  if (call.flags.on("force")) {
    call.output.note(`warning: ${phraseOf("ML389", facts)}`)
    return
  }
  if (lost.length > 0) call.output.note(planTable(lost, call.output.errorStyle))
  if (untold.length > 0) call.output.note(withdrawalTable(untold, call.output.errorStyle))
  const refused = { message: phraseOf("ML389", facts), code: "ML389", fix: fixOf("ML389", facts) } as const
  if (!call.flags.on("yes") && !call.manner.prompts) throw new Failure(exitCodes.refused, refused)
  if (!(await confirm(call, `Drain ${node.name} although ${phraseOf("ML389", facts)}?`)))
    throw new Failure(exitCodes.refused, { message: `${node.name} goes on announcing` })
}

type Result = {
  readonly plan: DrainPlan
  readonly dryRun: boolean
  /** undefined where nobody waited. */
  readonly drained: Drained | undefined
}

const show = async (call: Call, { plan, dryRun, drained }: Result): Promise<void> => {
  const { output } = call
  const { node, lost, withdrawals, untold } = plan
  const moves = plan.moves.map(move => ({ ...move, after: drained?.owner(move.services) ?? move.after }))
  const tookMs = ({ services }: Move) => drained?.tookMs(services)
  if (output.format === "json" || output.format === "yaml")
    return output.document({
      apiVersion: "cli.metallb.io/v1",
      kind: "Drain",
      node: node.name,
      dryRun,
      moves: moves.map(move => ({ ...move, facts: { ...move.facts }, tookMs: tookMs(move) })),
      lost: lost.length,
      withdrawals: withdrawals.map(one => ({ ...one })),
      untold: untold.length,
      ...(drained === undefined ? {} : { tookMs: drained.totalMs }),
    })
  if (output.format === "name") return output.print(`node/${node.name}`)
  if (dryRun || drained === undefined) {
    if (moves.length > 0) output.print(planTable(moves, output.style))
    if (moves.length > 0 || withdrawals.length === 0) output.print(planSummary(moves))
    if (withdrawals.length > 0) {
      output.print(withdrawalTable(withdrawals, output.style))
      output.print(withdrawalSummary(withdrawals))
    }
    return
  }
  if (moves.length > 0) output.print(movedTable(moves, tookMs, output.style))
  if (withdrawals.length > 0) output.print(withdrawalTable(withdrawals, output.style))
  output.print(`${node.name} announces nothing any longer, after ${took(drained.totalMs)}.`)
}
