import { type Draft, note } from "./draft.ts"
import { isLive } from "./member.ts"
import { lanSettings, swiftSettings } from "./settings.ts"
import type { Mode } from "./state.ts"

/**
 * Chooses between swift and the library's LAN timers: one live member without our mark is enough for the latter, because
 * what two kinds of nodes conclude about each other must take them equally long. Timers that already run are kept. Called once at the end of a step.
 */
export const refreshMode = (draft: Draft): void => {
  const { state } = draft
  if (state.mode === "fixed" || state.members === draft.base.members) return
  const mode: Mode = hasForeigner(draft) ? "compatible" : "swift"
  if (mode === state.mode) return
  state.mode = mode
  state.settings = mode === "swift" ? swiftSettings : lanSettings
  state.due = {
    probe: Math.min(state.due.probe, draft.now + state.settings.probeInterval),
    gossip: Math.min(state.due.gossip, draft.now + state.settings.gossipInterval),
    pushPull: Math.min(state.due.pushPull, draft.now + state.settings.pushPullInterval),
    reconnect: state.due.reconnect,
  }
  draft.effects.push({ kind: "mode", mode })
  note(draft, "mode-changed", mode)
}

const hasForeigner = ({ state }: Draft): boolean => {
  for (const member of state.members.values()) if (isLive(member) && !member.ours) return true
  return false
}
