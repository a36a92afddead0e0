import { existsSync } from "node:fs"
import { join } from "node:path"
import { kubePrograms } from "../setup/cache.ts"
import { Failure } from "../setup/failure.ts"
import { which } from "../setup/which.ts"
import { cniPlugins } from "./node-config.ts"
import { readIfThere } from "./process.ts"

const programs = [
  "ip",
  "nsenter",
  "unshare",
  "setpriv",
  "mount",
  "sysctl",
  "iptables",
  "nft",
  "conntrack",
  "containerd",
  "ctr",
  "runc",
  "openssl",
]

/** Says in one Failure what the machine lacks for a lab: root, a program, Kubernetes' programs, or a kernel feature. */
export function preflight(): void {
  if (process.getuid?.() !== 0) {
    throw new Failure("a lab makes network namespaces and cgroups, which needs root", "run it again with sudo")
  }
  const missing = programs.filter(name => which(name) === undefined)
  if (!existsSync(join(cniPlugins, "bridge"))) missing.push(`${cniPlugins}/bridge`)
  if (!existsSync(join(kubePrograms, "kubelet"))) missing.push("kubelet")
  if (missing.length > 0) {
    throw new Failure(
      `the lab lacks ${missing.join(", ")}`,
      "run npm run lab -- status, which installs and builds them",
    )
  }
  if (!/\toverlay$/m.test(readIfThere("/proc/filesystems") ?? "")) {
    throw new Failure("the kernel has no overlay file system", "load it with modprobe overlay")
  }
}

/** Like which, for a program that preflight has found. */
export function findProgram(name: string): string {
  const path = which(name)
  if (path === undefined) throw new Failure(`${name} is not installed`, "run npm run lab -- status, which installs it")
  return path
}
