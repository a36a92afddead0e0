import { existsSync } from "node:fs"
import { Failure } from "./failure.ts"
import { longStep, quietly } from "./long-step.ts"
import { which } from "./which.ts"

/** What must be there (a program's name, or a file's path) and the Debian package that brings it. */
export type Need = readonly [found: string, debianPackage: string]

/** For the addon and the image: a C++ compiler, what node-gyp calls, and strip. */
export const compilerNeeds: readonly Need[] = [
  ["g++", "g++"],
  ["make", "make"],
  ["python3", "python3"],
  ["strip", "binutils"],
]

/** For the lab: containers, networking, keys, static C programs, and what tests run on the client. */
export const labNeeds: readonly Need[] = [
  ["containerd", "containerd"],
  ["runc", "runc"],
  ["/usr/lib/cni/bridge", "containernetworking-plugins"],
  ["ip", "iproute2"],
  ["iptables", "iptables"],
  ["nft", "nftables"],
  ["conntrack", "conntrack"],
  ["sysctl", "procps"],
  ["openssl", "openssl"],
  ["gcc", "gcc"],
  ["/usr/include/stdio.h", "libc6-dev"],
  ["curl", "curl"],
  ["ping", "iputils-ping"],
  ["arping", "iputils-arping"],
  ["ndisc6", "ndisc6"],
  ["tcpdump", "tcpdump"],
]

/** For the tests against real routers: the daemons of Debian, and what lays the cables to them. */
export const routerNeeds: readonly Need[] = [
  ["/usr/lib/frr/bgpd", "frr"],
  ["bird", "bird2"],
  ["gobgpd", "gobgpd"],
  ["exabgp", "exabgp"],
  ["bgpctl", "openbgpd"],
  ["ip", "iproute2"],
  ["sysctl", "procps"],
  ["nft", "nftables"],
]

/** Those needs that are not met on this machine. */
export function unmet(
  needs: readonly Need[],
  isThere: (found: string) => boolean = found =>
    found.startsWith("/") ? existsSync(found) : which(found) !== undefined,
): readonly Need[] {
  return needs.filter(([found]) => !isThere(found))
}

/** Installs the Debian packages of what is missing; nothing to do costs a few file look-ups. Throws a Failure where it may not. */
export async function ensurePackages(needs: readonly Need[]): Promise<void> {
  const missing = unmet(needs)
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(([, name]) => name))]
  const programs = missing.map(([found]) => found).join(", ")
  if (which("apt-get") === undefined) {
    throw new Failure(
      `${programs} are missing, and there is no apt-get to install them`,
      "install them, or use Debian 12",
    )
  }
  if (process.getuid?.() !== 0) {
    throw new Failure(`${programs} are missing, and only root can install them`, aptCommand(packages))
  }
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
  const apt = (...args: string[]) =>
    quietly("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=300", ...args], { env: environment })
  await longStep(`installing Debian packages: ${packages.join(" ")}`, async () => {
    try {
      await apt("update")
      await apt("install", "-y", "--no-install-recommends", ...packages)
    } catch (error) {
      const [reason] = String(error instanceof Error ? error.message : error).match(/^E: .*$/m) ?? ["see apt-get"]
      throw new Failure(`apt-get could not install ${packages.join(" ")} (${reason})`, aptCommand(packages))
    }
  })
  const still = unmet(needs).map(([found]) => found)
  if (still.length > 0) throw new Failure(`${still.join(", ")} are still missing`, aptCommand(packages))
}

const aptCommand = (packages: readonly string[]) =>
  `run as root: apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")}`
