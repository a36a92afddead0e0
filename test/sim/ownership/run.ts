import type { Found } from "./measure.ts"
import type { Schedule } from "./schedule.ts"
import { World } from "./world.ts"

/** Bounds that docs/ownership.md argues for, in milliseconds. */
export const bounds = {
  doubleOwner: 250,
  /** One fault alone: three heartbeats, the questions, the successor's start, and the time a busy process waits. */
  noOwnerSingle: 400,
  /** The node dies whose speaker is stood in for: three of its answers are missed, or a process that is stopped is found out first. */
  noOwnerAway: 450,
  /** A process that is stopped: its node answers, so it is given 140 ms more. */
  noOwnerPause: 550,
  /** The native thread goes on for 500 ms after the event loop hung. */
  noOwnerHang: 1_050,
  /** A split may leave the owner's watchers on the other side: then the membership's 1.5 s come first. */
  noOwnerSplit: 1_900,
  /** Any faults at once: the membership's time instead of the watchers', since both of them may be dead or cut off too. */
  noOwnerRandom: 2_500,
  /** Beside MetalLB's speakers the membership alone says who lives: who is back answers at once, and 200 to 250 ms later others know of it. */
  doubleOwnerMixed: 400,
} as const

/** Runs one schedule to its end and says what was found; broken promises are named. */
export const runSchedule = (schedule: Schedule, log?: (line: string) => void): Found => {
  const world = new World(schedule, log)
  for (const event of schedule.events) world.timeline.at(event.at, () => world.trouble(event))
  if (schedule.kind === "api") watchMoves(world, schedule, "an API outage alone")
  if (schedule.kind === "single" && schedule.events.every(({ type }) => ofSpeakers.has(type)))
    watchMoves(world, schedule, "a speaker that was away alone")
  world.timeline.runUntil(schedule.duration)
  const found = world.measure.finish()
  if (found.doubleOwner > (schedule.kind === "mixed" ? bounds.doubleOwnerMixed : bounds.doubleOwner))
    found.broken.push(`two owners heard each other for ${found.doubleOwner.toFixed(0)} ms`)
  const most = noOwnerBound(schedule)
  if (found.noOwnerSettled > most) found.broken.push(`no owner for ${found.noOwnerSettled.toFixed(0)} ms`)
  return found
}

/** Troubles of a speaker's process, which its node does not feel. */
const ofSpeakers: ReadonlySet<string> = new Set(["kill", "restart", "pause", "hang"])

const noOwnerBound = (schedule: Schedule): number => {
  if (schedule.kind === "random" || schedule.kind === "mixed") return bounds.noOwnerRandom
  if (schedule.kind === "away") return bounds.noOwnerAway
  if (schedule.events.some(event => event.type === "split")) return bounds.noOwnerSplit
  if (schedule.events.some(event => event.type === "hang")) return bounds.noOwnerHang
  return schedule.events.some(event => event.type === "pause") ? bounds.noOwnerPause : bounds.noOwnerSingle
}

/** Neither an API outage nor a speaker that is away moves anything. */
const watchMoves = (world: World, schedule: Schedule, what: string): void => {
  const first = schedule.events[0]?.at ?? 0
  world.timeline.at(first - 1, () => {
    const before = world.measure.found.moves
    world.timeline.at(schedule.duration, () => {
      const moves = world.measure.found.moves - before
      if (moves > 0) world.measure.found.broken.push(`${what} moved ${moves} VIPs`)
    })
  })
}
