import type { Millis } from "./announcer.ts"

/** Refreshes fall on whole seconds, so that many addresses cost one wake-up. */
const grid: Millis = 1000

/**
 * When an address is told again, in milliseconds from now: between 0.75 and 1.25 times `every`, another time for each address and each
 * round, so that hundreds of addresses taken over at once do not stay together. Derived from the address, not drawn: the same
 * events give the same frames.
 */
export const refreshDelay = (key: string, round: number, every: Millis): Millis =>
  every * (0.75 + 0.5 * fraction(`${key} ${round}`))

/** The end of the second in which an instant lies. */
export const onGrid = (at: Millis): Millis => Math.ceil(at / grid) * grid

/** FNV-1a with the last mixing step of MurmurHash3, as a number from 0 up to 1: texts that differ in one digit land far apart. */
const fraction = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x100000000
}
