import { type SpawnOptions, spawn } from "node:child_process"

const remindMs = 15_000

/** Does something slow, and says on standard error that it began, that it goes on (every 15 s), and how long it took. */
export async function longStep<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now()
  const elapsed = () => `${((performance.now() - began) / 1000).toFixed(0)}s`
  const say = (line: string) => process.stderr.write(`setup: ${line}\n`)
  say(what)
  const reminder = setInterval(() => say(`${what}, ${elapsed()} so far`), remindMs)
  try {
    const result = await work()
    say(`${what}, done after ${elapsed()}`)
    return result
  } finally {
    clearInterval(reminder)
  }
}

/** Runs a program whose output matters only when it fails; the Error then carries the end of it (at most 4000 characters). */
export async function quietly(program: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve))
  if (code === 0) return output
  throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${output.slice(-4000)}`)
}
