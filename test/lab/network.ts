import { existsSync, readdirSync, rmdirSync } from "node:fs"
import { type Batch, forwarding, lanBatches, nodeBatches } from "./network-plan.ts"
import { type Host, hosts, type NodeHost, type Plan } from "./plan.ts"
import { must, run } from "./run.ts"

/** Where `ip netns` keeps the names of network namespaces. */
export const namespaceFolder = "/run/netns"

/** Path by which a network namespace is entered. */
export const namespacePath = (name: string): string => `${namespaceFolder}/${name}`

/** Brings up the switch, the control plane's, the client's and the router's namespaces, and the link to the machine. */
export async function lanUp(plan: Plan): Promise<void> {
  await apply(lanBatches(plan))
  // Frames that the switch passes on must not run through iptables; the setting belongs to the namespace.
  await sysctl(plan.lan, ["net.bridge.bridge-nf-call-iptables=0", "net.bridge.bridge-nf-call-ip6tables=0"])
  await sysctl(plan.router.namespace, forwarding)
}

/** Makes a node's namespace anew and plugs it in. */
export async function plugNode(plan: Plan, node: NodeHost): Promise<void> {
  await unplug(plan, node)
  await apply(nodeBatches(plan, node))
}

/** Takes a host off the LAN and forgets its namespace; nothing to do is no error. */
export async function unplug(plan: Plan, host: Host): Promise<void> {
  // The switch's end goes first: a namespace is freed later, and until then a device of the same name cannot be made.
  if (existsSync(namespacePath(plan.lan))) await run("ip", ["-n", plan.lan, "link", "del", host.name])
  if (existsSync(namespacePath(host.namespace))) await must("ip", ["netns", "del", host.namespace])
}

/** Cuts or mends a host's cable at the switch: the host itself sees its carrier go and come. */
export async function setCable(plan: Plan, host: Host, state: "up" | "down"): Promise<void> {
  await must("ip", ["-n", plan.lan, "link", "set", host.name, state])
}

/** Removes every namespace and link of the lab that is there. */
export async function lanDown(plan: Plan): Promise<void> {
  if (existsSync(`/sys/class/net/${plan.hostLink.device}`)) await must("ip", ["link", "del", plan.hostLink.device])
  for (const host of hosts(plan)) await unplug(plan, host)
  if (existsSync(namespacePath(plan.lan))) await must("ip", ["netns", "del", plan.lan])
}

/** Removes the mount and folder that the machine's first `ip netns add` made, once nobody's namespace is in it. */
export async function forgetNamespaceFolder(): Promise<void> {
  if (!existsSync(namespaceFolder) || readdirSync(namespaceFolder).length > 0) return
  await run("umount", [namespaceFolder])
  if (readdirSync(namespaceFolder).length === 0) rmdirSync(namespaceFolder)
}

async function apply(batches: readonly Batch[]): Promise<void> {
  for (const { namespace, commands } of batches) {
    const where = namespace === undefined ? [] : ["-n", namespace]
    await must("ip", [...where, "-batch", "-"], { input: `${commands.join("\n")}\n` })
  }
}

async function sysctl(namespace: string, settings: readonly string[]): Promise<void> {
  await must("nsenter", [`--net=${namespacePath(namespace)}`, "sysctl", "-qw", ...settings])
}
