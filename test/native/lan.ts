import { execFileSync, spawnSync } from "node:child_process"

let made = 0

/** Namespaces on one switch: hosts 10.78.0.1 to COUNT and a client 10.78.0.250, each with eth0. */
export type Lan = {
  readonly enter: (host: string) => readonly string[]
  /** Pulls or plugs a host's cable at the switch. */
  readonly cable: (host: string, plugged: boolean) => void
  readonly remove: () => void
}

/** Needs root. Hosts are named "1", "2", … and "client". */
export const makeLan = (count: number): Lan => {
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
      const address = host === "client" ? "10.78.0.250" : `10.78.0.${at + 1}`
      run(["-n", space(host), "addr", "add", `${address}/24`, "dev", "eth0"])
      run(["-n", space(host), "link", "set", "lo", "up"])
      run(["-n", space(host), "link", "set", "eth0", "up"])
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
