import { type Address, sameAddress } from "../../ip/address.ts"
import { tellAgain } from "../rib/family-rib.ts"
import type { LocalAddresses } from "../rib/hops.ts"
import { cease, ceaseOf, type Notification, shutdownData } from "../wire/notification.ts"
import { outboundOf } from "./advertise.ts"
import { type Draft, laneAt, setRib } from "./draft.ts"
import type { Ending } from "./ending.ts"
import { forcefully } from "./endings.ts"
import type { Stop } from "./event.ts"
import { type Explained, explain, explainAbsence } from "./explain.ts"
import type { Lane } from "./lane.ts"
import { type Place, placeOf, type SessionSettings, sameSettings } from "./settings.ts"

export const start = (draft: Draft): void => {
  if (draft.state.started) return
  draft.state.started = true
  draft.fire("main", { kind: "start" })
}

export const stop = (draft: Draft, how: Stop): void => {
  draft.state.started = false
  stopBoth(draft, lane => ({
    by: "us",
    explained: explain(draft.state, how.kind === "leave" && keepsOurs(lane) ? "ML459" : "ML421"),
    notification: farewell(lane, how),
    next: "rest",
    noted: false,
  }))
}

/** RFC 4724 section 4: the peer keeps the routes of a connection that ends without a NOTIFICATION. */
const farewell = (lane: Lane, how: Stop): Notification | undefined => {
  switch (how.kind) {
    case "shutdown":
      return forcefully(lane, ceaseOf(cease.administrativeShutdown, shutdownData(how.text)))
    case "removed":
      return forcefully(lane, ceaseOf(cease.peerDeconfigured))
    case "leave":
      return keepsOurs(lane) ? undefined : forcefully(lane, ceaseOf(cease.administrativeShutdown))
  }
}

const keepsOurs = (lane: Lane): boolean => lane.state === "Established" && lane.agreed.gracefulRestart !== undefined

export const reset = (draft: Draft, text: string): void => {
  const notification = ceaseOf(cease.administrativeReset, shutdownData(text))
  restart(draft, explain(draft.state, "ML448"), notification)
}

export const configure = (draft: Draft, settings: SessionSettings): void => {
  const { state } = draft
  if (sameSettings(settings, state.settings)) return
  const wasFound = settings.endpoint.kind === "interface" || placeOf(settings) === undefined
  state.settings = settings
  state.place = placeOf(settings) ?? (wasFound ? state.place : undefined)
  state.losses = 0
  state.plain = false
  restart(draft, explain(state, "ML447"), ceaseOf(cease.otherConfigurationChange))
}

/** The session ends and begins again at once, if it is to run at all. */
const restart = (draft: Draft, why: Explained, notification: Notification): void => {
  const { started } = draft.state
  const explained = started ? why : explain(draft.state, "ML421")
  stopBoth(draft, () => ({ by: "us", explained, notification, next: "rest", noted: false }))
  if (started) draft.fire("main", { kind: "start" })
}

const stopBoth = (draft: Draft, endingOf: (lane: Lane) => Ending): void => {
  for (const slot of ["second", "main"] as const) {
    const lane = laneAt(draft, slot)
    if (lane !== undefined) draft.fire(slot, { kind: "manual-stop", ending: endingOf(lane) })
  }
}

/** The peer was found, or is not there any more, which ends only the attempts to reach it. */
export const locate = (draft: Draft, place: Place | undefined): void => {
  const { state } = draft
  if (placeOf(state.settings) !== undefined || samePlace(place, state.place)) return
  const { main } = state
  const isUp = main.state === "OpenSent" || main.state === "OpenConfirm" || main.state === "Established"
  if (place === undefined && isUp) return
  state.place = place
  if (isUp) restart(draft, explain(state, "ML447"), ceaseOf(cease.otherConfigurationChange))
  else if (main.state !== "Idle" || main.until === undefined)
    restart(draft, explainAbsence(state), ceaseOf(cease.otherConfigurationChange))
}

const samePlace = (a: Place | undefined, b: Place | undefined): boolean =>
  a === undefined || b === undefined ? a === b : sameAddress(a.address, b.address) && a.device === b.device

/** Next hops may be others from now on: what was told with another one is told again. */
export const readdress = (draft: Draft, addresses: LocalAddresses): void => {
  const { state } = draft
  const before = { addresses: state.addresses, settings: state.settings }
  state.addresses = addresses
  const { main } = state
  if (main.state !== "Established") return
  for (const family of main.agreed.wire.families) {
    const old = outboundOf(before, main, family).hops
    const now = outboundOf(state, main, family).hops
    if (!sameHop(old?.nextHop, now?.nextHop) || !sameHop(old?.linkLocal, now?.linkLocal))
      setRib(draft, family, tellAgain(state.ribs[family]))
  }
}

const sameHop = (a: Address | undefined, b: Address | undefined): boolean =>
  a === undefined || b === undefined ? a === b : sameAddress(a, b)

/** RFC 5882 section 3.2: a path that fails ends the session at once; RFC 9384 names the reason. */
export const loseByBfd = (draft: Draft): void => {
  const { main } = draft.state
  if (main.state !== "Established") return
  const notification = forcefully(main, ceaseOf(cease.bfdDown))
  const explained = explain(draft.state, "ML445")
  draft.fire("main", {
    kind: "automatic-stop",
    ending: { by: "network", explained, notification, next: "damp", noted: true },
  })
}
