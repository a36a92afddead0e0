import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Lab } from "../lab/lab.ts"
import { namespacePath } from "../lab/network.ts"
import { must, run } from "../lab/run.ts"

export const routerAsn = 64_513
export const nodeAsn = 64_512

/** BIRD on the lab's router, through which the client reaches whatever is not on the LAN. */
export class BirdRouter {
  readonly #namespace: string
  readonly #folder: string
  readonly #process: ChildProcess

  private constructor(namespace: string, folder: string, process: ChildProcess) {
    this.#namespace = namespace
    this.#folder = folder
    this.#process = process
  }

  static async start(lab: Lab): Promise<BirdRouter> {
    const { router, nodes } = lab.plan
    const folder = mkdtempSync(join(tmpdir(), "metallb-bird-"))
    const neighbours = nodes.map(node => `protocol bgp ${node.name} from node { neighbor ${node.ipv4} as ${nodeAsn}; }`)
    writeFileSync(join(folder, "bird.conf"), `${configuration(router.ipv4)}${neighbours.join("\n")}\n`)
    // A client on the same LAN would be told to go to the nodes by itself.
    await must("nsenter", [
      `--net=${namespacePath(router.namespace)}`,
      "sysctl",
      "-qw",
      "net.ipv4.conf.all.send_redirects=0",
      "net.ipv4.conf.eth0.send_redirects=0",
      "net.ipv4.fib_multipath_hash_policy=1",
      "net.ipv6.fib_multipath_hash_policy=1",
    ])
    const inside = [`--net=${namespacePath(router.namespace)}`]
    const files = ["-c", join(folder, "bird.conf"), "-s", join(folder, "ctl"), "-P", join(folder, "pid")]
    const child = spawn("nsenter", [...inside, "bird", "-f", ...files], { stdio: ["ignore", "inherit", "inherit"] })
    const bird = new BirdRouter(router.namespace, folder, child)
    await lab.waitFor("BIRD answers", async () => (await bird.ask("show", "status")).includes("up and running"))
    return bird
  }

  /** What birdc prints. */
  async ask(...words: readonly string[]): Promise<string> {
    return (await run("birdc", ["-s", join(this.#folder, "ctl"), ...words])).stdout
  }

  async isUp(node: string): Promise<boolean> {
    return /Established/.test(await this.ask("show", "protocols", node))
  }

  /** What BIRD holds of a route, by the node that told it: attributes as it names them, without "BGP.". */
  async routes(prefix: string): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    const table = await this.ask("show", "route", prefix, "all")
    const parts = table.split(/unicast \[(\S+) /).slice(1)
    const found = new Map<string, Readonly<Record<string, string>>>()
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const attributes = [...(parts[at + 1] ?? "").matchAll(/^\s*BGP\.(\w+): (.*)$/gm)]
      found.set(
        parts[at] ?? "",
        Object.fromEntries(attributes.map(([, name = "", value = ""]) => [name, value.trim()])),
      )
    }
    return found
  }

  /** Since when the session with a node is up, as BIRD writes it. */
  async since(node: string): Promise<string> {
    return /^\S+\s+BGP\s+\S+\s+up\s+(\S+)/m.exec(await this.ask("show", "protocols", node))?.[1] ?? ""
  }

  /** Where the router's kernel sends packets for an address: gateways, sorted. */
  async gateways(prefix: string): Promise<readonly string[]> {
    const family = prefix.includes(":") ? "-6" : "-4"
    const { stdout } = await run("ip", ["-n", this.#namespace, family, "route", "show", prefix])
    return [...stdout.matchAll(/via (?:inet6? )?(\S+)/g)].map(match => match[1] ?? "").sort()
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = new Promise(resolve => this.#process.once("exit", resolve))
      this.#process.kill()
      await ended
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const configuration = (address: string): string => `router id ${address};
protocol device { scan time 1; }
protocol kernel { merge paths on; ipv4 { import none; export all; }; }
protocol kernel { merge paths on; ipv6 { import none; export all; }; }
protocol bfd { interface "eth0" { interval 200 ms; multiplier 3; }; }
filter leaving_last {
  if (65535, 0) ~ bgp_community then bgp_local_pref = 0; # RFC 8326
  accept;
}
template bgp node {
  local ${address} as ${routerAsn};
  passive on;
  hold time 90;
  graceful restart on;
  connect delay time 1;
  error wait time 1, 2;
  bfd on;
  ipv4 { import filter leaving_last; export none; };
  ipv6 { import filter leaving_last; export none; };
}
`
