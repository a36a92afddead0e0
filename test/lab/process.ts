import { readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs"
import { pollUntil } from "./wait.ts"

/** Start time in clock ticks since boot; with the number it names one process for as long as the machine runs. */
export function startTime(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`)
  // The name in brackets may hold anything, so fields are counted from the last bracket.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")
  return fields === undefined || fields[0] === "Z" ? undefined : fields[19]
}

/** Writes down a process that was just started, so that later runs end this one and never another of the same number. */
export function writePid(file: string, pid: number): void {
  writeFileSync(file, `${pid} ${startTime(pid) ?? "gone"}\n`)
}

/** The process written down in a file, if it still runs. */
export function livingPid(file: string): number | undefined {
  const [pid, started] = readIfThere(file)?.trim().split(" ") ?? []
  return pid !== undefined && started !== undefined && startTime(Number(pid)) === started ? Number(pid) : undefined
}

/** Whether the process written down in a file has ended by itself: whoever ends one with `endPid` removes the file. */
export function hasDied(file: string): boolean {
  return readIfThere(file) !== undefined && livingPid(file) === undefined
}

/** Ends the process written down in a file, and waits until it is gone (at most 30 s). */
export async function endPid(file: string, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  const pid = livingPid(file)
  if (pid !== undefined) {
    process.kill(pid, signal)
    await pollUntil(`process ${pid} of ${file} ends`, () => livingPid(file) === undefined, { timeoutMs: 30_000 })
  }
  rmSync(file, { force: true })
}

/** First child of a process: for `unshare --fork` that is pid 1 of the new namespace. */
export function firstChild(pid: number): number | undefined {
  const [child] = readIfThere(`/proc/${pid}/task/${pid}/children`)?.split(" ") ?? []
  return child === undefined || child === "" ? undefined : Number(child)
}

/** Every process whose network namespace is one of those files. */
export function processesIn(namespaceFiles: readonly string[]): number[] {
  const wanted = new Set(namespaceFiles.map(inode).filter(found => found !== undefined))
  if (wanted.size === 0) return []
  return allPids().filter(pid => {
    // EACCES: a process with more rights than this one, such as the machine's process 1, was not started by a lab.
    const link = ifThere(() => readlinkSync(`/proc/${pid}/ns/net`), "EACCES")
    return link !== undefined && wanted.has(link)
  })
}

function inode(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat && `net:[${stat.ino}]`
}

/** Every process there is. */
export function allPids(): number[] {
  return readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .map(Number)
}

/** Sends SIGKILL to each; one that has gone already is what was wanted. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL")
    } catch (error) {
      if (!isErrno(error, "ESRCH")) throw error
    }
  }
}

export function readIfThere(file: string): string | undefined {
  return ifThere(() => readFileSync(file, "utf8"))
}

function ifThere(read: () => string, ...alsoAbsent: readonly string[]): string | undefined {
  try {
    return read()
  } catch (error) {
    if (["ENOENT", "ESRCH", ...alsoAbsent].some(code => isErrno(error, code))) return undefined
    throw error
  }
}

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code
}
