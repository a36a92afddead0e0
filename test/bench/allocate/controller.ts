import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { pollUntil } from "../../lab/wait.ts"
import { root } from "../../run/places.ts"
import { useOf } from "../process-memory.ts"
import { installNamespace } from "./services.ts"

const ports = { metrics: 9120, probes: 17472 }

/** What the manifest tells Node before the program. */
const nodeFlags = (): readonly string[] => {
  const manifest = readFileSync(join(root, "manifests/agent/controller.yaml"), "utf8")
  const before = manifest.slice(0, manifest.indexOf("/app/agent.cjs"))
  return [...before.matchAll(/^ +- (--[a-z0-9=-]+)$/gm)].map(([, flag = ""]) => flag)
}

/** One controller as a plain process, built as for the image and started with the flags of the manifest. */
export class Controller {
  readonly #child: ChildProcess
  /** Seconds from its start until it was ready. */
  readonly readyAfter: number

  private constructor(child: ChildProcess, readyAfter: number) {
    this.#child = child
    this.readyAfter = readyAfter
  }

  /** Starts it with the kubeconfig of the environment and waits until it is ready. `log` gets what it says. */
  static async start(log: string, flags: readonly string[] = []): Promise<Controller> {
    const out = openSync(log, "a")
    const began = performance.now()
    const child = spawn(
      process.execPath,
      [
        ...nodeFlags(),
        join(root, "dist/agent.cjs"),
        "--mode=controller",
        `--namespace=${installNamespace}`,
        "--metrics-plain",
        `--port=${ports.metrics}`,
        `--health-probe-port=${ports.probes}`,
        "--leader-elect=false",
        ...flags,
      ],
      { stdio: ["ignore", out, out] },
    )
    closeSync(out)
    await pollUntil(
      "the controller is ready",
      async () => (await fetch(`http://127.0.0.1:${ports.probes}/readyz`)).ok,
      { timeoutMs: 60_000, everyMs: 10 },
    )
    return new Controller(child, (performance.now() - began) / 1000)
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the controller does not run")
    return this.#child.pid
  }

  /** Resident memory in MB (10^6 bytes). */
  get rss(): number {
    return useOf(this.pid).rss
  }

  /** Processor time used so far, in milliseconds, to a hundredth of a second. */
  get cpu(): number {
    return useOf(this.pid).cpuSeconds * 1000
  }

  /** Resolves when nothing waits in its queue and no event is left to be sent. */
  async quiet(): Promise<void> {
    let before = ""
    await pollUntil(
      "the controller has nothing left to do",
      async () => {
        const text = await (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text()
        const now = text
          .split("\n")
          .filter(line => line.startsWith("metallb_api_requests_total") && !/verb="(get|watch|list)"/.test(line))
          .join("\n")
        const still = now === before && /^metallb_controller_queue_depth 0$/m.test(text)
        before = now
        return still
      },
      { timeoutMs: 300_000, everyMs: 1_500 },
    )
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit")
    this.#child.kill("SIGTERM")
    await ended
  }
}
