import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"

export const peersAsn = 64500

/** What one peer has: prefixes it holds, UPDATEs it ever got, and when the last one came, in ms since the epoch. */
export type Account = { readonly held: number; readonly updates: number; readonly lastAt: number }

export type Sinks = { readonly count: () => Promise<readonly Account[]>; readonly stop: () => void }

/** Starts peers on ports of 127.0.0.1, each taking whatever it is told; resolves when all of them listen. */
export const startSinks = async (first: number, count: number): Promise<Sinks> => {
  const program = join(import.meta.dirname, "sink-program.ts")
  const child = spawn(process.execPath, [program, String(first), String(count)], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const sinks: Sinks = {
    count: async () => {
      child.stdin.write("count\n")
      const line = await lines.next()
      if (line.done === true) throw new Error("the peers ended")
      return JSON.parse(line.value)
    },
    stop: () => child.stdin.end(),
  }
  await sinks.count()
  return sinks
}
