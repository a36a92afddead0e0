import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { kubePrograms } from "../setup/cache.ts"
import { Failure } from "../setup/failure.ts"
import { groupsFor, makeGroups, type NodeGroups, removeGroups } from "./cgroup.ts"
import { forgetLoss } from "./faults.ts"
import { namespacePath, plugNode, setCable, unplug } from "./network.ts"
import { nodeFiles, type ProxyMode } from "./node-config.ts"
import { baseImages, type Places } from "./places.ts"
import type { NodeHost, Plan } from "./plan.ts"
import { endPid, firstChild, livingPid, readIfThere, writePid } from "./process.ts"
import { must, startDaemon } from "./run.ts"
import { pollUntil } from "./wait.ts"

/** Cgroups of a node on this machine. */
export const nodeGroups = (node: NodeHost): NodeGroups => groupsFor(node.namespace)

// Joins the node's cgroups, makes them the root of what the node sees, and (version 2) moves on to a leaf of them.
const holder = `set -e
for group in $1; do echo $$ >"$group/cgroup.procs"; done
exec unshare --cgroup bash -c '
  [ -z "$1" ] || echo $$ >"$1/cgroup.procs"
  shift
  exec unshare --mount --uts --ipc --pid --fork --kill-child --propagation private bash "$@"' bash "\${@:2}"`

/**
 * Powers a node on: a new namespace on the LAN, and its process 1, which starts the rest. Returns once process 1 was started;
 * the kubelet starts after allowKubelet.
 */
export async function powerOn(
  plan: Plan,
  places: Places,
  node: NodeHost,
  settings: { readonly groups: NodeGroups; readonly proxy: ProxyMode; readonly runc: string },
): Promise<void> {
  const { groups } = settings
  const folder = places.node(node.name)
  const logs = join(places.logs, node.name)
  const cgroupVersion = groups.hierarchies === "unified" ? 2 : 1
  const files = nodeFiles({ node, folder, runc: settings.runc, proxy: settings.proxy, cgroupVersion })
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  mkdirSync(logs, { recursive: true })
  copyFileSync(join(places.control, `${node.name}.kubeconfig`), join(folder, "kubelet.kubeconfig"))
  copyFileSync(join(places.control, "kube-proxy.kubeconfig"), join(folder, "kube-proxy.kubeconfig"))
  for (const stale of ["boot-id", "go", "images", "fs/var/lib/cni"]) {
    rmSync(join(folder, stale), { recursive: true, force: true })
  }
  symlinkSync(baseImages, join(folder, "images"))
  await plugNode(plan, node)
  makeGroups(groups)
  const leaf = cgroupVersion === 2 ? `${groups.folders[0]}/system` : ""
  const init = [join(import.meta.dirname, "node-init.sh"), node.name, folder, logs, kubePrograms, groups.hierarchies]
  const enter = [`--net=${namespacePath(node.namespace)}`, "bash", "-c", holder, "bash"]
  const args = [...enter, groups.folders.join(" "), leaf, ...init]
  writePid(places.pid(node.name), await startDaemon("nsenter", args, join(logs, "init.log")))
}

/** Lets the node start its kubelet and kube-proxy. */
export function allowKubelet(places: Places, node: NodeHost): void {
  writeFileSync(join(places.node(node.name), "go"), "")
}

/** Whether a node is powered on. */
export const isOn = (places: Places, node: NodeHost): boolean => livingPid(places.pid(node.name)) !== undefined

/** Process 1 of a node; none when it is off, and none in the moment before it is forked. */
export function nodeProcess(places: Places, node: NodeHost): number | undefined {
  const pid = livingPid(places.pid(node.name))
  return pid === undefined ? undefined : firstChild(pid)
}

/** The node's boot id, once its containerd answers and its images are there; a power-on makes a new one. */
export const currentBoot = (places: Places, node: NodeHost): string | undefined =>
  readIfThere(join(places.node(node.name), "boot-id"))?.trim()

/**
 * Pulls the plug: the cable goes dead, then everything in the node ends at once, and nothing of it is left in the kernel.
 * Its disk stays. Returns the time at which the cable was cut, in milliseconds of performance.timeOrigin's clock.
 */
export async function cutPower(plan: Plan, places: Places, node: NodeHost, groups: NodeGroups): Promise<number> {
  if (existsSync(namespacePath(node.namespace))) await setCable(plan, node, "down")
  const cut = performance.now()
  const first = nodeProcess(places, node)
  if (first !== undefined) process.kill(first, "SIGKILL")
  await pollUntil(`node ${node.name} ends`, () => livingPid(places.pid(node.name)) === undefined, {
    timeoutMs: 10_000,
    everyMs: 5,
  })
  await endPid(places.pid(node.name), "SIGKILL")
  await removeGroups(groups)
  await unplug(plan, node)
  await forgetLoss(plan, node)
  return cut
}

// What runs in a node counts as the node's: its memory, and its end at a power-off. nsenter waits outside the node for what
// it started inside and passes no signal on, hence the signal at its death.
const joinGroups = `if [ -e /sys/fs/cgroup/system/cgroup.procs ]; then echo $$ >/sys/fs/cgroup/system/cgroup.procs
else for group in /sys/fs/cgroup/*/; do echo $$ >"$group/cgroup.procs"; done; fi
exec setpriv --pdeathsig TERM -- "$@"`

/**
 * Program and arguments that run `command` inside a node, in this process's folder; when the program is killed, the command gets
 * SIGTERM. Throws a Failure when the node is off.
 */
export function inNode(
  places: Places,
  node: NodeHost,
  command: readonly string[],
): readonly [string, readonly string[]] {
  const first = nodeProcess(places, node)
  if (first === undefined) {
    throw new Failure(`node ${node.name} is powered off`, `power it on with npm run lab -- boot ${node.name}`)
  }
  const namespaces = ["-m", "-u", "-i", "-n", "-p", "-C"]
  return [
    "nsenter",
    ["-t", String(first), ...namespaces, `--wdns=${process.cwd()}`, "bash", "-c", joinGroups, "bash", ...command],
  ]
}

/** Imports an image archive into a node. */
export async function loadImage(places: Places, node: NodeHost, archive: string): Promise<void> {
  const [program, args] = inNode(places, node, ["ctr", "-n", "k8s.io", "images", "import", archive])
  await must(program, args)
}
