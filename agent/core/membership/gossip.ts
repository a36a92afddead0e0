import { takeBroadcasts } from "./broadcasts.ts"
import { type Draft, note } from "./draft.ts"
import { isSelf, pickMembers } from "./roster.ts"
import { packetRoom, sendMessages } from "./send.ts"
import type { State } from "./state.ts"
import type { Millis } from "./time.ts"

/** Nothing is due while there is nothing to tell or nobody to tell it to. */
export const nextGossip = ({ broadcasts, members, settings, due }: State): Millis =>
  broadcasts.size > 0 && members.size > 1 && settings.gossipInterval > 0 && settings.gossipNodes > 0
    ? due.gossip
    : Number.POSITIVE_INFINITY

/** Tells what is queued to a few members; the recently dead among them, who may be wrongly taken for it. */
export const gossip = (draft: Draft): void => {
  const { state, now } = draft
  if (nextGossip(state) > now) return
  state.due = { ...state.due, gossip: now + state.settings.gossipInterval }
  const listeners = pickMembers(draft, state.settings.gossipNodes, member => {
    if (isSelf(state, member.name) || member.state === "left") return false
    return member.state !== "dead" || now - member.since <= state.settings.gossipToTheDeadTime
  })
  for (const listener of listeners) {
    const messages = takeBroadcasts(draft, packetRoom(draft))
    if (messages.length === 0) return
    sendMessages(draft, listener.endpoint, listener.name, messages)
    note(draft, "gossip-sent", listener.name)
  }
}
