import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { Failure } from "../setup/failure.ts"
import { isErrno, killAll, readIfThere } from "./process.ts"
import { pollUntil } from "./wait.ts"

/**
 * One mounted cgroup hierarchy: "unified" for version 2; for version 1 its mount options ("cpu,cpuacct", "name=systemd").
 * `own` is the folder of the group that this process is in.
 */
export type Hierarchy = { readonly name: string; readonly own: string; readonly root: string }

const needed = ["cpu", "cpuset", "memory", "pids"]

/**
 * The hierarchies a node is put into, read from the texts of /proc/self/mountinfo and /proc/self/cgroup: those of version 1
 * where `memory` is one of them, or else version 2. Empty when neither is mounted.
 */
export function hierarchies(mountinfo: string, membership: string): readonly Hierarchy[] {
  const groups = membership
    .trim()
    .split("\n")
    .map(line => /^\d+:([^:]*):(.*)$/.exec(line))
    .filter(match => match !== null)
    .map(([, name, path]) => ({ name: name || "unified", path: path ?? "/" }))
  const mounted = mountinfo
    .trim()
    .split("\n")
    .flatMap(line => {
      const [before = "", after = ""] = line.split(" - ")
      const [, , , mountRoot = "/", point = ""] = before.split(" ")
      const [type, , options = ""] = after.split(" ")
      const group = groups.find(({ name }) =>
        type === "cgroup2" ? name === "unified" : type === "cgroup" && holdsAll(options, name),
      )
      if (!group) return []
      const below = group.path.startsWith(mountRoot) ? group.path.slice(mountRoot === "/" ? 0 : mountRoot.length) : "/"
      return [{ name: group.name, own: resolve(join(point, below)), root: point }]
    })
  const once = mounted.filter((one, at) => mounted.findIndex(other => other.name === one.name) === at)
  const first = once.filter(one => one.name !== "unified")
  return first.some(one => one.name.split(",").includes("memory")) ? first : once.filter(one => one.name === "unified")
}

function holdsAll(options: string, names: string): boolean {
  const there = options.split(",")
  return names.split(",").every(name => there.includes(name))
}

const ownHierarchies = () =>
  hierarchies(readFileSync("/proc/self/mountinfo", "utf8"), readFileSync("/proc/self/cgroup", "utf8"))

/** Every group of a lab's nodes that there is, wherever its starter was. */
export function groupsOf(lab: string): readonly string[] {
  const named = new RegExp(`/${lab}-n\\d+$`)
  return ownHierarchies().flatMap(({ root }) => inside(root).filter(folder => named.test(folder)))
}

/** What a node needs to know of its cgroups: which hierarchies to mount, and the folders that are its groups. */
export type NodeGroups = { readonly hierarchies: string; readonly folders: readonly string[] }

/**
 * Where the groups of `name` belong on this machine: below the starter's own group, so that its limits hold and nobody
 * else's group is touched. Throws a Failure when the machine cannot give a node its controllers.
 */
export function groupsFor(name: string): NodeGroups {
  const found = ownHierarchies()
  const [only] = found
  if (only === undefined) {
    throw new Failure("no cgroups are mounted on this machine", "mount them (mount -t cgroup2 cgroup2 /sys/fs/cgroup)")
  }
  if (only.name !== "unified") {
    const missing = needed.filter(controller => !found.some(one => one.name.split(",").includes(controller)))
    if (missing.length > 0) {
      throw new Failure(`cgroup version 1 lacks ${missing.join(", ")}`, "mount these controllers below /sys/fs/cgroup")
    }
    return { hierarchies: found.map(one => one.name).join(" "), folders: found.map(one => join(one.own, name)) }
  }
  const parent = delegated(only)
  if (parent !== undefined) return { hierarchies: "unified", folders: [join(parent, name)] }
  throw new Failure(
    `cgroup version 2: neither ${only.own} nor a group above it gives ${needed.join(", ")} to its children`,
    "run the command in a delegated group: systemd-run --scope -p Delegate=yes -- npm run lab -- up",
  )
}

/** The nearest group, from the starter's own upwards, whose children get the controllers. */
export function delegated({ own, root }: Hierarchy): string | undefined {
  for (let folder = own; folder.startsWith(root); folder = join(folder, "..")) {
    const given = readIfThere(join(folder, "cgroup.subtree_control"))?.trim().split(" ") ?? []
    if (needed.every(controller => given.includes(controller))) return folder
    if (folder === root) return undefined
  }
  return undefined
}

/** Makes a node's groups; those that are there stay. */
export function makeGroups({ folders, hierarchies: names }: NodeGroups): void {
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true })
    if (names === "unified") mkdirSync(join(folder, "system"), { recursive: true })
    // A new cpuset of version 1 is empty, and no process can join it before it is filled.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const above = readIfThere(join(folder, "..", file))
      if (names !== "unified" && above !== undefined) writeFileSync(join(folder, file), above)
    }
  }
}

/** Ends what is left in a node's groups, and removes them: stale groups make the next kubelet start slow. */
export async function removeGroups({ folders }: Pick<NodeGroups, "folders">): Promise<void> {
  for (const folder of folders) {
    if (!existsSync(folder)) continue
    await pollUntil(`cgroup ${folder} is removed`, () => tryRemove(folder), { timeoutMs: 20_000 })
  }
}

function tryRemove(folder: string): boolean {
  for (const group of [...inside(folder)].reverse()) {
    killAll(
      (readIfThere(join(group, "cgroup.procs")) ?? "")
        .split("\n")
        .filter(line => line !== "")
        .map(Number),
    )
    try {
      rmdirSync(group)
    } catch (error) {
      if (isErrno(error, "EBUSY")) return false
      if (!isErrno(error, "ENOENT")) throw error
    }
  }
  return true
}

function inside(folder: string): string[] {
  const below = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory())
  return [folder, ...below.flatMap(entry => inside(join(folder, entry.name)))]
}
