import { execFileSync, spawnSync } from "node:child_process"

let made = 0

/**
 * Three network namespaces in a row, IPv4 and IPv6, two hops from end to end: `node` 10.81.1.1 and fd81:1::1, `router` .254 and
 * ::fe on both links, `peer` 10.81.2.2 and fd81:2::2. The ends' interfaces are called eth0 and have a link-local address.
 */
export type Chain = {
  readonly enter: (host: "node" | "router" | "peer") => readonly string[]
  readonly ip: (host: "node" | "router" | "peer", ...args: readonly string[]) => string
  readonly shell: (host: "node" | "router" | "peer", command: string) => string
  readonly remove: () => void
}

/** Needs root. The names are unique to this process. */
export const makeChain = (): Chain => {
  made += 1
  const tag = `mc-${process.pid}-${made}`
  const space = (host: string) => `${tag}-${host}`
  const hosts = ["node", "router", "peer"] as const
  const run = (args: readonly string[]) => execFileSync("ip", args, { encoding: "utf8" })
  const enter = (host: string) => ["ip", "netns", "exec", space(host)]
  const shell = (host: string, command: string) => run(["netns", "exec", space(host), "bash", "-c", command])
  const remove = () => {
    for (const host of hosts) spawnSync("ip", ["netns", "del", space(host)])
  }
  try {
    for (const host of hosts) run(["netns", "add", space(host)])
    for (const host of hosts) run(["-n", space(host), "link", "set", "lo", "up"])
    for (const [link, end] of [
      ["1", "node"],
      ["2", "peer"],
    ] as const) {
      const inner = `r${link}`
      run(`link add eth0 netns ${space(end)} type veth peer name ${inner} netns ${space("router")}`.split(" "))
      const last = link === "1" ? "1" : "2"
      const addresses = [
        [end, "eth0", `10.81.${link}.${last}/24`, `fd81:${link}::${last}/64`],
        ["router", inner, `10.81.${link}.254/24`, `fd81:${link}::fe/64`],
      ] as const
      for (const [host, device, v4, v6] of addresses) {
        // Addresses may be used at once, without the second of duplicate address detection, and stay when a cable is pulled.
        const setting = `/proc/sys/net/ipv6/conf/${device}`
        shell(host, `echo 0 > ${setting}/accept_dad; echo 1 > ${setting}/keep_addr_on_down`)
        run(["-n", space(host), "link", "set", device, "up"])
        run(["-n", space(host), "addr", "add", v4, "dev", device])
        run(["-n", space(host), "addr", "add", v6, "dev", device, "nodad"])
      }
      run(["-n", space(end), "route", "add", "default", "via", `10.81.${link}.254`])
      run(["-n", space(end), "-6", "route", "add", "default", "via", `fd81:${link}::fe`])
    }
    shell("router", "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")
  } catch (error) {
    remove()
    throw error
  }
  return { enter, shell, ip: (host, ...args) => run(["-n", space(host), ...args]), remove }
}
