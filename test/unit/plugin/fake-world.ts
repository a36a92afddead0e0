import { Interrupted } from "../../../plugin/cli/failure.ts"
import { run } from "../../../plugin/cli/run.ts"
import { embeddedManifests } from "../../../plugin/cluster/embedded.ts"
import type { Stream, Terminal } from "../../../plugin/term/terminal.ts"
import type { ConnectWishes, Network, World } from "../../../plugin/world.ts"
import { FakeApi } from "./fake-api.ts"

/** 2026-01-01T14:02:11Z. */
export const noon = Date.UTC(2026, 0, 1, 14, 2, 11)

/** A terminal, a clock and a cluster for one command; what happens at which time is scheduled beforehand. */
export class FakeWorld {
  readonly api = new FakeApi()
  readonly wishes: ConnectWishes[] = []
  readonly files = new Map<string, string>()
  readonly reports: string[] = []
  answers: string[] = []
  readonly #interrupt = new AbortController()
  tty = false
  env: Readonly<Record<string, string | undefined>> = { LANG: "C.UTF-8" }
  network: Network = { isLocal: () => false, reach: async () => "silent" }
  now = noon
  out = ""
  err = ""
  readonly #scheduled: { readonly time: number; readonly act: () => void }[] = []

  /** Does something once the clock has moved on by so many milliseconds. */
  after(milliseconds: number, act: () => void): void {
    this.#scheduled.push({ time: noon + milliseconds, act })
    this.#scheduled.sort((a, b) => a.time - b.time)
  }

  /** Runs a command line and returns its exit code; `out` and `err` hold what it said. */
  async run(line: string | readonly string[]): Promise<number> {
    this.out = ""
    this.err = ""
    return run(typeof line === "string" ? line.split(" ").filter(word => word !== "") : line, this.#world())
  }

  #world(): World {
    const terminal: Terminal = {
      out: this.#stream(text => {
        this.out += text
      }),
      err: this.#stream(text => {
        this.err += text
      }),
      input: { tty: this.tty, readAll: async () => this.files.get("-") ?? "", ask: async () => this.answers.shift() },
    }
    return {
      terminal,
      env: this.env,
      clock: { now: () => this.now, sleep: async milliseconds => this.#advance(milliseconds) },
      randomBytes: length => Uint8Array.from({ length }, (_, at) => at),
      version: "v0.1.0",
      connect: async wishes => {
        this.wishes.push(wishes)
        return { api: this.api, context: "prod", namespace: "default", server: "https://api" }
      },
      readFile: async path => this.files.get(path) ?? "",
      manifests: embeddedManifests,
      network: async () => this.network,
      saveReport: text => {
        this.reports.push(text)
        return "/tmp/bug.txt"
      },
      interrupted: this.#interrupt.signal,
    }
  }

  #stream(write: (text: string) => void): Stream {
    return { tty: this.tty, columns: 100, write }
  }

  /** As if the user pressed Ctrl-C: the next sleep ends with it. */
  interrupt(): void {
    this.#interrupt.abort()
  }

  #advance(milliseconds: number): void {
    if (this.#interrupt.signal.aborted) throw new Interrupted()
    this.now += milliseconds
    for (let due = this.#scheduled[0]; due !== undefined && due.time <= this.now; due = this.#scheduled[0]) {
      this.#scheduled.shift()
      due.act()
    }
  }
}
