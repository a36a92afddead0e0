import { decodeUpdate } from "../wire/decode-update.ts"
import { push, take } from "../wire/framer.ts"
import { type Message, messageLimit } from "../wire/message.ts"
import { decodeNotification } from "../wire/notification.ts"
import { decodeOpen } from "../wire/open.ts"
import { decodeRouteRefresh } from "../wire/refresh.ts"
import { type Draft, laneAt, setLane, slotOf } from "./draft.ts"
import { type Lane, linkOf, withLink } from "./lane.ts"
import type { LaneEvent } from "./lane-event.ts"
import type { ConnectionId } from "./link.ts"
import { malformedOf } from "./malformed.ts"
import { countReceived } from "./transmit.ts"

/** Takes bytes of a connection apart into messages, for as long as the session keeps the connection. */
export const receive = (draft: Draft, connection: ConnectionId, bytes: Uint8Array): void => {
  let fresh: Uint8Array | undefined = bytes
  for (;;) {
    const slot = slotOf(draft, connection)
    const lane = slot === undefined ? undefined : laneAt(draft, slot)
    const link = lane === undefined ? undefined : linkOf(lane)
    if (slot === undefined || lane === undefined || link === undefined) return
    const framer = fresh === undefined ? link.framer : push(link.framer, fresh)
    fresh = undefined
    const taken = take(framer, limitOf(lane))
    if (!taken.ok) {
      draft.fire(slot, { kind: "header-fault", fault: taken.fault })
      return
    }
    setLane(draft, slot, withLink(lane, { ...link, framer: taken.value?.rest ?? framer }))
    if (taken.value === undefined) return
    countReceived(draft, taken.value.message.type)
    draft.fire(slot, eventOf(taken.value.message, lane))
  }
}

/** RFC 8654 section 4: who announced to take long messages takes them, whatever the peer announced. */
const limitOf = (lane: Lane): number => {
  const isAgreed = lane.state === "OpenConfirm" || lane.state === "Established"
  return isAgreed && lane.agreed.extendedMessages.fromPeer ? messageLimit.extended : messageLimit.standard
}

const eventOf = ({ type, body }: Message, lane: Lane): LaneEvent => {
  switch (type) {
    case "open": {
      const reading = decodeOpen(body)
      return reading.ok ? { kind: "open", open: reading.value } : { kind: "open-fault", fault: reading.fault }
    }
    case "keepalive":
      return { kind: "keepalive" }
    case "notification": {
      const notification = decodeNotification(body)
      const isVersion = notification.code === 2 && notification.subcode === 1
      return { kind: isVersion ? "version-notification" : "notification", notification }
    }
    case "update": {
      if (lane.state !== "Established") return { kind: "update", reading: undefined, malformed: undefined }
      const reading = decodeUpdate(body, lane.agreed.wire)
      const malformed = malformedOf(reading, body)
      return reading.outcome === "reset"
        ? { kind: "update-fault", fault: reading.fault, malformed }
        : { kind: "update", reading, malformed }
    }
    case "route-refresh": {
      const reading = decodeRouteRefresh(body)
      return reading.ok ? { kind: "refresh", refresh: reading.value } : { kind: "refresh-fault", fault: reading.fault }
    }
  }
}
