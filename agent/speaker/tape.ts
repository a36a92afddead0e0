import { type Plain, toPlain } from "../core/plain.ts"
import type { Millis } from "../ports/clock.ts"

/** The last events of a step function and the state before them: who has that plays again what happened. */
export type Tape<State, Event extends object> = {
  /** Before each step: what it is called with. Values are kept as they are, so none may be changed later. */
  readonly note: (state: State, event: Event, at: Millis) => void
  /** As lines of a file below test/replay, oldest first: the state, then the events. */
  readonly lines: () => readonly TapedLine[]
}

export type TapedLine = { readonly at: Millis; readonly event: Plain }

type Side<State, Event> = {
  readonly at: Millis
  readonly state: State
  readonly events: { readonly at: Millis; readonly event: Event }[]
  weight: number
}

/** BOUNDED: two sides, each of so many events, where what a list holds counts one by one: about a megabyte. */
const mostOfSide = 2_500

/** When a side is full the one before it is forgotten. */
export const createTape = <State, Event extends object>(most = mostOfSide): Tape<State, Event> => {
  let before: Side<State, Event> | undefined
  let now: Side<State, Event> | undefined
  return {
    note: (state, event, at) => {
      if (now === undefined || now.weight >= most) {
        before = now
        now = { at, state, events: [], weight: 0 }
      }
      now.events.push({ at, event })
      now.weight += weightOf(event)
    },
    lines: () => {
      const sides = [before, now].flatMap(side => side ?? [])
      const [oldest] = sides
      if (oldest === undefined) return []
      const state = { at: oldest.at, event: { state: toPlain(oldest.state) } }
      const events = sides.flatMap(side => side.events)
      return [state, ...events.map(({ at, event }) => ({ at, event: toPlain(event) }))]
    },
  }
}

/** Lists may be a level down, in the message that an event brings. */
const weightOf = (value: object, level = 0): number => {
  if (Array.isArray(value)) return 1 + value.length
  if (level === 2 || ArrayBuffer.isView(value)) return 1
  let weight = 1
  for (const field of Object.values(value))
    if (typeof field === "object" && field !== null) weight += weightOf(field, level + 1)
  return weight
}
