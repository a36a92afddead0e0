import { execFileSync, spawnSync } from "node:child_process"
import type { IpFamily } from "../../agent/core/model.ts"

let made = 0

const router = 250
const places = {
  IPv4: { host: (number: number) => `10.78.0.${number}`, length: 24 },
  IPv6: { host: (number: number) => `fd78::${number}`, length: 64 },
} as const

/** Namespaces on one switch, each with eth0: hosts 10.78.0.1 to COUNT or fd78::1 to COUNT, and a client 250 of the same, through which the hosts have a default route. */
export type Lan = {
  readonly enter: (host: string) => readonly string[]
  /** Pulls or plugs a host's cable at the switch. */
  readonly cable: (host: string, plugged: boolean) => void
  readonly remove: () => void
}

/** Needs root. Hosts are named "1", "2", … and "client". */
export const makeLan = (count: number, family: IpFamily = "IPv4"): Lan => {
  made += 1
  const tag = `ml-${process.pid}-${made}`
  const hosts = [...Array.from({ length: count }, (_, at) => String(at + 1)), "client"]
  const space = (host: string) => `${tag}-${host}`
  const run = (args: readonly string[]) => execFileSync("ip", args, { encoding: "utf8" })
  const remove = () => {
    for (const host of [...hosts, "switch"]) spawnSync("ip", ["netns", "del", space(host)])
  }
  try {
    run(["netns", "add", space("switch")])
    run(["-n", space("switch"), "link", "add", "br0", "type", "bridge"])
    run(["-n", space("switch"), "link", "set", "br0", "up"])
    for (const [at, host] of hosts.entries()) {
      run(["netns", "add", space(host)])
      run([
        "link",
        "add",
        "eth0",
        "netns",
        space(host),
        "type",
        "veth",
        "peer",
        "name",
        `p${host}`,
        "netns",
        space("switch"),
      ])
      run(["-n", space("switch"), "link", "set", `p${host}`, "master", "br0", "up"])
      const { host: addressOf, length } = places[family]
      const number = host === "client" ? router : at + 1
      run(["-n", space(host), "link", "set", "lo", "up"])
      run(["-n", space(host), "link", "set", "eth0", "up"])
      const nodad = family === "IPv6" ? ["nodad"] : []
      run(["-n", space(host), "addr", "add", `${addressOf(number)}/${length}`, "dev", "eth0", ...nodad])
      if (host !== "client") run(["-n", space(host), "route", "add", "default", "via", addressOf(router)])
    }
  } catch (error) {
    remove()
    throw error
  }
  return {
    enter: host => ["ip", "netns", "exec", space(host)],
    cable: (host, plugged) => run(["-n", space("switch"), "link", "set", `p${host}`, plugged ? "up" : "down"]),
    remove,
  }
}
