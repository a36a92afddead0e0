import { parseGoDuration } from "../../membership/go-duration.ts"
import type { BgpPeerResource } from "../../model-bgp.ts"
import type { Problems } from "../problem.ts"
import type { PeerTimers } from "./model.ts"

/** The hold time is a field of 16 bits in the OPEN message (RFC 4271 section 4.2). */
const longest = 65535

/**
 * The timers of a peer in whole seconds, completed as MetalLB does: a keepalive of a third of the hold time, or a hold time
 * of three keepalives, where only one is written. Zero is kept: it turns both timers off, which objects stored through
 * v1beta1 say without meaning it, so that it is reported.
 */
export const readTimers = (resource: BgpPeerResource, problems: Problems): PeerTimers => {
  const hold = secondsOf("spec.holdTime", resource.holdTime, problems)
  const keepalive = secondsOf("spec.keepaliveTime", resource.keepaliveTime, problems)
  const holdTime = hold ?? (keepalive === undefined ? undefined : Math.min(keepalive * 3, longest))
  if (holdTime !== undefined && ((holdTime > 0 && holdTime < 3) || holdTime > longest)) {
    const allowed = `0s, or 3s to ${longest}s`
    const message = `a hold time of ${resource.holdTime} is not allowed; allowed are ${allowed}`
    problems.error("ML252", "spec.holdTime", message, { allowed })
  }
  if (hold !== undefined && keepalive !== undefined && keepalive > hold) {
    const allowed = `no more than the hold time of ${resource.holdTime}`
    const message = `a keepalive time of ${resource.keepaliveTime} is longer than the hold time of ${resource.holdTime}`
    problems.error("ML252", "spec.keepaliveTime", message, { allowed })
  }
  if (holdTime === 0 && !problems.broken) {
    const field = hold === undefined ? "spec.keepaliveTime" : "spec.holdTime"
    problems.warning("ML257", field, "0s turns the timers of the session off: a silent peer is kept for ever")
  }
  const third = holdTime === undefined ? undefined : Math.floor(holdTime / 3)
  return {
    holdTime,
    keepaliveTime: keepalive === undefined || keepalive === 0 ? third : keepalive,
    connectTime: readConnectTime(resource.connectTime, problems),
  }
}

/** Truncated to whole seconds, as MetalLB does, but what is not zero stays so. */
const secondsOf = (field: string, text: string | undefined, problems: Problems): number | undefined => {
  const milliseconds = millisecondsOf(field, text, problems)
  if (milliseconds === undefined || milliseconds === 0) return milliseconds
  return Math.max(1, Math.floor(milliseconds / 1000))
}

const readConnectTime = (text: string | undefined, problems: Problems): number | undefined => {
  const milliseconds = millisecondsOf("spec.connectTime", text, problems)
  if (milliseconds === undefined) return undefined
  if (milliseconds % 1000 === 0 && milliseconds >= 1000 && milliseconds <= longest * 1000) return milliseconds / 1000
  const allowed = `whole seconds from 1s to ${longest}s`
  problems.error("ML252", "spec.connectTime", `${text} is not allowed; allowed are ${allowed}`, { allowed })
  return undefined
}

const millisecondsOf = (field: string, text: string | undefined, problems: Problems): number | undefined => {
  if (text === undefined) return undefined
  const milliseconds = text.length > 40 ? undefined : parseGoDuration(text)
  if (milliseconds !== undefined && milliseconds >= 0) return milliseconds
  const allowed = "a duration such as 90s or 1m30s"
  problems.error("ML252", field, `"${text.slice(0, 40)}" is not a duration; allowed is ${allowed}`, { allowed })
  return undefined
}
