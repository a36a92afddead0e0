import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as delay } from "node:timers/promises"
import { waitFor } from "./wait.ts"

const program = join(import.meta.dirname, "link-program.ts")

/** A child process that runs link-program.ts in a namespace. */
export class Responder {
  readonly #child: ChildProcess
  readonly lines: string[] = []

  constructor(prefix: readonly string[]) {
    const [file = "", ...args] = [...prefix, process.execPath, program]
    this.#child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] })
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on("line", line => this.lines.push(line))
  }

  /** Answers for these addresses from now on, and for no others. */
  async own(...addresses: readonly string[]): Promise<void> {
    await this.#ask(addresses, '{"owned"')
  }

  /** The value of a series, or undefined. */
  async metric(series: string): Promise<string | undefined> {
    const answer = await this.#ask("metrics", '{"metrics"')
    const { metrics } = JSON.parse(answer) as { readonly metrics: string }
    return metrics
      .split("\n")
      .find(line => line.startsWith(`${series} `))
      ?.slice(series.length + 1)
  }

  /** Waits until a series has this value, for at most 10 s. */
  async reaches(series: string, value: string): Promise<void> {
    const end = Date.now() + 10_000
    for (;;) {
      const now = await this.metric(series)
      if (now === value) return
      if (Date.now() > end) throw new Error(`${series} is ${now}, not ${value} within 10 s`)
      await delay(50)
    }
  }

  /** Waits for a line that holds all of these texts. */
  said(...texts: readonly string[]): Promise<string> {
    return waitFor(`a line with ${texts.join(" and ")}; there are ${this.lines.slice(-5).join(" ")}`, () =>
      this.lines.find(line => texts.every(text => line.includes(text))),
    )
  }

  kill(): void {
    this.#child.kill("SIGKILL")
  }

  #ask(wish: unknown, answer: string): Promise<string> {
    const from = this.lines.length
    this.#child.stdin?.write(`${JSON.stringify(wish)}\n`)
    return waitFor(`an answer ${answer}`, () => this.lines.slice(from).find(line => line.startsWith(answer)))
  }
}
