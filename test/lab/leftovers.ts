import { existsSync, readdirSync, readFileSync } from "node:fs"
import { groupsOf } from "./cgroup.ts"
import { namespaceFolder } from "./network.ts"
import { placesOf } from "./places.ts"
import { allPids, readIfThere, startTime } from "./process.ts"

/** Whatever of a lab is in the kernel: processes, namespaces, devices, mounts and cgroups, each in words. */
export function leftovers(lab: string): readonly string[] {
  const { folder } = placesOf(lab)
  const mine = (name: string) => name.startsWith(`${lab}-`)
  const commands = allPids().map(pid => ({ pid, command: readIfThere(`/proc/${pid}/cmdline`) ?? "" }))
  return [
    ...commands
      .filter(({ pid, command }) => command.includes(`${folder}/`) && startTime(pid) !== undefined)
      .map(({ pid, command }) => `process ${pid}: ${command.replaceAll("\0", " ").trim()}`),
    ...listIfThere(namespaceFolder)
      .filter(mine)
      .map(name => `network namespace ${name}`),
    ...listIfThere("/sys/class/net")
      .filter(mine)
      .map(name => `network device ${name}`),
    ...readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .filter(line => line.includes(`${folder}/`))
      .map(line => `mount ${line}`),
    ...groupsOf(lab).map(path => `cgroup ${path}`),
  ]
}

function listIfThere(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
