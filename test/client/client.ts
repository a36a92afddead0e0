import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Lab } from "../lab/lab.ts"
import type { ClientReport } from "./report.ts"

/** Ends an answer; no HTTP text of ours contains it. */
const separator = "\u001e"

/**
 * Fetches http://ADDRESS/ `times` times from the outside client, one connection each of at most a second; gives each answer's
 * text. Throws when one fails.
 */
export const fetchFromOutside = async (lab: Lab, address: string, times: number): Promise<readonly string[]> => {
  const host = address.includes(":") ? `[${address}]` : address
  // Below the ports that probes are given: a question before kube-proxy knows the address leaves a connection without an answer in the node's
  // kernel, and for two minutes nothing that comes from its port reaches a pod.
  const ports = "$((20000 + RANDOM % 8000))-29999"
  const curl = `curl --silent --show-error --max-time 1 --local-port ${ports} --write-out '${separator}' 'http://${host}/'`
  const { code, stdout, stderr } = await lab.client([
    "bash",
    "-c",
    `for i in $(seq ${times}); do ${curl} || exit 1; done`,
  ])
  if (code !== 0) throw new Error(`http://${host}/ from the client: ${stderr.trim() || `exit code ${code}`}`)
  return stdout
    .split(separator)
    .slice(0, -1)
    .map(text => text.trim())
}

/** A probe that runs on the client until it is stopped. */
export type Probe = { readonly stop: () => Promise<ClientReport>; readonly kill: () => void }

/** Starts probing http://ADDRESS:PORT/ from the outside client and waits until the first attempt was sent. Times in ms. */
export const startProbe = async (
  lab: Lab,
  address: string,
  port: number,
  everyMs = 100,
  limitMs = 1000,
): Promise<Probe> => {
  const script = join(import.meta.dirname, "probe.ts")
  const [program, args] = lab.clientCommand([
    process.execPath,
    script,
    address,
    String(port),
    String(everyMs),
    String(limitMs),
  ])
  const child: ChildProcess = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] })
  if (child.stdin === null || child.stdout === null) throw new Error("the probe has no pipes")
  const { stdin, stdout } = child
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const next = await lines.next()
    if (next.done === true) throw new Error("the probe ended without a report")
    return next.value
  }
  await line()
  return {
    stop: async () => {
      stdin.end()
      const report: ClientReport = JSON.parse(await line())
      if (child.exitCode === null) await once(child, "exit")
      return report
    },
    kill: () => child.kill("SIGKILL"),
  }
}
