import { defaultHoldTime } from "../bgp/session/settings.ts"
import type { BgpConfig, BgpPeer } from "../config/bgp/model.ts"
import type { Problem } from "../config/model.ts"
import { Problems } from "../config/problem.ts"

/** Hold times from here on are said, in seconds: ten times what a session of 3 s needs, and what clients already feel. */
const slow = 30

/**
 * Peers that would go on sending to a dead node for long: without BFD only the hold time ends its session, which is 90 s where
 * nothing is written (RFC 4271 section 10). A hold time of 0 has a warning of its own.
 */
export const slowPeers = ({ peers, bfdProfiles }: BgpConfig, namespace: string): readonly Problem[] => {
  const usable = new Set(bfdProfiles.map(({ name }) => name))
  return peers.flatMap(peer =>
    peer.bfdProfile !== undefined && usable.has(peer.bfdProfile) ? [] : slowness(peer, namespace),
  )
}

const slowness = ({ name, source, timers }: BgpPeer, namespace: string): readonly Problem[] => {
  const seconds = timers.holdTime ?? defaultHoldTime
  if (seconds < slow) return []
  const problems = new Problems(source === "legacy" ? "configmap" : "bgppeer", {
    name: source === "legacy" ? "config" : name,
    namespace,
  })
  const why = timers.holdTime === undefined ? "no holdTime is written, which means 90s" : `the hold time is ${seconds}s`
  const message = `peer ${name} sends to a dead node for up to ${seconds}s: ${why}, and no BFD profile is in use`
  problems.warning("ML271", "spec.holdTime", message, { peer: name, seconds })
  return problems.found
}
