import { write as writeFile } from "node:fs"
import { type Clock, pause } from "./clock.ts"

/** Writes bytes to a file descriptor and says how many were taken, or what is wrong. `fs.write`, or a test's. */
export type WriteBytes = (
  fd: number,
  bytes: Uint8Array,
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
) => void

export type LineWriter = {
  /** Takes a line; it never waits. What finds no room is counted and left out. */
  readonly write: (line: string) => void
  /** Resolves to true when all that was taken is written, to false when `within` milliseconds are over before. */
  readonly flush: (within: number) => Promise<boolean>
}

/** BOUNDED: what waits for a reader. At 200 bytes a line these are some five thousand lines. */
const mostBytes = 1 << 20
/** As much as a pipe holds. */
const atOnce = 1 << 16
const againAfter = 20
/** Lines that follow a write within so many milliseconds go together: a write costs as much as ten lines. */
const gatherFor = 20

/**
 * Lines for a descriptor whose reader may be slow, as a container's runtime is on a busy machine. `process.stdout` of a pipe is
 * synchronous: when 64 KiB are not read, the event loop stands still, and with it every answer to ARP. Here a thread of the pool
 * waits instead. `dropped` is told how many lines were left out, once there is room again.
 */
export const lineWriter = (
  fd: number,
  clock: Clock,
  dropped: (lines: number) => void,
  writeBytes: WriteBytes = (to, bytes, done) => writeFile(to, bytes, done),
): LineWriter => {
  let waiting: string[] = []
  let waitingBytes = 0
  let left = 0
  let rest: Uint8Array | undefined
  let busy = false
  let writtenAt = Number.NEGATIVE_INFINITY
  let gathering = false
  const idle = new Set<() => void>()

  const write = (line: string) => {
    const size = Buffer.byteLength(line)
    if (waitingBytes + size > mostBytes) {
      left += 1
      return
    }
    waiting.push(line)
    waitingBytes += size
    next()
  }

  const next = () => {
    if (busy) return
    if (rest === undefined && gathers()) return
    rest ??= taken()
    if (rest !== undefined) {
      busy = true
      writtenAt = clock.monotonic()
      writeBytes(fd, rest, settled)
      return
    }
    if (left > 0) {
      const lines = left
      left = 0
      // Writes a line itself, most likely.
      dropped(lines)
      if (busy) return
    }
    for (const wake of idle) wake()
  }

  /** Whether what waits is left to wait: who asks for the last line does not, nor what fills a write. */
  const gathers = (): boolean => {
    const wait = writtenAt + gatherFor - clock.monotonic()
    if (wait <= 0 || waiting.length === 0 || waitingBytes >= atOnce || idle.size > 0) return false
    if (gathering) return true
    gathering = true
    clock.after(wait, () => {
      gathering = false
      next()
    })
    return true
  }

  /** Whole lines, as many as go at once and one at least. */
  const taken = (): Uint8Array | undefined => {
    if (waiting.length === 0) return undefined
    let size = 0
    let count = 0
    for (const line of waiting) {
      const more = Buffer.byteLength(line)
      if (count > 0 && size + more > atOnce) break
      size += more
      count += 1
    }
    const lines = waiting.slice(0, count)
    waiting = waiting.slice(count)
    waitingBytes -= size
    return Buffer.from(lines.join(""))
  }

  const settled = (error: NodeJS.ErrnoException | null, written: number) => {
    if (error?.code === "EAGAIN") {
      // Somebody made the pipe non-blocking.
      clock.after(againAfter, () => {
        busy = false
        next()
      })
      return
    }
    busy = false
    // Where writing is impossible there is nobody to tell.
    rest = error !== null || rest === undefined || written >= rest.length ? undefined : rest.subarray(written)
    next()
  }

  return {
    write,
    flush: async within => {
      if (!busy && waiting.length === 0) return true
      const control = new AbortController()
      return new Promise(resolve => {
        const end = (done: boolean) => {
          idle.delete(wake)
          control.abort()
          resolve(done)
        }
        const wake = () => end(true)
        idle.add(wake)
        next()
        void pause(clock, within, control.signal).then(() => end(false))
      })
    },
  }
}
