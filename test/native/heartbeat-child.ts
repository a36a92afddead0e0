import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Host } from "./segment.ts"
import { waitFor } from "./wait.ts"

export type Line = {
  readonly event: string
  readonly sequence?: number
  readonly gap?: number
  readonly address?: string
  readonly empty?: number
  readonly steadyFor?: number
  readonly sent?: number
  readonly latest?: number
  readonly alike?: number
  readonly hex?: string
  readonly age?: number
}

/** A child of heartbeat-program.ts in a namespace. */
export class HeartbeatChild {
  readonly lines: Line[] = []
  readonly process: ChildProcess

  constructor(host: Host, ...args: readonly string[]) {
    const [file = "", ...rest] = [
      ...host.enter,
      process.execPath,
      join(import.meta.dirname, "heartbeat-program.ts"),
      ...args,
    ]
    this.process = spawn(file, rest, { stdio: ["pipe", "pipe", "inherit"] })
    if (this.process.stdout === null) throw new Error("no output")
    createInterface({ input: this.process.stdout }).on("line", line => this.lines.push(JSON.parse(line) as Line))
  }

  tell(command: string): void {
    this.process.stdin?.write(`${command}\n`)
  }

  get beats(): readonly Line[] {
    return this.of("beat")
  }

  of(event: string): readonly Line[] {
    return this.lines.filter(line => line.event === event)
  }

  /** The next answer to a command. */
  async ask(command: string): Promise<Line> {
    const before = this.of(command).length
    this.tell(command)
    return waitFor(`the answer to ${command}`, () => this.of(command)[before])
  }

  async end(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = once(this.process, "exit")
    this.process.kill("SIGKILL")
    await ended
  }
}
