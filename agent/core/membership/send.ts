import { takeBroadcasts } from "./broadcasts.ts"
import type { Draft } from "./draft.ts"
import type { Endpoint } from "./endpoint.ts"
import { speaks } from "./member.ts"
import { compoundOverhead } from "./wire/compound.ts"
import { encodePacketMessage } from "./wire/encode.ts"
import type { PacketMessage } from "./wire/message.ts"

/** Bytes of a packet that messages can use. */
export const packetRoom = ({ state }: Draft): number =>
  state.settings.udpBufferSize - compoundOverhead.header - state.config.overhead

/** Sends one message and fills the packet up with broadcasts. `name` is the receiver's, where it is known. */
export const sendWithBroadcasts = (draft: Draft, to: Endpoint, name: string, message: PacketMessage): void => {
  const bytes = encodePacketMessage(message)
  sendMessages(draft, to, name, [bytes, ...takeBroadcasts(draft, packetRoom(draft) - bytes.length)])
}

/** Sends 1 to 255 encoded messages as they are. */
export const sendMessages = (draft: Draft, to: Endpoint, name: string, messages: readonly Uint8Array[]): void => {
  const receiver = draft.state.members.get(name)
  const checksum = receiver !== undefined && speaks(receiver, "checksum")
  draft.effects.push({ kind: "send", to, messages, checksum })
}
