import type { Change, Effect } from "./effect.ts"
import type { Happened, Happening } from "./happening.ts"
import type { Member } from "./member.ts"
import { draw } from "./random.ts"
import type { State } from "./state.ts"
import type { Millis } from "./time.ts"

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * The next state while one step works on it. Only its top level is mutable; maps and lists are copied at their first change,
 * so that the state before the step stays as it was and a ping costs no copy of the member table.
 */
export type Draft = {
  readonly base: State
  readonly state: Mutable<State>
  readonly now: Millis
  readonly effects: Effect[]
  readonly happenings: Happening[]
}

export const draftOf = (base: State, now: Millis): Draft => ({
  base,
  state: { ...base },
  now,
  effects: [],
  happenings: [],
})

/** Records what happened, and gives it back as the reason that a handler returns. */
export const note = (draft: Draft, what: Happened, about = ""): Happened => {
  draft.happenings.push({ what, about })
  return what
}

export const tellChange = (draft: Draft, change: Change, member: Member, after: Millis = 0): void => {
  draft.effects.push({ kind: "member", change, member, after })
}

/** A copy of a map that may be changed: made once a step, recognised by not being the base state's own. */
export const owned = <K, V>(base: ReadonlyMap<K, V>, current: ReadonlyMap<K, V>): Map<K, V> =>
  current === base || !(current instanceof Map) ? new Map(current) : current

/** A number in [0, 1). */
export const random = (draft: Draft): number => {
  const { value, seed } = draw(draft.state.seed)
  draft.state.seed = seed
  return value
}

/** A whole number from 0 to `below` - 1; 0 where `below` is 0. */
export const randomIndex = (draft: Draft, below: number): number => Math.floor(random(draft) * below)

/** A shuffled copy (Fisher-Yates). */
export const shuffled = <T>(draft: Draft, list: readonly T[]): T[] => {
  const copy = [...list]
  for (let at = copy.length - 1; at > 0; at -= 1) {
    const other = randomIndex(draft, at + 1)
    const [a, b] = [copy[at], copy[other]]
    if (a !== undefined && b !== undefined) {
      copy[at] = b
      copy[other] = a
    }
  }
  return copy
}
