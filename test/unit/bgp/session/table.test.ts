import assert from "node:assert/strict"
import { test } from "node:test"
import { active } from "../../../../agent/core/bgp/session/active.ts"
import { connect } from "../../../../agent/core/bgp/session/connect.ts"
import type { Draft, Slot } from "../../../../agent/core/bgp/session/draft.ts"
import type { Ending } from "../../../../agent/core/bgp/session/ending.ts"
import { established } from "../../../../agent/core/bgp/session/established.ts"
import { explain } from "../../../../agent/core/bgp/session/explain.ts"
import { idle } from "../../../../agent/core/bgp/session/idle.ts"
import { type Lane, type LaneState, laneStates } from "../../../../agent/core/bgp/session/lane.ts"
import type { LaneEvent, LaneEventKind } from "../../../../agent/core/bgp/session/lane-event.ts"
import { openConfirm } from "../../../../agent/core/bgp/session/open-confirm.ts"
import { openSent } from "../../../../agent/core/bgp/session/open-sent.ts"
import { linkTo } from "../../../../agent/core/bgp/session/opening.ts"
import { faultOf } from "../../../../agent/core/bgp/wire/fault.ts"
import { encodeKeepalive } from "../../../../agent/core/bgp/wire/message.ts"
import { cease, ceaseOf } from "../../../../agent/core/bgp/wire/notification.ts"
import { encodeOpen } from "../../../../agent/core/bgp/wire/open.ts"
import { hex } from "../bytes.ts"
import { Driver, node, openOf, router } from "./fixtures.ts"

/**
 * RFC 4271 section 8.2.2, a cell for each event in each state: what is sent, and the state it ends in. "=" stays as it is; a number is the
 * NOTIFICATION; "damped" is Idle with the ConnectRetryCounter and the damping raised, "retry" Active with the ConnectRetryTimer started,
 * "rest" Idle without any timer. (n) points to what differs from the RFC, below.
 *
 * 1 Active in the place of Idle, so that the peer may connect until the next attempt.
 * 2 There is no other version to try, so that the session is damped.
 * 3 Collisions are found with the OPENs; nobody signals one in these states.
 * 4 CollisionDetectEstablishedState is FALSE: a second OPEN is unexpected.
 * 5 SendNOTIFICATIONwithoutOPEN is TRUE.
 */
// biome-ignore format: columns
const table: Readonly<Record<LaneEventKind, string>> = {
  //                        Idle       | Connect           | Active        | OpenSent          | OpenConfirm        | Established
  start: /*  1, 3-7    */ "  dial Connect | =              | =             | =                 | =                  | =",
  "manual-stop": /*  2 */ "  rest     | rest              | rest          | 6/2 rest          | 6/2 rest           | 6/2 rest",
  "automatic-stop": /* 8 */ "=        | damped            | damped        | 6/10 damped       | 6/10 damped        | 6/10 damped",
  "connect-retry-timer": /* 9 */ "=   | dial Connect      | dial Connect  | 5/1 damped        | 5/2 damped         | 5/3 damped",
  "hold-timer": /* 10 */ "   =        | damped            | damped        | 4/0 damped        | 4/0 damped         | 4/0 damped",
  "keepalive-timer": /* 11 */ "=      | damped            | damped        | 5/1 damped        | keepalive =        | keepalive =",
  "delay-open-timer": /* 12 */ "=     | =                 | =             | 5/1 damped        | 5/2 damped         | 5/3 damped",
  "idle-hold-timer": /* 13 */ "dial Connect | damped      | damped        | 5/1 damped        | 5/2 damped         | 5/3 damped",
  "send-hold-timer": /* RFC 9687 */ "= | damped           | damped        | 5/1 damped        | 5/2 damped         | 8/0 damped",
  connected: /* 16, 17 */ "  =        | open OpenSent     | open OpenSent | 5/1 damped        | 5/2 damped         | 5/3 damped",
  failed: /* 18 */ "         =        | retry (1)         | damped        | retry             | damped             | damped",
  open: /* 19, 20 */ "       =        | damped            | damped        | keepalive OpenConfirm | 5/2 damped (4) | 5/3 damped (4)",
  "header-fault": /* 21 */ " =        | damped            | damped        | 1/2 damped        | 1/2 damped         | 1/2 damped",
  "open-fault": /* 22 */ "   =        | damped            | damped        | 2/6 damped        | 2/6 damped         | 5/3 damped",
  collision: /* 23 */ "      =        | damped (3)        | damped (3)    | 6/7 retry         | 6/7 retry          | 6/7 retry",
  "version-notification": /* 24 */ "= | damped (2)        | damped (2)    | damped (2)        | damped (2)         | damped",
  notification: /* 25 */ "   =        | damped            | damped        | damped            | damped             | damped",
  keepalive: /* 26 */ "      =        | damped            | damped        | 5/1 damped        | Established        | =",
  update: /* 27 */ "         =        | damped            | damped        | 5/1 damped        | 5/2 damped         | =",
  "update-fault": /* 28 */ " =        | damped            | damped        | 5/1 damped        | 5/2 damped         | 3/1 damped",
  refresh: /* RFC 2918 */ "  =        | damped            | damped        | 5/1 damped        | 5/2 damped         | =",
  "refresh-fault": /* RFC 7313 */ "= | damped           | damped        | 5/1 damped        | 5/2 damped         | 7/1 damped",
}

/** A session in each state. */
const driverIn = (state: LaneState): Driver => {
  const driver = new Driver()
  if (state === "Idle") {
    driver.session = { ...driver.session, started: true }
    return driver
  }
  driver.do({ kind: "start" })
  if (state === "Active") driver.closed("out-1", "ECONNREFUSED")
  if (state === "Connect" || state === "Active") return driver
  driver.connected("out-1")
  if (state !== "OpenSent") driver.hear("out-1", encodeOpen(openOf()))
  if (state === "Established") driver.hear("out-1", encodeKeepalive())
  assert.equal(driver.state, state)
  return driver
}

const eventOf = (kind: LaneEventKind, draft: Draft): LaneEvent => {
  const ending = (subcode: 2 | 10): Ending => ({
    by: "us",
    explained: explain(draft.state, "ML421"),
    notification: ceaseOf(subcode),
    next: subcode === cease.bfdDown ? "damp" : "rest",
    noted: true,
  })
  switch (kind) {
    case "manual-stop":
      return { kind, ending: ending(cease.administrativeShutdown) }
    case "automatic-stop":
      return { kind, ending: ending(cease.bfdDown) }
    case "connected":
      return { kind, link: linkTo(draft, "x", "us", { local: node, remote: router }) }
    case "failed":
      return { kind, code: "ECONNRESET", message: "" }
    case "open":
      return { kind, open: openOf() }
    case "header-fault":
      return { kind, fault: faultOf("header-length") }
    case "open-fault":
      return { kind, fault: faultOf("open-hold-time") }
    case "version-notification":
      return { kind, notification: { code: 2, subcode: 1, data: hex("0004") } }
    case "notification":
      return { kind, notification: ceaseOf(cease.administrativeReset) }
    case "update":
      return { kind, reading: { outcome: "withdraw", withdrawn: [], complaints: [] }, malformed: undefined }
    case "update-fault":
      return { kind, fault: faultOf("update-attribute-list"), malformed: undefined }
    case "refresh":
      return { kind, refresh: undefined }
    case "refresh-fault":
      return { kind, fault: faultOf("refresh-length") }
    default:
      return { kind }
  }
}

type Handler = (draft: Draft, slot: Slot, lane: Lane, event: LaneEvent) => void
const handlers = {
  Idle: idle,
  Connect: connect,
  Active: active,
  OpenSent: openSent,
  OpenConfirm: openConfirm,
  Established: established,
} as unknown as Readonly<Record<LaneState, Readonly<Record<LaneEventKind, Handler>>>>

const cellOf = (state: LaneState, kind: LaneEventKind): string => {
  const driver = driverIn(state)
  driver.said("out-1")
  const { session } = driver
  const draft: Draft = {
    state: { ...session },
    now: driver.now,
    effects: [],
    told: { state, reason: session.why.reason },
    fire: () => assert.fail("no other state machine is there"),
  }
  handlers[state][kind](draft, "main", session.main, eventOf(kind, draft))
  const said = draft.effects.flatMap(effect => {
    if (effect.kind === "dial") return ["dial"]
    if (effect.kind !== "send") return []
    const type = effect.bytes[18]
    return type === 3 ? [`${effect.bytes[19]}/${effect.bytes[20]}`] : [type === 1 ? "open" : "keepalive"]
  })
  const closes = draft.effects.filter(effect => effect.kind === "close").length
  const { main, losses, retries } = draft.state
  const isSame = main.state === state && closes === 0 && kind !== "manual-stop"
  if (main.state === "Idle" && main.until === undefined && kind === "manual-stop") {
    assert.equal(retries, 0, "the ConnectRetryCounter is zero")
    return [...said, "rest"].join(" ")
  }
  if (isSame) return [...said, "="].join(" ")
  const hadConnection = state !== "Idle" && state !== "Active"
  if (main.state === "Idle") {
    assert.equal(losses, session.losses + 1)
    assert.equal(retries, session.retries + 1)
    assert.equal(closes, hadConnection ? 1 : 0)
    return [...said, "damped"].join(" ")
  }
  if (main.state === "Active") {
    assert.ok(main.retryAt !== undefined && main.retryAt > driver.now)
    return [...said, "retry"].join(" ")
  }
  return [...said, main.state].join(" ")
}

for (const [kind, row] of Object.entries(table) as [LaneEventKind, string][]) {
  const cells = row.split("|").map(cell => cell.replace(/\(\d\)/, "").trim())
  test(`${kind}: what comes of it in each of the six states`, () => {
    assert.equal(cells.length, laneStates.length)
    for (const [at, state] of laneStates.entries()) assert.equal(cellOf(state, kind), cells[at], `in ${state}`)
  })
}

test("a connection that loses a collision says so", () => {
  for (const state of ["OpenSent", "OpenConfirm", "Established"] as const) {
    const { session, now } = driverIn(state)
    const fire = () => assert.fail("no other state machine is there")
    const told = { state, reason: session.why.reason }
    const draft: Draft = { state: { ...session }, now, effects: [], told, fire }
    handlers[state].collision(draft, "main", session.main, { kind: "collision" })
    assert.equal(draft.state.why.reason, "ML450", state)
    assert.equal(draft.state.last, undefined, "nothing went wrong that somebody has to know of")
  }
})

test("the table has a row for every event and each state has a handler for it", () => {
  for (const state of laneStates)
    assert.deepEqual(Object.keys(handlers[state]).sort(), Object.keys(table).sort(), state)
})
