import { cease, ceaseOf } from "../wire/notification.ts"
import { type Draft, setLane, setWhy } from "./draft.ts"
import { end } from "./ending.ts"
import { collisionEnding } from "./endings.ts"
import { explain } from "./explain.ts"
import type { Established } from "./lane.ts"
import type { ConnectionId, Ends, Link } from "./link.ts"
import { connected, linkTo } from "./opening.ts"
import { countTurnedAway, transmitNotification } from "./transmit.ts"

/** The peer opened a connection: it becomes the session, stands beside it until its OPEN is there, or is turned away. */
export const incoming = (draft: Draft, connection: ConnectionId, ends: Ends): void => {
  const { state } = draft
  const { main, settings } = state
  const link = linkTo(draft, connection, "peer", ends)
  // RFC 4271 section 8.2.2: Idle refuses all.
  if (!state.started || !settings.accepts || main.state === "Idle") {
    draft.effects.push({ kind: "close", connection, how: "abort" })
    countTurnedAway(draft)
  } else if (main.state === "Active" && main.waiting === undefined) draft.fire("main", { kind: "connected", link })
  else if (main.state === "Established" && keepsRoutes(main)) comeBack(draft, link)
  else beside(draft, link)
}

/**
 * RFC 4724 section 5: a peer that keeps routes over a restart and connects again has restarted. The old connection is dropped without a
 * word, and the new one is the session.
 */
const comeBack = (draft: Draft, link: Link): void => {
  const explained = explain(draft.state, "ML451")
  end(draft, "second", collisionEnding(draft))
  end(draft, "main", { by: "peer", explained, notification: undefined, next: "rest", noted: true })
  setLane(draft, "main", { state: "Active", retryAt: undefined, waiting: undefined })
  setWhy(draft, explained)
  draft.fire("main", { kind: "connected", link })
}

const keepsRoutes = ({ agreed }: Established): boolean => (agreed.gracefulRestart?.families.length ?? 0) > 0

/**
 * RFC 4271 sections 6.8 and 8.2.1. A newer connection of the peer takes the place of one that has said nothing yet: the peer has
 * forgotten that.
 */
const beside = (draft: Draft, link: Link): void => {
  const { second } = draft.state
  if (second?.state === "OpenConfirm") {
    transmitNotification(draft, link, ceaseOf(cease.connectionRejected))
    draft.effects.push({ kind: "close", connection: link.id, how: "flush" })
    countTurnedAway(draft)
    return
  }
  end(draft, "second", collisionEnding(draft))
  draft.state.second = { state: "Active", retryAt: undefined, waiting: undefined }
  connected(draft, "second", link)
}
