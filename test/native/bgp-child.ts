import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fromRecord } from "../../agent/core/bgp/recording.ts"
import type { SessionReport } from "../../agent/core/bgp/session/report.ts"
import { waitFor } from "./wait.ts"

export type PeerText = {
  readonly name: string
  readonly asn: number
  readonly address: string
  readonly source?: string
  readonly port?: number
  readonly password?: string
  readonly holdTime?: number
  readonly gracefulRestart?: boolean
  readonly ttlSecurityHops?: number
  /** Milliseconds between packets, three of which may be lost. */
  readonly bfd?: number
}

export type BgpStart = {
  readonly asn: number
  readonly listens?: boolean
  readonly peers: readonly PeerText[]
  readonly routes: readonly string[]
}

export type BgpCommand = {
  readonly peers?: readonly PeerText[]
  readonly routes?: readonly string[]
  readonly status?: true
  readonly stop?: "leave" | "shutdown" | "removed"
}

export type ChangeLine = {
  readonly peer: string
  readonly from: string
  readonly to: string
  readonly reason: string
  readonly why: string
  readonly at: number
}

export type StatusLine = {
  readonly sessions: readonly SessionReport[]
  readonly deaf: readonly string[]
  readonly strangers: number
}

type BfdLine = {
  readonly names: readonly string[]
  readonly from: string
  readonly to: string
  readonly failure: boolean
}
type Line = { readonly change?: ChangeLine; readonly bfd?: BfdLine; readonly status?: StatusLine }

/** bgp-program.ts in a network namespace. */
export class BgpChild {
  readonly changes: ChangeLine[] = []
  readonly bfd: BfdLine[] = []
  readonly process: ChildProcess
  readonly #answers: ((status: StatusLine) => void)[] = []
  readonly #ended: Promise<unknown>

  constructor(enter: readonly string[], start: BgpStart) {
    const [file = "", ...rest] = enter
    const program = join(import.meta.dirname, "bgp-program.ts")
    this.process = spawn(file, [...rest, process.execPath, program, JSON.stringify(start)], {
      stdio: ["pipe", "pipe", "inherit"],
    })
    this.#ended = once(this.process, "exit")
    if (this.process.stdout === null) throw new Error("no output of the program")
    createInterface({ input: this.process.stdout }).on("line", text => {
      const line = fromRecord(JSON.parse(text)) as Line
      if (line.change !== undefined) this.changes.push(line.change)
      if (line.bfd !== undefined) this.bfd.push(line.bfd)
      if (line.status !== undefined) this.#answers.shift()?.(line.status)
    })
  }

  say(command: BgpCommand): void {
    this.process.stdin?.write(`${JSON.stringify(command)}\n`)
  }

  status(): Promise<StatusLine> {
    return new Promise(resolve => {
      this.#answers.push(resolve)
      this.say({ status: true })
    })
  }

  /** The last change of a peer's session, once it led to this state. */
  until(peer: string, to: string): Promise<ChangeLine> {
    return waitFor(`${peer} is ${to}`, () => {
      const last = this.changes.findLast(change => change.peer === peer)
      return last?.to === to ? last : undefined
    })
  }

  /** A change of a peer's session for this reason. */
  because(peer: string, reason: string): Promise<ChangeLine> {
    return waitFor(`${peer} for ${reason}`, () =>
      this.changes.findLast(change => change.peer === peer && change.reason === reason),
    )
  }

  /** What ended the last session or attempt with a peer. */
  async ended(peer: string, reason: string): Promise<void> {
    let found: string | undefined
    const ask = async () => {
      const session = (await this.status()).sessions.find(each => each.peer === peer)
      found = session?.last?.explained.reason
    }
    await waitFor(`the last session with ${peer} ended for ${reason}`, () => {
      void ask()
      return found === reason ? found : undefined
    })
  }

  async stop(how: "leave" | "shutdown" | "removed"): Promise<void> {
    this.say({ stop: how })
    await this.#ended
  }

  async kill(): Promise<void> {
    this.process.kill("SIGKILL")
    await this.#ended
  }
}
