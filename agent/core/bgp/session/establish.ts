import { beginRib } from "../rib/family-rib.ts"
import { type Draft, type Slot, setLane, setRib, setWhy } from "./draft.ts"
import { explain } from "./explain.ts"
import { connectionOf, type OpenConfirm } from "./lane.ts"
import { nothingLearned } from "./learned.ts"
import { timersOf } from "./opening.ts"

/** The peer agreed: routes may go. */
export const establish = (draft: Draft, slot: Slot, { link, agreed, keepaliveAt }: OpenConfirm): void => {
  const { state, now } = draft
  if (slot === "second") makeMain(draft)
  const { hold } = timersOf(draft, agreed)
  setLane(draft, "main", {
    state: "Established",
    link,
    agreed,
    hold,
    keepaliveAt,
    upSince: now,
    learned: nothingLearned,
    guard: { level: 0, at: now },
    tellAt: now,
    refreshAt: now,
  })
  setWhy(draft, explain(state, "ML420"))
  state.retries = 0
  state.restarted = false
  state.preserved = true
  state.counters = { ...state.counters, established: state.counters.established + 1 }
  const endOfRib = agreed.gracefulRestart === undefined ? "none" : "owed"
  for (const family of agreed.wire.families) setRib(draft, family, beginRib(state.ribs[family], endOfRib))
}

/** What was the session before is now beside it, until its OPEN says whose it is; what was only on its way is given up. */
const makeMain = (draft: Draft): void => {
  const { state } = draft
  const before = state.main
  const isOpen = before.state === "OpenSent" || before.state === "OpenConfirm"
  const connection = connectionOf(before)
  if (!isOpen && connection !== undefined) draft.effects.push({ kind: "close", connection, how: "abort" })
  state.second = isOpen ? before : undefined
}
