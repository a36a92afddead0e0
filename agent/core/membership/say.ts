import { type Draft, note } from "./draft.ts"
import { openExchange } from "./exchange.ts"
import type { Happened } from "./happening.ts"
import { isLive } from "./member.ts"
import { packetRoom, sendMessages } from "./send.ts"
import { encodePacketMessage } from "./wire/encode.ts"

/**
 * Sends a message of the speaker's own to one member: in a packet, which may get lost, or over a connection. Nodes of the
 * library pass such messages to their program and do not relay them, so every receiver is addressed by itself.
 */
export const handleSay = (draft: Draft, to: string, payload: Uint8Array, reliable: boolean): Happened => {
  const { state, now } = draft
  const member = state.members.get(to)
  if (member === undefined || !isLive(member)) return note(draft, "user-message-no-member", to)
  const message = { kind: "user", payload } as const
  if (reliable) {
    openExchange(draft, "say", member.endpoint, message, now + state.settings.tcpTimeout)
  } else {
    const bytes = encodePacketMessage(message)
    if (bytes.length > packetRoom(draft)) return note(draft, "user-message-too-long", to)
    sendMessages(draft, member.endpoint, member.name, [bytes])
  }
  return note(draft, "user-message-sent", to)
}
