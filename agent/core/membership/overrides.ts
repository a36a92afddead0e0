import { parseGoDuration } from "./go-duration.ts"
import { lanSettings, type Settings } from "./settings.ts"

/** What MetalLB's `memberlist/config.json` sets (ConfigMap memberlist-config): all of it, whatever was chosen before. */
export type Overrides = {
  readonly settings: Settings
  readonly compression: boolean
  readonly verifyIncoming: boolean
  readonly verifyOutgoing: boolean
}

export type ReadOverrides =
  | { readonly ok: true; readonly value: Overrides }
  | { readonly ok: false; readonly problem: string }

const durationFields = [
  "TCPTimeout",
  "PushPullInterval",
  "ProbeTimeout",
  "ProbeInterval",
  "GossipInterval",
  "GossipToTheDeadTime",
  "QueueCheckInterval",
] as const

/**
 * Reads the file as MetalLB does: durations are Go strings and each must be there; numbers and booleans that are missing
 * are 0 and false. HandoffQueueDepth and QueueCheckInterval are taken and have no effect: messages are handled as they
 * come, there is no queue between. The problem is a sentence that names the field.
 */
export const readOverrides = (text: string): ReadOverrides => {
  const parsed = parse(text)
  if (parsed === undefined) return no("the file is not a JSON object")
  const problems: string[] = []
  const duration = (name: (typeof durationFields)[number]): number => {
    const value = parsed[name]
    const millis = typeof value === "string" ? parseGoDuration(value) : undefined
    if (millis === undefined || millis < 0)
      problems.push(`${name} must be a duration such as "1s" or "500ms", it is ${JSON.stringify(value) ?? "missing"}`)
    return millis ?? 0
  }
  const whole = (name: string): number => {
    const value = parsed[name] ?? 0
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value
    problems.push(`${name} must be a whole number from 0, it is ${JSON.stringify(value)}`)
    return 0
  }
  const flag = (name: string): boolean => {
    const value = parsed[name] ?? false
    if (typeof value !== "boolean") problems.push(`${name} must be true or false, it is ${JSON.stringify(value)}`)
    return value === true
  }
  duration("QueueCheckInterval")
  whole("HandoffQueueDepth")
  const value: Overrides = {
    settings: {
      ...lanSettings,
      tcpTimeout: duration("TCPTimeout"),
      pushPullInterval: duration("PushPullInterval"),
      probeTimeout: duration("ProbeTimeout"),
      probeInterval: duration("ProbeInterval"),
      gossipInterval: duration("GossipInterval"),
      gossipToTheDeadTime: duration("GossipToTheDeadTime"),
      indirectChecks: whole("IndirectChecks"),
      retransmitMult: whole("RetransmitMult"),
      suspicionMult: whole("SuspicionMult"),
      suspicionMaxTimeoutMult: whole("SuspicionMaxTimeoutMult"),
      awarenessMaxMultiplier: whole("AwarenessMaxMultiplier"),
      gossipNodes: whole("GossipNodes"),
      udpBufferSize: whole("UDPBufferSize"),
      disableTcpPings: flag("DisableTcpPings"),
    },
    compression: flag("EnableCompression"),
    verifyIncoming: flag("GossipVerifyIncoming"),
    verifyOutgoing: flag("GossipVerifyOutgoing"),
  }
  return problems.length === 0 ? { ok: true, value } : no(problems.join("; "))
}

const no = (problem: string): ReadOverrides => ({ ok: false, problem })

const parse = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined
    throw thrown
  }
}
