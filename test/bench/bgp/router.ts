import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { epochOfNow } from "../../client/epoch.ts"
import { watchKernelRoutes } from "../../e2e/kernel-routes.ts"
import { type RouteChange, readRouteChange } from "../../e2e/route-change.ts"
import type { Lab } from "../../lab/lab.ts"
import { namespacePath } from "../../lab/network.ts"
import { must } from "../../lab/run.ts"
import { ensurePackages } from "../../setup/apt.ts"
import { firstHeard, firstNotified } from "./heard.ts"

const libraries = "/usr/lib/frr"

/** AS numbers of the router and of the nodes. */
export const routerAsn = 64500
export const nodesAsn = 64512

export type RouterSettings = {
  /** Seconds. */
  readonly holdTime: number
  /** Milliseconds between BFD packets; three lost ones end the session. undefined: no BFD. */
  readonly bfd: number | undefined
}

/** FRR on the lab's router, through which the client reaches what is not on the LAN: BGP with every node, equal paths, routes in the kernel. */
export type LabRouter = {
  /** Next hops that its kernel has for an IPv4 prefix now, in order. */
  readonly hops: (prefix: string) => Promise<readonly string[]>
  /** Every change of a route of its kernel since the start, with the time on performance.now's clock. */
  readonly changes: readonly RouteChange[]
  /** When its bgpd first read a route to an address in an UPDATE after `since` and put it into its table, both on performance.now's clock; undefined: not yet. */
  readonly heard: (address: string, since: number) => number | undefined
  /** The same for a NOTIFICATION of a node, by its address. */
  readonly notified: (neighbour: string, since: number) => number | undefined
  /** Nodes whose session is established, by their addresses. */
  readonly peers: () => Promise<readonly string[]>
  readonly vtysh: (...commands: readonly string[]) => Promise<string>
  readonly stop: () => Promise<void>
}

/** Starts it; BGP listens for the nodes when it returns. Installs FRR where it is missing. */
export const startRouter = async (lab: Lab, settings: RouterSettings): Promise<LabRouter> => {
  await ensurePackages([[`${libraries}/bgpd`, "frr"]])
  const folder = mkdtempSync(join(tmpdir(), "lab-router-"))
  const id = (kind: "-u" | "-g") => Number(execFileSync("id", [kind, "frr"], { encoding: "utf8" }))
  chmodSync(folder, 0o755)
  chownSync(folder, id("-u"), id("-g"))
  const inside = [`--net=${namespacePath(lab.plan.router.namespace)}`]
  const children: ChildProcess[] = []
  const out = openSync(join(folder, "out"), "a")

  const updates = join(folder, "updates.log")
  const launch = (name: string, lines: readonly string[], ...more: readonly string[]) => {
    const file = join(folder, `${name}.conf`)
    writeFileSync(file, `${lines.join("\n")}\n`)
    const where = ["-u", "frr", "-g", "frr", "-f", file, "-i", join(folder, `${name}.pid`)]
    const log = ["--log", `file:${join(folder, `${name}.log`)}`]
    const sockets = ["-z", join(folder, "zserv.api"), "--vty_socket", folder, ...log]
    const args = [...inside, `${libraries}/${name}`, ...where, ...sockets, ...more]
    children.push(spawn("nsenter", args, { stdio: ["ignore", out, out] }))
  }
  const vtysh = (...commands: readonly string[]) =>
    must("nsenter", [...inside, "vtysh", "--vty_socket", folder, ...commands.flatMap(command => ["-c", command])])
  const answers = (what: string, command: string) =>
    lab.waitFor(what, () => vtysh(command).catch(() => ""), { everyMs: 50, timeoutMs: 20_000 })

  // Packets of one client go to several nodes, and no node is told to the client as a shorter way.
  await must("nsenter", [
    ...inside,
    "sysctl",
    "-qw",
    "net.ipv4.fib_multipath_hash_policy=1",
    "net.ipv4.conf.all.send_redirects=0",
    "net.ipv4.conf.eth0.send_redirects=0",
  ])
  const kernel = watchKernelRoutes(lab)

  const stop = async () => {
    await kernel.stop()
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill("SIGKILL")
      await once(child, "exit")
    }
    closeSync(out)
    await must("nsenter", [...inside, "ip", "-4", "route", "flush", "proto", "bgp"])
    rmSync(folder, { recursive: true })
  }
  try {
    // Without nexthop objects a route says its own next hops, so that one line of the monitor is the whole truth.
    launch("zebra", ["no zebra nexthop kernel enable"], "-P", "0")
    await answers("zebra answers", "show version")
    if (settings.bfd !== undefined) launch("bfdd", bfdLines(settings.bfd), "--bfdctl", join(folder, "bfdd.sock"))
    // A log of the command line has whole seconds, whatever is configured.
    const told = [`log file ${updates} debugging`, "log timestamp precision 6", "debug bgp updates in"]
    launch("bgpd", [...told, ...bgpLines(lab, settings)], "-P", "0", "-p", "179")
    await answers("bgpd answers", "show bgp summary")
  } catch (error) {
    await stop()
    throw error
  }
  const inLog = (find: typeof firstHeard) => (what: string, since: number) => {
    const epoch = epochOfNow()
    const at = find(readFileSync(updates, "utf8"), what, epoch + since)
    return at === undefined ? undefined : at - epoch
  }
  return {
    changes: kernel.changes,
    heard: inLog(firstHeard),
    notified: inLog(firstNotified),
    vtysh,
    hops: async prefix => {
      const lines = await must("nsenter", [...inside, "ip", "-o", "-4", "route", "show", "proto", "bgp", prefix])
      return readRouteChange(lines.trim(), 0)?.hops ?? []
    },
    peers: async () => {
      const summary = JSON.parse(await vtysh("show bgp ipv4 unicast summary json"))
      const peers = Object.entries((summary.peers ?? {}) as Record<string, { readonly state: string }>)
      return peers.filter(([, { state }]) => state === "Established").map(([address]) => address)
    },
    stop,
  }
}

const bfdLines = (every: number) => [
  "bfd",
  " profile quick",
  `  transmit-interval ${every}`,
  `  receive-interval ${every}`,
  "  detect-multiplier 3",
]

const bgpLines = ({ plan }: Lab, { holdTime, bfd }: RouterSettings) => [
  `router bgp ${routerAsn}`,
  ` bgp router-id ${plan.router.ipv4}`,
  " no bgp ebgp-requires-policy",
  " bgp log-neighbor-changes",
  " no bgp default ipv4-unicast",
  " neighbor nodes peer-group",
  ` neighbor nodes remote-as ${nodesAsn}`,
  ` neighbor nodes timers ${Math.max(1, Math.floor(holdTime / 3))} ${holdTime}`,
  " neighbor nodes graceful-restart-helper",
  ...(bfd === undefined ? [] : [" neighbor nodes bfd profile quick"]),
  " bgp listen range 192.168.1.0/24 peer-group nodes",
  " address-family ipv4 unicast",
  "  neighbor nodes activate",
  "  maximum-paths 16",
  " exit-address-family",
]
