import type { IpFamily } from "../../model.ts"
import { tellAgain } from "../rib/family-rib.ts"
import { flush } from "../rib/flush.ts"
import { hopsOf } from "../rib/hops.ts"
import { endOfRib, type Outbound } from "../rib/outbound.ts"
import { familyOf } from "../wire/family.ts"
import { encodeRouteRefresh } from "../wire/refresh.ts"
import { chance, type Draft, setLane, setRib } from "./draft.ts"
import type { Established } from "./lane.ts"
import type { Session } from "./session.ts"
import type { Millis } from "./time.ts"
import { jittered, keepaliveDelay, refreshPause } from "./timers.ts"
import { transmit } from "./transmit.ts"

/** Bytes of UPDATEs that one step hands to the socket; the next step goes on where the socket took them. */
const stepBudget = 65_536

/** What UPDATEs of a family look like on the session as it is. */
export const outboundOf = (
  { addresses, settings }: Pick<Session, "addresses" | "settings">,
  { link, agreed }: Pick<Established, "link" | "agreed">,
  family: IpFamily,
): Outbound => {
  const { wire, extendedMessages } = agreed
  const hops = hopsOf({ family, local: link.local, addresses, extended: wire.extendedNextHop.includes(family) })
  return { family, asn: settings.asn, hops, wire, extendedMessages: extendedMessages.toPeer }
}

/** Whether a family has something to tell, and whether that is an answer to a request alone. */
const duty = ({ ribs }: Session, family: IpFamily): "routes" | "refresh" | undefined => {
  const { dirty, complete, endOfRib, refresh } = ribs[family]
  if (dirty.size > 0 || (endOfRib === "owed" && complete) || refresh === "running") return "routes"
  return refresh === "wanted" && endOfRib !== "owed" ? "refresh" : undefined
}

/** When routes are to be told next; undefined where nothing is to be told, or the socket takes nothing. */
export const tellingAt = (session: Session): Millis | undefined => {
  const lane = session.main
  if (lane.state !== "Established" || lane.link.congestedSince !== undefined) return undefined
  const duties = lane.agreed.wire.families.map(family => duty(session, family))
  if (duties.includes("routes")) return lane.tellAt
  return duties.includes("refresh") ? Math.max(lane.tellAt, lane.refreshAt) : undefined
}

/** Tells the peer what it should have: as much as one step may, unless the socket is full or an interval has to pass. */
export const advertise = (draft: Draft): void => {
  const at = tellingAt(draft.state)
  const lane = draft.state.main
  if (at === undefined || at > draft.now || lane.state !== "Established") return
  let budget = stepBudget
  let sent = 0
  for (const family of lane.agreed.wire.families) {
    const bytes = advertiseFamily(draft, lane, family, budget)
    budget -= bytes
    sent += bytes
  }
  if (sent > 0) afterTelling(draft)
}

/** Returns the number of bytes sent. */
const advertiseFamily = (draft: Draft, lane: Established, family: IpFamily, budget: number): number => {
  const { state, now } = draft
  if (budget <= 0) return 0
  const out = outboundOf(state, lane, family)
  let bytes = 0
  const send = (type: "update" | "route-refresh", message: Uint8Array): void => {
    transmit(draft, lane.link, type, message)
    bytes += message.length
  }
  const marker = (subtype: "begin" | "end"): void => {
    if (lane.agreed.enhancedRefresh) send("route-refresh", encodeRouteRefresh({ subtype, family: familyOf(family) }))
  }
  let rib = state.ribs[family]
  // RFC 7313 section 4: not before the End-of-RIB of the session's start.
  if (rib.refresh === "wanted" && rib.endOfRib !== "owed" && now >= lane.refreshAt) {
    marker("begin")
    rib = { ...tellAgain(rib), refresh: "running" }
  }
  const { rib: after, messages } = flush(rib, out, budget - bytes)
  for (const message of messages) send("update", message)
  rib = after
  if (rib.dirty.size === 0 && rib.endOfRib === "owed" && rib.complete) {
    send("update", endOfRib(family, out.wire))
    rib = { ...rib, endOfRib: "sent" }
  }
  if (rib.dirty.size === 0 && rib.refresh === "running") {
    marker("end")
    rib = { ...rib, refresh: "no" }
    const current = state.main
    if (current.state === "Established") setLane(draft, "main", { ...current, refreshAt: now + refreshPause })
  }
  setRib(draft, family, rib)
  return bytes
}

/** RFC 4271 section 8.2.2: each UPDATE restarts the KeepaliveTimer; section 9.2.1.1: the interval to the next. */
const afterTelling = (draft: Draft): void => {
  const { state, now } = draft
  const lane = state.main
  if (lane.state !== "Established") return
  const { agreed } = lane
  const keepaliveAt = agreed.holdTime === 0 ? undefined : now + keepaliveDelay(agreed.keepaliveTime, chance(draft))
  const interval = jittered(state.settings.advertisementInterval, chance(draft))
  const left = agreed.wire.families.some(family => state.ribs[family].dirty.size > 0)
  setLane(draft, "main", { ...lane, keepaliveAt, tellAt: left ? now : now + interval })
}
