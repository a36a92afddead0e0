import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import type { IpFamily } from "../../../agent/core/model.ts"
import { type Cable, inside, signalAll } from "./cable.ts"
import type { RouterPlan } from "./router.ts"

const exec = promisify(execFile)

/** What a program says, on both streams; also where it ends with an error, if that says something. */
export const outputOf = async (program: string, ...args: readonly string[]): Promise<string> => {
  const { stdout, stderr } = await exec(program, args, { encoding: "utf8", timeout: 10_000, maxBuffer: 2 ** 24 })
  return `${stdout}${stderr}`
}

/** The daemons of one router: programs in the namespace of the cable's other end. */
export const daemons = (cable: Pick<Cable, "theirs" | "folder">) => {
  const children: ChildProcess[] = []
  const [enter = "", ...words] = inside(cable.theirs.namespace)
  return {
    /** Starts a program that stays in the foreground; its output goes into NAME.out in the folder. */
    spawn: (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess => {
      const out = createWriteStream(join(cable.folder, `${name}.out`), { flags: "a" })
      const child = spawn(enter, [...words, ...args], {
        cwd: cable.folder,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      })
      child.stdout.pipe(out, { end: false })
      child.stderr.pipe(out, { end: false })
      children.push(child)
      return child
    },
    run: async (program: string, ...args: readonly string[]): Promise<string> => {
      const { stdout } = await exec(enter, [...words, program, ...args], {
        cwd: cable.folder,
        encoding: "utf8",
        timeout: 10_000,
        maxBuffer: 2 ** 24,
      })
      return stdout
    },
    /** To each process of the namespace: some daemons are several. */
    signal: (signal: NodeJS.Signals) => signalAll(cable.theirs.namespace, signal),
    stop: async () => {
      const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      const ended = running.map(child => once(child, "exit"))
      signalAll(cable.theirs.namespace, "SIGKILL")
      await Promise.all(ended)
      children.length = 0
    },
  }
}

/** Both ends' addresses on the plan's connection: the router's and the speaker's. */
export const endsOf = ({ ours, theirs }: Cable, { transport }: RouterPlan) => {
  const family = transport === "IPv4" ? "IPv4" : "IPv6"
  return { router: theirs.addresses[family], speaker: ours.addresses[family] }
}

export const afi = (family: IpFamily): string => (family === "IPv4" ? "ipv4" : "ipv6")
