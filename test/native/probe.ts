import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { NetworkInterface } from "../../agent/ports/interfaces.ts"
import type { Audience, Licence } from "../../agent/ports/packet-socket.ts"

export type ProbeCommand =
  | {
      readonly do: "open"
      /** Its name, or its index. */
      readonly interface: string | number
      readonly targets: readonly string[] | "everything"
      readonly frameMax?: number
      readonly answers?: boolean
    }
  | { readonly do: "send"; readonly frame: string }
  | { readonly do: "filter"; readonly targets: readonly string[] | "everything" }
  /** MACs as hex, by address. */
  | { readonly do: "answers"; readonly mac: string; readonly at: Readonly<Record<string, string>> }
  | { readonly do: "license"; readonly licence: Licence }
  | { readonly do: "join"; readonly mac: string }
  | { readonly do: "surprise"; readonly with: "throw" | "close" }
  | { readonly do: "worker"; readonly first: ProbeCommand }
  | { readonly do: "close" | "held" | "raise" | "interfaces" | "watch" | "unwatch" | "terminate" }

export type ProbeReport =
  | { readonly event: "done"; readonly result?: unknown }
  | { readonly event: "failed"; readonly code: string }
  | {
      readonly event: "received"
      readonly frame: string
      readonly truncated: boolean
      readonly audience: Audience
      /** Whether it was answered before it was told. */
      readonly answered: boolean
    }
  | { readonly event: "faulted"; readonly code: string }
  | { readonly event: "changed" }
  | { readonly event: "worker-ended"; readonly code: number }
  | { readonly event: "uncaught"; readonly message: string }

type Of<E extends ProbeReport["event"]> = Extract<ProbeReport, { readonly event: E }>

const deadline = 10_000
const program = join(import.meta.dirname, "probe-program.ts")

/** A child process that runs probe-program.ts, or `command` in its place. `prefix` puts it where it is to run. */
export class Probe {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  readonly #waiting = new Set<() => void>()
  #reports: ProbeReport[] = []
  #errors = ""

  constructor(prefix: readonly string[], command: readonly string[] = [process.execPath, program]) {
    const [file, ...args] = [...prefix, ...command]
    if (file === undefined) throw new Error("no program")
    this.#child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] })
    this.#ended = once(this.#child, "close")
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text
    })
    if (this.#child.stdout === null) throw new Error("no output")
    createInterface({ input: this.#child.stdout }).on("line", line => {
      this.#reports.push(JSON.parse(line) as ProbeReport)
      for (const look of this.#waiting) look()
    })
    this.#ended.then(() => {
      for (const look of this.#waiting) look()
    })
  }

  /** Obeys a command and returns its result. Throws an Error with the code where it failed. */
  async ask(command: ProbeCommand): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`)
    const answer = await this.#take(report => report.event === "done" || report.event === "failed")
    if (answer.event === "failed") throw new Error(answer.code)
    return answer.event === "done" ? answer.result : undefined
  }

  async interfaces(): Promise<readonly NetworkInterface[]> {
    return (await this.ask({ do: "interfaces" })) as readonly NetworkInterface[]
  }

  /** The next report of a kind that also meets the condition; what came before it stays. */
  async next<E extends ProbeReport["event"]>(event: E, meets: (report: Of<E>) => boolean = () => true): Promise<Of<E>> {
    return (await this.#take(report => report.event === event && meets(report as Of<E>))) as Of<E>
  }

  /** How many reports of a kind have come and were not taken. */
  count(event: ProbeReport["event"]): number {
    return this.#reports.filter(report => report.event === event).length
  }

  /** Ends its input and returns the exit code once it has ended by itself. */
  async end(): Promise<number | null> {
    this.#child.stdin?.end()
    const late = setTimeout(() => this.#child.kill("SIGKILL"), deadline)
    await this.#ended
    clearTimeout(late)
    return this.#child.exitCode
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(name)
  }

  kill(): void {
    this.#child.kill("SIGKILL")
  }

  #take(wanted: (report: ProbeReport) => boolean): Promise<ProbeReport> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(late)
        this.#waiting.delete(look)
        settle()
      }
      const give = (why: string) =>
        finish(() => reject(new Error(`${why}; reports ${JSON.stringify(this.#reports.slice(-5))}; ${this.#errors}`)))
      const look = () => {
        const at = this.#reports.findIndex(wanted)
        const [found] = at < 0 ? [] : this.#reports.splice(at, 1)
        if (found !== undefined) finish(() => resolve(found))
        else if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
          give(`the probe ended (${this.#child.exitCode ?? this.#child.signalCode})`)
        }
      }
      const late = setTimeout(() => give(`no such report within ${deadline} ms`), deadline)
      this.#waiting.add(look)
      look()
    })
  }
}
