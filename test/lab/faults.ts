import { existsSync } from "node:fs"
import { Failure } from "../setup/failure.ts"
import { namespacePath, setCable } from "./network.ts"
import type { NodeHost, Plan } from "./plan.ts"
import { must, run } from "./run.ts"

/** State of a node's cable: `loss` in percent of the frames of each direction. */
export type Cable = { readonly plugged: boolean; readonly loss: number }

/**
 * Rules that drop `percent` (0 to 100, steps of 0.01) of all frames that arrive at a device, whatever their protocol.
 * They stand where frames come in: a sender is told of a drop on its own way out, and would send again.
 */
export function lossRules(device: string, percent: number): string {
  const table = `loss_${device}`
  const share = Math.round(percent * 100)
  const chain = [
    `table netdev ${table} {`,
    "  chain in {",
    `    type filter hook ingress device ${device} priority 0`,
    `    numgen random mod 10000 <= ${share - 1} drop`,
    "  }",
    "}",
  ]
  const fresh = [`table netdev ${table} {`, "}", `delete table netdev ${table}`]
  return `${[...fresh, ...(share > 0 ? chain : [])].join("\n")}\n`
}

/** Pulls a node's cable out of the switch, or puts it back: the node sees its carrier go and come. Throws a Failure when it is off. */
export async function plug(plan: Plan, node: NodeHost, plugged: boolean): Promise<void> {
  refuseOff(plan, node)
  await setCable(plan, node, plugged ? "up" : "down")
}

/** Lets a node's cable lose a share of the frames of each direction; 0 ends it, and so does a power-off. Throws a Failure for a bad share. */
export async function lose(plan: Plan, node: NodeHost, percent: number): Promise<void> {
  if (!(percent >= 0 && percent <= 100)) {
    throw new Failure(`a cable cannot lose ${percent} % of its frames`, "use a number from 0 to 100, as in 2.5")
  }
  refuseOff(plan, node)
  await nft(plan.lan, lossRules(node.name, percent))
  await nft(node.namespace, lossRules("eth0", percent))
}

/** What was done to a node's cable; none when the node is off. */
export async function cableOf(plan: Plan, node: NodeHost): Promise<Cable | undefined> {
  if (!existsSync(namespacePath(node.namespace))) return undefined
  const { stdout } = await run("ip", ["-n", plan.lan, "link", "show", node.name])
  const rules = await run("nsenter", [...inside(plan.lan), "nft", "list", "table", "netdev", `loss_${node.name}`])
  const last = /10000 <= (\d+)/.exec(rules.stdout)?.[1]
  return { plugged: /[<,]UP[,>]/.test(stdout), loss: last === undefined ? 0 : (Number(last) + 1) / 100 }
}

/** Removes the switch's own rules of a node that is gone: a kernel binds them again to the next device of that name. */
export async function forgetLoss(plan: Plan, node: NodeHost): Promise<void> {
  if (existsSync(namespacePath(plan.lan))) await nft(plan.lan, lossRules(node.name, 0))
}

const inside = (namespace: string) => [`--net=${namespacePath(namespace)}`]

async function nft(namespace: string, rules: string): Promise<void> {
  await must("nsenter", [...inside(namespace), "nft", "-f", "-"], { input: rules })
}

function refuseOff(plan: Plan, node: NodeHost): void {
  if (existsSync(namespacePath(node.namespace))) return
  throw new Failure(
    `node ${node.name} of lab ${plan.lab} is powered off, and has no cable`,
    `power it on with npm run lab -- boot ${node.name}`,
  )
}
