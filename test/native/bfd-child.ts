import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { BfdChange } from "../../agent/speaker/bfd/bfd.ts"
import type { BfdStatus } from "../../agent/speaker/bfd/status.ts"
import { waitFor } from "./wait.ts"

/** A session as text; what is left out is the profile's default. */
export type SessionText = {
  readonly name: string
  readonly peer: string
  readonly local?: string
  readonly interface?: string
  readonly multihop?: boolean
  readonly receiveInterval?: number
  readonly transmitInterval?: number
  readonly detectMultiplier?: number
  readonly echoInterval?: number
  readonly echoMode?: boolean
  readonly passiveMode?: boolean
  readonly minimumTtl?: number
}

export type Command = {
  readonly sessions?: readonly SessionText[]
  readonly block?: number
  readonly off?: string
  readonly on?: string
  readonly refresh?: boolean
  readonly status?: boolean
  readonly stop?: boolean
}

type Line =
  | ({ readonly event: "changed"; readonly at: number } & BfdChange)
  | {
      readonly event: "status"
      readonly sessions: readonly BfdStatus[]
      readonly strays: Readonly<Record<string, number>>
    }
  | { readonly event: "ready" | "stopped" | "trouble" }

/** Our BFD in a process of its own, in the namespace that `enter` leads into. */
export class BfdChild {
  readonly lines: Line[] = []
  readonly process: ChildProcess

  constructor(enter: readonly string[], sessions: readonly SessionText[]) {
    const program = join(import.meta.dirname, "bfd-program.ts")
    const [file = "", ...rest] = [...enter, process.execPath, program, JSON.stringify(sessions)]
    this.process = spawn(file, rest, { stdio: ["pipe", "pipe", "inherit"] })
    if (this.process.stdout === null) throw new Error("no output")
    createInterface({ input: this.process.stdout }).on("line", line => this.lines.push(JSON.parse(line) as Line))
  }

  tell(command: Command): void {
    this.process.stdin?.write(`${JSON.stringify(command)}\n`)
  }

  get changes(): readonly Extract<Line, { event: "changed" }>[] {
    return this.lines.filter(line => line.event === "changed")
  }

  /** "Down -> Init ML482", … of one session or of all. */
  story(name?: string): readonly string[] {
    return this.changes
      .filter(({ names }) => name === undefined || names.includes(name))
      .map(({ from, to, reason }) => `${from} -> ${to} ${reason}`)
  }

  async status(): Promise<Extract<Line, { event: "status" }>> {
    const before = this.lines.length
    this.tell({ status: true })
    return waitFor("a status", () =>
      this.lines.slice(before).find((line): line is Extract<Line, { event: "status" }> => line.event === "status"),
    )
  }

  async session(name: string): Promise<BfdStatus> {
    const found = (await this.status()).sessions.find(({ names }) => names.includes(name))
    if (found === undefined) throw new Error(`no session is called ${name}`)
    return found
  }

  /** Asks until the status is as wanted. */
  async until(name: string, what: string, wanted: (status: BfdStatus) => boolean): Promise<BfdStatus> {
    const end = Date.now() + 15_000
    for (;;) {
      const status = await this.session(name)
      if (wanted(status)) return status
      if (Date.now() > end) throw new Error(`${what}: not within 15 s: ${JSON.stringify(status)}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  up(name: string): Promise<BfdStatus> {
    return this.until(name, `${name} is up`, status => status.state === "Up")
  }

  /** Ends it without a word to its peers. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = once(this.process, "exit")
    this.process.kill("SIGKILL")
    await ended
  }
}
