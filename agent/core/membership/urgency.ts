import { type Draft, random } from "./draft.ts"

/** Gossip that cannot wait is sent at once, but no oftener than this. */
const gossipSpacing = 10

/** Brings the next gossip forward: news of a death is worth a packet of its own. Only where the settings are eager. */
export const hurryGossip = ({ state, now }: Draft): void => {
  if (!state.settings.eager) return
  const spaced = Math.max(now, state.due.gossip - state.settings.gossipInterval + gossipSpacing)
  if (spaced < state.due.gossip) state.due = { ...state.due, gossip: spaced }
}

/** About how many nodes look at a suspect at once. */
const wantedLookers = 6

/**
 * Makes this node probe a suspect before its turn, so that a suspicion is confirmed or refuted within one probe and not
 * within a round of them. In a large cluster only some do, so that the suspect is not flooded.
 */
export const lookAtSuspect = (draft: Draft, name: string): void => {
  const { state } = draft
  if (!state.settings.eager || state.urgent.includes(name)) return
  const others = Math.max(1, state.members.size - 2)
  if (others > wantedLookers && random(draft) * others >= wantedLookers) return
  state.urgent = [...state.urgent, name]
  state.due = { ...state.due, probe: Math.min(state.due.probe, draft.now) }
}
