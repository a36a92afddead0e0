import type { WireFault } from "../wire/fault.ts"
import { type FaultName, faultOf } from "../wire/fault.ts"
import { cease, ceaseOf, hardReset, type Notification, notificationOf } from "../wire/notification.ts"
import type { Draft } from "./draft.ts"
import type { Ending, Next } from "./ending.ts"
import { type Explained, explain, explainFailure, explainFault, explainNotification } from "./explain.ts"
import type { Lane } from "./lane.ts"
import { countRefused } from "./transmit.ts"

/** The peer broke a rule: it is told which, and the session is damped. */
export const faultEnding = (draft: Draft, fault: WireFault, explained?: Explained): Ending => {
  countRefused(draft, fault.name)
  return {
    by: "us",
    explained: explained ?? explainFault(draft.state, fault),
    notification: notificationOf(fault),
    next: "damp",
    noted: true,
  }
}

/** RFC 4271 section 6.6, RFC 6608: what must not come in this state. */
export const unexpected = (draft: Draft, name: FaultName): Ending => faultEnding(draft, faultOf(name))

/** The same before an OPEN was sent, where no NOTIFICATION may be. */
export const silently = (ending: Ending): Ending => ({ ...ending, notification: undefined })

/** The peer said why it closes. */
export const notifiedEnding = (draft: Draft, notification: Notification): Ending => ({
  by: "peer",
  explained: explainNotification(draft.state, notification),
  notification: undefined,
  next: "damp",
  noted: true,
})

/** The peer closed without a word, or the network did. `code` "" is an orderly end. */
export const closedEnding = (draft: Draft, code: string, message: string, next: Next): Ending => {
  const byPeer = code === "" || code === "ECONNRESET" || code === "EPIPE"
  const facts = { state: draft.state.main.state }
  return {
    by: byPeer ? "peer" : "network",
    explained: byPeer ? explain(draft.state, "ML432", facts) : explainFailure(draft.state, code, message),
    notification: undefined,
    next,
    noted: true,
  }
}

/** A connection could not be made. */
export const failureEnding = (draft: Draft, code: string, message: string): Ending => ({
  by: "network",
  explained: explainFailure(draft.state, code, message),
  notification: undefined,
  next: "retry",
  noted: true,
})

/** RFC 4271 section 6.8. */
export const collisionEnding = (draft: Draft): Ending => ({
  by: "us",
  explained: explain(draft.state, "ML450"),
  notification: ceaseOf(cease.collision),
  next: "retry",
  noted: false,
})

/** RFC 8538 section 4: what is to take the routes away at once, although both sides would keep them over a NOTIFICATION. */
export const forcefully = (lane: Lane, notification: Notification): Notification => {
  const isAgreed = lane.state === "OpenConfirm" || lane.state === "Established"
  return isAgreed && lane.agreed.keptOverNotification ? hardReset(notification) : notification
}
