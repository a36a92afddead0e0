import type { Millis } from "./time.ts"

/** RFC 4271 section 8.2.2: the "large value" while an OPEN is waited for. */
export const openHoldTime: Millis = 240_000

/** A session that was up for so long was a good one: what lost it does not count with earlier losses. */
export const calmAfter: Millis = 300_000

/** What the peer sent may wait in the socket when this process was held up: so much more time before it counts as silent. */
export const holdExtension: Millis = 1_000
/** A tick that comes later than this after its timer says that the process was held up. */
export const heldUpAfter: Millis = 250

/** Between two answers to requests for all routes, so that a peer that asks without end costs little. */
export const refreshPause: Millis = 1_000

/** RFC 4271 section 10: a factor between 0.75 and 1, for `chance` in [0, 1). */
export const jittered = (time: Millis, chance: number): Millis => time * (0.75 + 0.25 * chance)

/** RFC 4271 section 4.4: never more than one a second. */
export const keepaliveDelay = (time: Millis, chance: number): Millis => Math.max(1_000, jittered(time, chance))

/** Before the next attempt to connect: 1 s, doubled with each failure, up to the connect time. `failures` is 1 or more. */
export const retryDelay = (failures: number, connectTime: Millis, chance: number): Millis =>
  jittered(Math.min(1_000 * 2 ** Math.min(failures - 1, 20), connectTime), chance)

/**
 * IdleHoldTime (RFC 4271 section 8.1.1, DampPeerOscillations): nothing after the first loss in a row, then 1 s, doubled with each, up to
 * two minutes, as MetalLB waits between attempts.
 */
export const idleHoldTime = (losses: number, chance: number): Millis =>
  losses <= 1 ? 0 : jittered(Math.min(1_000 * 2 ** Math.min(losses - 2, 20), 120_000), chance)

/** RFC 9687 section 3: eight minutes, or twice the hold time (in seconds). */
export const sendHoldTime = (holdTime: number): Millis => Math.max(480_000, 2_000 * holdTime)
