import type { FaultName } from "../wire/fault.ts"
import { encodeKeepalive, type MessageType } from "../wire/message.ts"
import { encodeNotification, type Notification } from "../wire/notification.ts"
import type { Draft } from "./draft.ts"
import type { Link } from "./link.ts"

export const transmit = (draft: Draft, { id }: Link, type: MessageType, bytes: Uint8Array): void => {
  draft.effects.push({ kind: "send", connection: id, bytes })
  const { counters } = draft.state
  draft.state.counters = { ...counters, sent: { ...counters.sent, [type]: counters.sent[type] + 1 } }
}

export const transmitKeepalive = (draft: Draft, link: Link): void =>
  transmit(draft, link, "keepalive", encodeKeepalive())

export const transmitNotification = (draft: Draft, link: Link, notification: Notification): void =>
  transmit(draft, link, "notification", encodeNotification(notification))

export const countReceived = (draft: Draft, type: MessageType): void => {
  const { counters } = draft.state
  draft.state.counters = { ...counters, received: { ...counters.received, [type]: counters.received[type] + 1 } }
}

export const countRefused = (draft: Draft, name: FaultName): void => {
  const { counters } = draft.state
  draft.state.counters = { ...counters, refused: { ...counters.refused, [name]: (counters.refused[name] ?? 0) + 1 } }
}

export const countTurnedAway = (draft: Draft): void => {
  const { counters } = draft.state
  draft.state.counters = { ...counters, turnedAway: counters.turnedAway + 1 }
}
