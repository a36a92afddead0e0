import type { Open } from "../wire/open.ts"
import { loserOf } from "./collision.ts"
import { chance, type Draft, laneAt, type Slot, setLane, setWhy, slotOf } from "./draft.ts"
import { end } from "./ending.ts"
import { faultEnding } from "./endings.ts"
import { explain } from "./explain.ts"
import type { Link } from "./link.ts"
import { type ConnectionId, type Ends, newLink } from "./link.ts"
import { type Agreement, negotiate } from "./negotiate.ts"
import { identifierOf, type Offer, offerOf, openMessage } from "./offer.ts"
import { keepaliveDelay, openHoldTime } from "./timers.ts"
import { transmit, transmitKeepalive } from "./transmit.ts"

export const linkTo = (draft: Draft, id: ConnectionId, opener: Link["opener"], ends: Ends): Link => {
  const { settings, addresses } = draft.state
  return newLink(id, opener, ends, identifierOf(settings, ends.local, addresses))
}

const offerOn = ({ state }: Draft, { identifier, local }: Link): Offer => {
  const { settings, restarted, preserved, plain } = state
  return offerOf({ settings, identifier, local, restarted, preserved, plain })
}

/** The connection stands: wait for the peer's OPEN where that was asked for, else send ours. */
export const connected = (draft: Draft, slot: Slot, link: Link): void => {
  const { state, now } = draft
  const { delayOpen } = state.settings
  if (delayOpen === 0) {
    sendOpen(draft, slot, link)
    return
  }
  const waiting = { link, openAt: now + delayOpen }
  const lane = laneAt(draft, slot)
  if (lane?.state === "Connect") setLane(draft, slot, { ...lane, retryAt: undefined, waiting })
  else setLane(draft, slot, { state: "Active", retryAt: undefined, waiting })
}

/** OpenSent, with the hold timer at its large value (RFC 4271 section 8.2.2). */
export const sendOpen = (draft: Draft, slot: Slot, link: Link): void => {
  transmit(draft, link, "open", openMessage(draft.state.settings, offerOn(draft, link)))
  setLane(draft, slot, { state: "OpenSent", link, hold: { at: draft.now + openHoldTime, extended: false } })
  if (slot === "main") setWhy(draft, explain(draft.state, "ML430"))
}

/**
 * The peer's OPEN: judged, looked at for a collision, and answered. `unsent`: the own OPEN is still to go (DelayOpen).
 */
export const acceptOpen = (draft: Draft, slot: Slot, link: Link, open: Open, unsent: boolean): void => {
  const verdict = negotiate(draft.state, offerOn(draft, link), open)
  if (!verdict.ok) {
    end(draft, slot, faultEnding(draft, verdict.fault, verdict.explained))
    return
  }
  const loser = loserOf(draft, slot, link, verdict.agreed)
  if (loser !== undefined) draft.fire(loser, { kind: "collision" })
  const here = slotOf(draft, link.id)
  if (here === undefined) return
  if (unsent) sendOpen(draft, here, link)
  transmitKeepalive(draft, link)
  const { agreed } = verdict
  setLane(draft, here, { state: "OpenConfirm", link, agreed, ...timersOf(draft, agreed) })
  if (here === "main") setWhy(draft, explain(draft.state, "ML431"))
}

/** Hold and keepalive timers from now on; neither runs where the hold time is 0. */
export const timersOf = (draft: Draft, { holdTime, keepaliveTime }: Agreement) =>
  holdTime === 0
    ? { hold: undefined, keepaliveAt: undefined }
    : {
        hold: { at: draft.now + holdTime * 1_000, extended: false },
        keepaliveAt: draft.now + keepaliveDelay(keepaliveTime, chance(draft)),
      }
