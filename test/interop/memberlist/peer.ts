import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"

const folder = import.meta.dirname
const binary = join(dirname(dirname(dirname(folder))), ".cache/interop/memberlist-peer")

/** How a node of the Go library is to be built; see node.go. */
export type GoSpec = {
  readonly name: string
  readonly addr: string
  readonly port: number
  readonly keys?: readonly string[]
  readonly label?: string
  readonly compress?: boolean
  readonly meta?: string
  readonly probe?: number
  readonly timeout?: number
  readonly gossip?: number
  readonly suspicion?: number
  readonly pushPull?: number
}

export type GoLine = {
  readonly event: "join" | "leave" | "update" | "message" | "done" | "failed"
  readonly node: string
  readonly subject?: string
  readonly meta?: string
  readonly payload?: string
  readonly members?: readonly { readonly name: string; readonly addr: string; readonly meta: string }[]
  readonly count?: number
  readonly error?: string
}

/** Builds the program from its modules; Go's own cache makes the second time quick. */
export const buildPeer = (): void => {
  mkdirSync(dirname(binary), { recursive: true })
  const built = spawnSync("go", ["build", "-o", binary, "."], { cwd: folder, encoding: "utf8" })
  if (built.error !== undefined) throw new Error("interop tests need Go 1.26 in the PATH", { cause: built.error })
  if (built.status !== 0) throw new Error(`go build failed:\n${built.stderr}`)
}

/** One process with any number of real memberlist nodes in it. */
export const startPeer = () => {
  const child: ChildProcess = spawn(binary, { stdio: ["pipe", "pipe", "inherit"] })
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) throw new Error("the peer was started without pipes")
  const lines: GoLine[] = []
  const waiting: ((line: GoLine) => void)[] = []
  createInterface({ input: stdout }).on("line", text => {
    const line: GoLine = JSON.parse(text)
    if (line.event === "done" || line.event === "failed") waiting.shift()?.(line)
    else lines.push(line)
  })

  /** Commands are answered in their order. Rejects with what the library said. */
  const command = (op: string, fields: Readonly<Record<string, unknown>>): Promise<GoLine> =>
    new Promise((resolve, reject) => {
      waiting.push(line =>
        line.event === "done" ? resolve(line) : reject(new Error(`${op} ${fields["node"]}: ${line.error}`)),
      )
      stdin.write(`${JSON.stringify({ op, ...fields })}\n`)
    })

  return {
    lines,
    spawn: (spec: GoSpec) => command("spawn", { node: spec.name, spec }),
    join: (node: string, ...to: readonly string[]) => command("join", { node, to }),
    leave: (node: string) => command("leave", { node }),
    shutdown: (node: string) => command("shutdown", { node }),
    meta: (node: string, payload: string) => command("meta", { node, payload }),
    say: (node: string, to: string, payload: string, reliable: boolean) =>
      command(reliable ? "send-reliable" : "send", { node, to: [to], payload }),
    key: (node: string, op: "key-add" | "key-use" | "key-remove", key: string) => command(op, { node, key }),
    members: async (node: string) => (await command("members", { node })).members ?? [],
    names: async (node: string) => ((await command("members", { node })).members ?? []).map(m => m.name).sort(),
    pause: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
    kill: () =>
      new Promise<void>(resolve => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve()
        child.once("exit", () => resolve())
        child.kill("SIGKILL")
      }),
  }
}

export type GoPeer = ReturnType<typeof startPeer>
