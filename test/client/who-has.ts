import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Lab } from "../lab/lab.ts"
import { namespacePath } from "../lab/network.ts"
import type { Host } from "../lab/plan.ts"
import { must } from "../lab/run.ts"
import { cache } from "../setup/cache.ts"
import { type Answers, readAnswers } from "./answers.ts"

const source = join(import.meta.dirname, "who-has.c")

/** Compiles the program unless it was compiled from this very source; gives its path. */
const program = async (): Promise<string> => {
  const stamp = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 16)
  const path = join(cache, "client", `who-has-${stamp}`)
  if (existsSync(path)) return path
  mkdirSync(join(cache, "client"), { recursive: true })
  await must("gcc", ["-Os", "-Wall", "-Wextra", "-Werror", "-o", path, source])
  return path
}

/** A station that asks by ARP until it is stopped. */
export type Asker = {
  /** MACs that answered the last question about an address that was answered at all. */
  readonly owner: (address: string) => string | undefined
  /** When an address was answered for last, in ms since the epoch; undefined: never. */
  readonly answeredAt: (address: string) => number | undefined
  /** Everything it saw, by address. */
  readonly stop: () => Promise<ReadonlyMap<string, Answers>>
  readonly kill: () => void
}

/**
 * Asks for each of the addresses (IPv4, at most 1,000) every `everyMs` milliseconds from the lab's client, as a station without an
 * ARP entry.
 */
export const startAsking = async (lab: Lab, addresses: readonly string[], everyMs: number): Promise<Asker> => {
  const [command, args] = await asking(lab.plan.client, addresses, everyMs)
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  })
  // BOUNDED by how long the caller asks: two lines a question.
  const lines: string[] = []
  const last = new Map<string, { mac: string; at: number }>()
  createInterface({ input: child.stdout }).on("line", line => {
    lines.push(line)
    const [what, number, nanoseconds, mac] = line.split(" ")
    const address = addresses[Number(number)]
    if (what === "reply" && address !== undefined && mac !== undefined)
      last.set(address, { mac, at: Number(nanoseconds) / 1e6 })
  })
  return {
    owner: address => last.get(address)?.mac,
    answeredAt: address => last.get(address)?.at,
    stop: async () => {
      child.stdin.end()
      const code = await ended
      if (code !== 0) throw new Error(`who-has ended with code ${code}`)
      const answers = readAnswers(lines)
      return new Map(addresses.map((address, number) => [address, answers.get(number) ?? { asks: [] }]))
    },
    kill: () => child.kill("SIGKILL"),
  }
}

/** Asks in the same way from another host of the LAN, and looks at no answer, until the function it gives is called. */
export const startCrowd = async (host: Host, addresses: readonly string[], everyMs: number): Promise<() => void> => {
  const [command, args] = await asking(host, addresses, everyMs)
  const child = spawn(command, args, { stdio: ["pipe", "ignore", "inherit"] })
  return () => child.kill("SIGKILL")
}

const asking = async (host: Host, addresses: readonly string[], everyMs: number) => {
  const interval = String(Math.round((everyMs * 1000) / addresses.length))
  const args = [`--net=${namespacePath(host.namespace)}`, await program(), "eth0", interval, ...addresses]
  return ["nsenter", args] as const
}
