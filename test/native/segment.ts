import { execFileSync, spawnSync } from "node:child_process"

let made = 0

/** Two network namespaces joined by a cable: `node` has eth0 with 10.77.0.1, `peer` eth0 with 10.77.0.2, both /24. */
export type Segment = {
  readonly node: Host
  readonly peer: Host
  readonly remove: () => void
}

export type Host = {
  readonly mac: string
  /** The start of a command line that runs in the namespace. */
  readonly enter: readonly string[]
  /** Runs `ip` there. */
  readonly ip: (...args: readonly string[]) => string
  readonly shell: (command: string) => string
}

/** Needs root. The names are unique to this process, so that test files may run side by side. */
export const makeSegment = (): Segment => {
  made += 1
  const tag = `mt-${process.pid}-${made}`
  const names = [`${tag}-node`, `${tag}-peer`] as const
  const remove = () => {
    for (const name of names) spawnSync("ip", ["netns", "del", name])
  }
  try {
    for (const name of names) {
      run("ip", ["netns", "add", name])
      run("ip", ["-n", name, "link", "set", "lo", "up"])
    }
    run("ip", ["link", "add", "eth0", "netns", names[0], "type", "veth", "peer", "name", "eth0", "netns", names[1]])
    return { node: host(names[0], 1), peer: host(names[1], 2), remove }
  } catch (error) {
    remove()
    throw error
  }
}

const host = (name: string, number: number): Host => {
  const mac = `02:00:00:00:77:0${number}`
  const ip = (...args: readonly string[]) => run("ip", ["-n", name, ...args])
  const enter = ["ip", "netns", "exec", name]
  ip("link", "set", "eth0", "address", mac)
  ip("addr", "add", `10.77.0.${number}/24`, "dev", "eth0")
  ip("link", "set", "eth0", "up")
  return { mac, enter, ip, shell: command => run("ip", ["netns", "exec", name, "bash", "-c", command]) }
}

const run = (file: string, args: readonly string[]): string => execFileSync(file, args, { encoding: "utf8" })
