import type { Clock } from "./clock.ts"

const quietFor = 60_000
const mostKeys = 256

/**
 * True where a line should be written: once a minute for the same thing, because packets can be wrong a thousand times a
 * second. BOUNDED: 256 things; with more, the oldest may be told again early.
 */
export const repeatGuard = (clock: Clock): ((key: string) => boolean) => {
  const last = new Map<string, number>()
  return key => {
    const now = clock.monotonic()
    const told = last.get(key)
    if (told !== undefined && now - told < quietFor) return false
    last.delete(key)
    last.set(key, now)
    const [oldest] = last.keys()
    if (last.size > mostKeys && oldest !== undefined) last.delete(oldest)
    return true
  }
}
