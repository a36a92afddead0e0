import { type Draft, owned } from "./draft.ts"
import { compoundMost, compoundOverhead } from "./wire/compound.ts"
import { encodePacketMessage } from "./wire/encode.ts"
import type { Message } from "./wire/message.ts"

/** One message that is being told on, and how often it already was. */
export type Broadcast = {
  readonly about: string
  readonly bytes: Uint8Array
  readonly sends: number
  /** Rises with every broadcast, so that of two equals the newer goes first. */
  readonly number: number
}

/** Queues a message; whatever was queued about the same node is thereby out of date and dropped. */
export const broadcast = (draft: Draft, about: string, message: Message): void => {
  const { state, base } = draft
  state.broadcastCount += 1
  const entry = { about, bytes: encodePacketMessage(message), sends: 0, number: state.broadcastCount }
  state.broadcasts = owned(base.broadcasts, state.broadcasts).set(about, entry)
}

/** How often each message is sent before it is taken to have reached everybody. */
export const retransmitLimit = (retransmitMult: number, nodes: number): number =>
  retransmitMult * Math.ceil(Math.log10(nodes + 1))

/**
 * Messages for one packet of at most `room` bytes, each counted with its length field: the least sent first, of those the
 * longest, of those the newest. A message leaves the queue with its last transmission.
 */
export const takeBroadcasts = (draft: Draft, room: number): readonly Uint8Array[] => {
  const { state, base } = draft
  if (state.broadcasts.size === 0) return []
  const limit = retransmitLimit(state.settings.retransmitMult, state.members.size)
  const taken: Broadcast[] = []
  let free = room
  for (const entry of [...state.broadcasts.values()].sort(bySending)) {
    const length = entry.bytes.length + compoundOverhead.message
    if (length > free || taken.length >= compoundMost - 1) continue
    free -= length
    taken.push(entry)
  }
  if (taken.length === 0) return []
  const queue = owned(base.broadcasts, state.broadcasts)
  for (const entry of taken) {
    if (entry.sends + 1 >= limit) queue.delete(entry.about)
    else queue.set(entry.about, { ...entry, sends: entry.sends + 1 })
  }
  state.broadcasts = queue
  return taken.map(entry => entry.bytes)
}

const bySending = (a: Broadcast, b: Broadcast): number =>
  a.sends - b.sends || b.bytes.length - a.bytes.length || b.number - a.number
