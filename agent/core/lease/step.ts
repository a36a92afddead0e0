import {
  type Election,
  identityText,
  type LeaseEffect,
  type LeaseEvent,
  type LeaseRecord,
  type LeaseWrite,
} from "./election.ts"

export type LeaseStep = {
  readonly next: Election
  readonly effects: readonly LeaseEffect[]
  /** Monotonic instant of the next tick; undefined: nothing happens before an answer comes. */
  readonly wakeAt: number | undefined
}

type Turn = { readonly state: Election; readonly effects: readonly LeaseEffect[] }

/**
 * Leader election by Lease, the protocol of Kubernetes' own components: the holder renews every `retry`; whoever sees a record
 * stay the same for its `duration`, on a clock of its own, takes it; every write is conditional on the version that was read.
 * A Lease does not fence: a holder that is held up between its last look at the clock and the network may still be heard.
 *
 * `now` is monotonic; `chance` in [0, 1) spreads the looks of several standbys.
 */
export const step = (state: Election, event: LeaseEvent, now: number, chance = 0): LeaseStep => {
  const turned = turn(state, event, now, chance)
  const { state: next, effects } = expired(turned, now)
  return { next, effects, wakeAt: wakeAtOf(next) }
}

const turn = (state: Election, event: LeaseEvent, now: number, chance: number): Turn => {
  if (state.role.kind === "released") return { state, effects: [] }
  switch (event.kind) {
    case "tick":
      return tick(state, now)
    case "read":
      return settle(looked({ ...state, busy: false }, event.record, now, chance))
    case "written":
      return settle(wrote({ ...state, busy: false }, event.record, event.sentAt, now))
    case "refused":
      return read(state)
    case "failed":
      return failed({ ...state, busy: false, nextTry: now + state.timings.retry })
    case "release":
      return settle({ state: { ...state, releasing: "asked" }, effects: [] })
  }
}

const read = (state: Election): Turn => ({ state: { ...state, busy: true }, effects: [{ kind: "read" }] })

const write = (state: Election, wanted: LeaseWrite): Turn => ({
  state: { ...state, busy: true },
  effects: [{ kind: "write", ...wanted }],
})

const tick = (state: Election, now: number): Turn => {
  if (state.busy || now < state.nextTry) return { state, effects: [] }
  return holds(state) && state.seen !== undefined ? renew(state, state.seen.record) : read(state)
}

const holds = ({ role }: Election): boolean => role.kind === "leading" || role.kind === "suspended"

const renew = (state: Election, { version, transitions }: LeaseRecord): Turn =>
  write(state, { base: version, holder: identityText(state.who), transitions, acquired: false })

/** What the Lease says now. */
const looked = (before: Election, record: LeaseRecord | undefined, now: number, chance: number): Turn => {
  const me = identityText(before.who)
  if (record === undefined) return isReleasing(before) ? { state: standDown(before), effects: [] } : create(before, me)
  const same = before.seen !== undefined && isUnchanged(before.seen.record, record)
  const since = same ? (before.seen?.since ?? now) : now
  const state: Election = { ...before, seen: { record, since } }
  if (holds(state)) {
    if (record.holder === me) return isReleasing(state) ? { state, effects: [] } : renew(state, record)
    const deposed = wait({ ...state, role: { kind: "standby" } }, record, since, now, chance)
    return { state: deposed, effects: [{ kind: "follow", holder: record.holder }] }
  }
  if (isReleasing(state)) return { state, effects: [] }
  if (now < freeAt(state, record, since)) return { state: wait(state, record, since, now, chance), effects: [] }
  const transitions = record.transitions + (record.holder === me ? 0 : 1)
  return write(state, { base: record.version, holder: me, transitions, acquired: record.holder !== me })
}

const create = (state: Election, holder: string): Turn =>
  write(state, { base: undefined, holder, transitions: 0, acquired: true })

const isUnchanged = (a: LeaseRecord, b: LeaseRecord): boolean =>
  a.holder === b.holder && a.renewedAt === b.renewedAt && a.transitions === b.transitions

/**
 * When the Lease may be taken: at once where nobody holds it or this very process does; after the time in which a process of
 * the same name must have renewed it, because a name is used by one process at a time; else when it has run out.
 */
const freeAt = ({ who, timings }: Election, { holder, duration }: LeaseRecord, since: number): number => {
  if (holder === "" || holder === identityText(who)) return since
  const sameName = holder.slice(0, holder.lastIndexOf("_")) === who.name
  // Half a period more than one, because a renewal takes a moment to arrive.
  return since + (sameName ? Math.min(timings.retry * 1.5, duration) : duration)
}

const wait = (state: Election, record: LeaseRecord, since: number, now: number, chance: number): Election => {
  const look = now + state.timings.retry * (0.75 + chance / 4)
  const free = freeAt(state, record, since)
  return { ...state, nextTry: free > now ? Math.min(look, free) : look }
}

const wrote = (state: Election, record: LeaseRecord, sentAt: number, now: number): Turn => {
  const { role, timings, seen } = state
  if (record.holder === "") return { state: { ...state, role: { kind: "released" } }, effects: [{ kind: "released" }] }
  const until = sentAt + timings.deadline
  const held = { ...state, seen: { record, since: now }, nextTry: sentAt + timings.retry }
  // So late that nothing follows from it: the next renewal will tell.
  if (now >= until) return { state: { ...held, nextTry: now }, effects: [] }
  const leading: Election = { ...held, role: { kind: "leading", until } }
  if (role.kind === "leading") return { state: leading, effects: [] }
  if (role.kind === "suspended") return { state: leading, effects: [{ kind: "resume" }] }
  const last = seen?.record.holder
  const after = last === undefined ? "nobody" : last === identityText(state.who) ? "itself" : "other"
  return { state: leading, effects: isReleasing(state) ? [] : [{ kind: "lead", after }] }
}

/** The request to give it back may have arrived or not; if not, the Lease runs out by itself. */
const failed = (state: Election): Turn =>
  state.releasing === "sent"
    ? { state: { ...state, role: { kind: "released" } }, effects: [{ kind: "released" }] }
    : settle({ state, effects: [] })

const isReleasing = ({ releasing }: Election): boolean => releasing !== "no"

const standDown = (state: Election): Election => ({ ...state, role: { kind: "standby" } })

/** Gives the Lease back where that was asked for and no request is under way. */
const settle = (turned: Turn): Turn => {
  const { state, effects } = turned
  if (!isReleasing(state) || state.busy || state.role.kind === "released") return turned
  const { seen } = state
  if (!holds(state) || seen === undefined)
    return { state: { ...state, role: { kind: "released" } }, effects: [...effects, { kind: "released" }] }
  const { version, transitions } = seen.record
  const given = write(state, { base: version, holder: "", transitions, acquired: false })
  return { state: { ...given.state, releasing: "sent" }, effects: [...effects, ...given.effects] }
}

/** The renewal deadline, looked at after everything else, so that no event can pass by it. */
const expired = ({ state, effects }: Turn, now: number): Turn =>
  state.role.kind === "leading" && now >= state.role.until
    ? { state: { ...state, role: { kind: "suspended" } }, effects: [...effects, { kind: "suspend" }] }
    : { state, effects }

const wakeAtOf = ({ role, busy, nextTry }: Election): number | undefined => {
  const due = busy || role.kind === "released" ? undefined : nextTry
  const deadline = role.kind === "leading" ? role.until : undefined
  if (due === undefined) return deadline
  return deadline === undefined ? due : Math.min(due, deadline)
}
