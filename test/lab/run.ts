import { type SpawnOptions, spawn } from "node:child_process"
import { openSync } from "node:fs"

export type Output = { readonly code: number; readonly stdout: string; readonly stderr: string }
export type RunOptions = {
  /** Written to the program's standard input, which is empty otherwise. */
  readonly input?: string | Uint8Array
  /** After so many milliseconds the program is killed, and its code is 124. */
  readonly timeoutMs?: number
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a program to its end and keeps what it printed. A signal counts as code 128 plus its number, as in a shell. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "pipe", env: options.env ?? cleanEnv() })
    const out: Buffer[] = []
    const err: Buffer[] = []
    let late = false
    const timer = options.timeoutMs
      ? setTimeout(() => {
          late = true
          child.kill("SIGKILL")
        }, options.timeoutMs)
      : undefined
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
    child.on("error", reject)
    // A program that ends without reading its input is no fault of ours; its exit code tells.
    child.stdin.on("error", error => err.push(Buffer.from(`stdin: ${error.message}\n`)))
    child.stdin.end(options.input ?? "")
    child.on("close", (code, signal) => {
      clearTimeout(timer)
      const number = signal === null ? 0 : (signalNumbers[signal] ?? 0)
      resolve({
        code: late ? 124 : (code ?? 128 + number),
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      })
    })
  })
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15 }

/** Like run, but a code other than 0 is an Error with the command and what it said. */
export async function must(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options)
  if (code === 0) return stdout
  throw new Error(`${program} ${args.join(" ")}: exit code ${code}\n${stderr}${stdout}`.trimEnd())
}

/** Starts a program in a session of its own, with its output at the end of a log file; it outlives this process. */
export function startDaemon(program: string, args: readonly string[], log: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const file = openSync(log, "a")
    const child = spawn(program, args, { stdio: ["ignore", file, file], detached: true, env: cleanEnv() })
    child.on("error", reject)
    child.on("spawn", () => {
      child.unref()
      if (child.pid !== undefined) resolve(child.pid)
    })
  })
}

/** Runs a program on this terminal, and gives its exit code. */
export function runHere(program: string, args: readonly string[], options: SpawnOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", ...options })
    const pass = (signal: NodeJS.Signals) => child.kill(signal)
    // On a terminal Ctrl-C reaches the program by itself; this process has only to outlive it.
    const keep = () => process.stdin.isTTY || child.kill("SIGINT")
    process.on("SIGINT", keep).on("SIGTERM", pass)
    child.on("error", reject)
    child.on("exit", (code, signal) => {
      process.off("SIGINT", keep).off("SIGTERM", pass)
      resolve(code ?? 128 + (signal === null ? 0 : (signalNumbers[signal] ?? 0)))
    })
  })
}

/** The environment without proxies: whatever the lab runs talks to addresses in the lab. */
export function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(https?|all|no)_proxy$/i.test(name)))
}
