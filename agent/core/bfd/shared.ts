import type { BfdProfile } from "../config/bgp/model.ts"

/**
 * The profile of a session that several clients share (RFC 5882 section 2): the fastest that one of them asks for, the echo
 * of any, and passive only where all are.
 */
export const sharedProfile = (first: BfdProfile, others: readonly BfdProfile[]): BfdProfile =>
  others.reduce(
    (a, b) => ({
      name: a.name,
      source: a.source,
      receiveInterval: Math.min(a.receiveInterval, b.receiveInterval),
      transmitInterval: Math.min(a.transmitInterval, b.transmitInterval),
      detectMultiplier: Math.min(a.detectMultiplier, b.detectMultiplier),
      echoInterval: Math.min(a.echoInterval, b.echoInterval),
      echoMode: a.echoMode || b.echoMode,
      passiveMode: a.passiveMode && b.passiveMode,
      minimumTtl: Math.min(a.minimumTtl, b.minimumTtl),
    }),
    first,
  )
