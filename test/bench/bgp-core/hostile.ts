import { spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"

/** How an attack ended: the NOTIFICATION as code/subcode, "" where none came, and ms from its begin to the end of the connection. */
export type Aftermath = { readonly notification: string; readonly ms: number }

export type Hostile = { readonly over: Promise<Aftermath>; readonly stop: () => void }

/** Starts a peer that attacks whoever connects; resolves when it listens. */
export const startHostile = async (port: number, attack: string): Promise<Hostile> => {
  const program = join(import.meta.dirname, "hostile-program.ts")
  const child = spawn(process.execPath, [program, String(port), attack], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const next = await lines.next()
    if (next.done === true) throw new Error("the hostile peer ended")
    return next.value
  }
  await line()
  return { over: line().then(text => JSON.parse(text) as Aftermath), stop: () => child.stdin.end() }
}
