import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import type { Lab } from "../lab/lab.ts"

/** An ARP request that nobody asked for: a probe (RFC 5227, sender 0.0.0.0), or an announcement of the sender's own address. */
export type Broadcast = {
  readonly kind: "probe" | "announcement"
  readonly mac: string
  readonly address: string
  /** Milliseconds since the epoch, by the kernel of the client. */
  readonly at: number
}

const line = /^(\d+\.\d+) (\S+) > .*who-has (\S+?)(?: \([^)]*\))? tell ([0-9.]+),/

/** Probes and announcements that reach the lab's client. BOUNDED by what is sent until it is stopped. */
export class ArpTap {
  readonly #child: ChildProcess
  readonly #seen: Broadcast[] = []

  private constructor(child: ChildProcess, lines: AsyncIterable<string>) {
    this.#child = child
    void this.#read(lines)
  }

  static async start(lab: Lab): Promise<ArpTap> {
    const filter = "arp[6:2] = 1 and (arp[14:4] = 0 or arp[14:4] = arp[24:4])"
    const command = ["tcpdump", "-l", "-n", "-e", "-tt", "-B", "8192", "--immediate-mode", "-i", "eth0", filter]
    const child = spawn(...lab.clientCommand(command), { stdio: ["ignore", "pipe", "pipe"] })
    const tap = new ArpTap(child, createInterface({ input: child.stdout }))
    // It says that it listens, or why it cannot.
    const [said] = await once(child.stderr, "data")
    if (child.exitCode !== null) throw new Error(`tcpdump ended: ${String(said)}`)
    return tap
  }

  async #read(lines: AsyncIterable<string>): Promise<void> {
    for await (const text of lines) {
      const [, at = "", mac = "", address = "", sender = ""] = line.exec(text) ?? []
      if (address === "") continue
      this.#seen.push({ kind: sender === "0.0.0.0" ? "probe" : "announcement", mac, address, at: Number(at) * 1000 })
    }
  }

  seen(): readonly Broadcast[] {
    return this.#seen
  }

  stop(): void {
    this.#child.kill("SIGTERM")
  }
}

/** The most of these instants that lie within `width` milliseconds. */
export const densest = (instants: readonly number[], width: number): number => {
  const sorted = [...instants].sort((a, b) => a - b)
  let most = 0
  for (let from = 0, to = 0; to < sorted.length; to++) {
    while ((sorted[to] ?? 0) - (sorted[from] ?? 0) >= width) from++
    most = Math.max(most, to - from + 1)
  }
  return most
}
