import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"

type Line = {
  readonly event: string
  readonly at: number
  readonly mac?: string
  readonly vip?: string
  readonly reason?: string
}

/** A process of guard-program.ts, and what it has told. */
export class Child {
  readonly lines: Line[] = []
  readonly process: ChildProcess

  constructor(prefix: readonly string[], ...args: readonly string[]) {
    const [file = "", ...rest] = [...prefix, process.execPath, join(import.meta.dirname, "guard-program.ts"), ...args]
    this.process = spawn(file, rest, { stdio: ["pipe", "pipe", "inherit"] })
    if (this.process.stdout === null) throw new Error("no output")
    createInterface({ input: this.process.stdout }).on("line", line => this.lines.push(JSON.parse(line) as Line))
  }

  of(event: string): readonly Line[] {
    return this.lines.filter(line => line.event === event)
  }

  async end(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = once(this.process, "exit")
    this.process.kill("SIGKILL")
    await ended
  }
}
