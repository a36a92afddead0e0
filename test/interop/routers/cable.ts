import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { IpFamily } from "../../../agent/core/model.ts"

/** One end of a cable: a network namespace with an interface eth0. */
export type End = {
  readonly namespace: string
  readonly addresses: Readonly<Record<IpFamily, string>>
  /** Runs a program inside; its output. Throws an Error with what it said. */
  readonly run: (program: string, ...args: readonly string[]) => string
}

/** Two namespaces with a cable between them, and a folder for what runs in them. */
export type Cable = {
  readonly ours: End
  readonly theirs: End
  readonly folder: string
  /** Ends every process in the namespaces, and removes them and the folder. */
  readonly remove: () => void
}

const prefix = "mlr-"
let made = 0

const ip = (...args: readonly string[]) =>
  execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })

/** How to start a program in a namespace, as the words before its name. */
export const inside = (namespace: string): readonly string[] => ["nsenter", `--net=/run/netns/${namespace}`]

const end = (namespace: string, addresses: End["addresses"]): End => ({
  namespace,
  addresses,
  run: (program, ...args) => {
    const [enter = "", ...words] = inside(namespace)
    return execFileSync(enter, [...words, program, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
  },
})

/** Namespaces of one scene, and a folder for what runs in them. */
export const newGround = () => {
  made += 1
  const tag = `${prefix}${process.pid}-${made}`
  const folder = mkdtempSync(join(tmpdir(), `${tag}-`), "utf8")
  const ends: End[] = []
  return {
    folder,
    /** A namespace that forwards, with nothing in it but lo. */
    add: (name: string, addresses: End["addresses"]): End => {
      const added = end(`${tag}-${name}`, addresses)
      const { namespace, run } = added
      ends.push(added)
      ip("netns", "add", namespace)
      run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
      // Link-local addresses are there at once.
      run("sysctl", "-qw", "net.ipv6.conf.default.dad_transmits=0")
      run("ip", "link", "set", "lo", "up")
      return added
    },
    /** A cable between two interfaces that it makes, both up. */
    connect: (a: End, nameOfA: string, b: End, nameOfB: string): void => {
      const first = ["add", nameOfA, "netns", a.namespace, "type", "veth"]
      ip("link", ...first, "peer", "name", nameOfB, "netns", b.namespace)
      a.run("ip", "link", "set", nameOfA, "up")
      b.run("ip", "link", "set", nameOfB, "up")
    },
    remove: () => {
      for (const { namespace } of ends) removeNamespace(namespace)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Gives an interface the addresses of its end. */
export const address = ({ run, addresses }: End, device: string): void => {
  run("ip", "addr", "add", `${addresses.IPv4}/24`, "dev", device)
  run("ip", "addr", "add", `${addresses.IPv6}/64`, "dev", device, "nodad")
}

/** Needs root. The own end is 10.79.0.1 and fd79::1, the router's 10.79.0.2 and fd79::2. */
export const layCable = (): Cable => {
  const ground = newGround()
  const { folder, remove } = ground
  try {
    const ours = ground.add("s", { IPv4: "10.79.0.1", IPv6: "fd79::1" })
    const theirs = ground.add("r", { IPv4: "10.79.0.2", IPv6: "fd79::2" })
    ground.connect(ours, "eth0", theirs, "eth0")
    for (const side of [ours, theirs]) address(side, "eth0")
    return { ours, theirs, folder, remove }
  } catch (error) {
    remove()
    throw error
  }
}

/** What an earlier run left behind that was killed before it could clean up: namespaces and folders that carry its process number. */
export const sweep = (): void => {
  const isLeft = (name: string) => {
    const [, pid] = /^mlr-(\d+)-/.exec(name) ?? []
    return pid !== undefined && !isAlive(Number(pid))
  }
  const names = ip("netns", "list")
    .split("\n")
    .map(line => line.split(" ")[0] ?? "")
  for (const name of names.filter(isLeft)) removeNamespace(name)
  for (const name of readdirSync(tmpdir()).filter(isLeft))
    rmSync(join(tmpdir(), name), { recursive: true, force: true })
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Sends a signal to every process in the namespace. */
export const signalAll = (namespace: string, signal: NodeJS.Signals): void => {
  const inIt = spawnSync("ip", ["netns", "pids", namespace], { encoding: "utf8" })
  for (const pid of inIt.stdout.split("\n").filter(line => line !== "")) {
    try {
      process.kill(Number(pid), signal)
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

const removeNamespace = (namespace: string): void => {
  signalAll(namespace, "SIGKILL")
  spawnSync("ip", ["netns", "del", namespace])
}
