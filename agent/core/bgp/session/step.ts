import type { Cidr } from "../../ip/cidr.ts"
import type { IpFamily } from "../../model.ts"
import type { ReasonCode } from "../../reasons.ts"
import { changeRoutes, type FamilyRib, replaceRoutes } from "../rib/family-rib.ts"
import type { Route } from "../rib/route.ts"
import { active } from "./active.ts"
import { advertise } from "./advertise.ts"
import { ring, wakeAt } from "./clockwork.ts"
import { connect } from "./connect.ts"
import { configure, locate, loseByBfd, readdress, reset, start, stop } from "./control.ts"
import { type Draft, laneAt, type Slot, setLane, setRib, slotOf, tellChange } from "./draft.ts"
import type { SessionEffect } from "./effect.ts"
import { established } from "./established.ts"
import type { SessionEvent } from "./event.ts"
import { idle } from "./idle.ts"
import { incoming } from "./incoming.ts"
import { type Lane, linkOf, withLink } from "./lane.ts"
import type { Handlers, LaneEvent } from "./lane-event.ts"
import type { ConnectionId, Ends } from "./link.ts"
import { openConfirm } from "./open-confirm.ts"
import { openSent } from "./open-sent.ts"
import { linkTo } from "./opening.ts"
import { receive } from "./receive.ts"
import type { Session } from "./session.ts"
import type { Millis } from "./time.ts"

export type Stepped = {
  readonly next: Session
  readonly effects: readonly SessionEffect[]
  /** When to send a tick, at the latest; now or earlier means at once, after other events that wait. Undefined: not before an event. */
  readonly wakeAt: Millis | undefined
  /** Why the session is as it is after the step; its facts are in `next.why`. */
  readonly reason: ReasonCode
}

/**
 * BGP with one peer: RFC 4271 section 8 for up to two connections at a time, and the routes that the peer is to have. `now` is monotonic
 * and never runs backwards. The caller performs the effects in order, then reports what came of them as events.
 */
export const step = (session: Session, event: SessionEvent, now: Millis): Stepped => {
  const draft: Draft = {
    state: { ...session },
    now,
    effects: [],
    told: { state: session.main.state, reason: session.why.reason },
    fire: (slot, laneEvent) => fire(draft, slot, laneEvent),
  }
  handle(draft, event)
  advertise(draft)
  tellChange(draft)
  const next: Session = draft.state
  return { next, effects: draft.effects, wakeAt: wakeAt(next), reason: next.why.reason }
}

const handle = (draft: Draft, event: SessionEvent): void => {
  switch (event.kind) {
    case "start":
      start(draft)
      break
    case "stop":
      stop(draft, event.stop)
      break
    case "reset":
      reset(draft, event.text)
      break
    case "configure":
      configure(draft, event.settings)
      break
    case "place":
      locate(draft, event.place)
      break
    case "addresses":
      readdress(draft, event.addresses)
      break
    case "routes":
      eachRib(draft, (rib, family) => changeRoutes(rib, ofFamily(event.set, family), event.gone.filter(isOf(family))))
      break
    case "table":
      eachRib(draft, (rib, family) => replaceRoutes(rib, ofFamily(event.routes, family)))
      break
    case "complete":
      eachRib(draft, rib => ({ ...rib, complete: true }))
      break
    case "tick":
      ring(draft, "second")
      ring(draft, "main")
      break
    case "connected":
      dialled(draft, event.connection, event)
      break
    case "accepted":
      incoming(draft, event.connection, event)
      break
    case "closed":
      toLane(draft, event.connection, { kind: "failed", code: event.code, message: event.message })
      break
    case "received":
      receive(draft, event.connection, event.bytes)
      break
    case "congested":
      congest(draft, event.connection, draft.now)
      break
    case "drained":
      congest(draft, event.connection, undefined)
      break
    case "bfd-down":
      loseByBfd(draft)
  }
}

const isOf =
  (family: IpFamily) =>
  ({ base }: Cidr): boolean =>
    base.family === family

const ofFamily = (routes: readonly Route[], family: IpFamily): readonly Route[] =>
  routes.filter(({ prefix }) => isOf(family)(prefix))

const eachRib = (draft: Draft, change: (rib: FamilyRib, family: IpFamily) => FamilyRib): void => {
  for (const family of ["IPv4", "IPv6"] as const) setRib(draft, family, change(draft.state.ribs[family], family))
}

const dialled = (draft: Draft, connection: ConnectionId, { local, remote }: Ends): void =>
  toLane(draft, connection, { kind: "connected", link: linkTo(draft, connection, "us", { local, remote }) })

/** What the session has given up is closed already, or about to be. */
const toLane = (draft: Draft, connection: ConnectionId, event: LaneEvent): void => {
  const slot = slotOf(draft, connection)
  if (slot !== undefined) fire(draft, slot, event)
}

const congest = (draft: Draft, connection: ConnectionId, since: Millis | undefined): void => {
  const slot = slotOf(draft, connection)
  const lane = slot === undefined ? undefined : laneAt(draft, slot)
  const link = lane === undefined ? undefined : linkOf(lane)
  if (slot === undefined || lane === undefined || link === undefined) return
  const congestedSince = since === undefined ? undefined : (link.congestedSince ?? since)
  setLane(draft, slot, withLink(lane, { ...link, congestedSince }))
}

const fire = (draft: Draft, slot: Slot, event: LaneEvent): void => {
  const lane = laneAt(draft, slot)
  switch (lane?.state) {
    case "Idle":
      run(idle, draft, slot, lane, event)
      break
    case "Connect":
      run(connect, draft, slot, lane, event)
      break
    case "Active":
      run(active, draft, slot, lane, event)
      break
    case "OpenSent":
      run(openSent, draft, slot, lane, event)
      break
    case "OpenConfirm":
      run(openConfirm, draft, slot, lane, event)
      break
    case "Established":
      run(established, draft, slot, lane, event)
      break
    default:
  }
}

const run = <L extends Lane>(handlers: Handlers<L>, draft: Draft, slot: Slot, lane: L, event: LaneEvent): void => {
  // The table has for each kind what takes that kind; the compiler cannot follow the pair.
  const handler = handlers[event.kind] as (draft: Draft, slot: Slot, lane: L, event: LaneEvent) => void
  handler(draft, slot, lane, event)
}
