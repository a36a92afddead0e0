import { readdirSync, readFileSync } from "node:fs"

/** Memory in MB (10^6 bytes) and CPU seconds since its start of one process. */
export type ProcessUse = {
  readonly rss: number
  readonly anonymous: number
  readonly pss: number
  readonly cpuSeconds: number
}

/** Clock ticks a second; fixed at 100 in the Linux user-space interface (USER_HZ). */
const ticks = 100

const field = (text: string, name: string): number => {
  const kib = text.match(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m"))?.[1]
  if (kib === undefined) throw new Error(`smaps_rollup has no line ${name}`)
  return (Number(kib) * 1024) / 1e6
}

/** Reads /proc for one process; see proc(5). Throws when it has ended. */
export const useOf = (pid: number): ProcessUse => {
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")
  // Fields after the command's closing parenthesis; utime and stime are the 14th and 15th of the whole line.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? []
  return {
    rss: field(memory, "Rss"),
    anonymous: field(memory, "Anonymous"),
    pss: field(memory, "Pss"),
    cpuSeconds: (Number(stat[11]) + Number(stat[12])) / ticks,
  }
}

/** Processes whose arguments contain every one of `words`. One that ends while it is looked at does not count. */
export const processesWith = (words: readonly string[]): readonly number[] =>
  readdirSync("/proc").flatMap(name => {
    if (!/^\d+$/.test(name)) return []
    const args = argumentsOf(Number(name))
    return words.every(word => args.includes(word)) ? [Number(name)] : []
  })

const argumentsOf = (pid: number): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return []
    throw error
  }
}
