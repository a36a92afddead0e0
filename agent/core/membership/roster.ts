import { type Draft, note, owned, random, randomIndex, shuffled } from "./draft.ts"
import { isLive, type Member } from "./member.ts"
import { limits, type State } from "./state.ts"

export const selfOf = (state: State): Member => {
  const self = state.members.get(state.config.name)
  if (self === undefined) throw new Error("membership: a node is always a member of its own table")
  return self
}

export const isSelf = (state: State, name: string): boolean => name === state.config.name

/** Stores what is now believed of a node; a new one takes a random place in the order of probing, so that bounds hold on average. */
export const putMember = (draft: Draft, member: Member): void => {
  const { state, base } = draft
  const isNew = !state.members.has(member.name)
  state.members = owned(base.members, state.members).set(member.name, member)
  if (isNew) insertIntoOrder(draft, member.name)
}

export const isFull = (state: State): boolean => state.members.size >= limits.members

const insertIntoOrder = (draft: Draft, name: string): void => {
  const order = draft.state.order === draft.base.order ? [...draft.state.order] : (draft.state.order as string[])
  const at = randomIndex(draft, order.length + 1)
  const displaced = order[at]
  order.push(name)
  if (displaced !== undefined) {
    order[at] = name
    order[order.length - 1] = displaced
  }
  draft.state.order = order
}

/** Begins a new round of probing: forgets who has been dead for long, and shuffles the others. */
export const newRound = (draft: Draft): void => {
  const { state, base, now } = draft
  for (const member of state.members.values()) {
    if (isLive(member) || isSelf(state, member.name)) continue
    if (now - member.since <= state.settings.gossipToTheDeadTime) continue
    const members = owned(base.members, state.members)
    members.delete(member.name)
    state.members = members
    note(draft, "member-forgotten", member.name)
  }
  state.order = shuffled(draft, [...state.members.keys()])
  state.cursor = 0
}

/**
 * Up to `count` members that pass `fits`, each at most once, chosen at random. Small clusters are searched completely; in
 * large ones a bounded number of draws is enough, as there are many that fit.
 */
export const pickMembers = (draft: Draft, count: number, fits: (member: Member) => boolean): readonly Member[] => {
  const { members, order } = draft.state
  if (count <= 0) return []
  const picked = new Map<string, Member>()
  const tryName = (name: string | undefined) => {
    const member = name === undefined ? undefined : members.get(name)
    if (member !== undefined && fits(member)) picked.set(member.name, member)
  }
  if (order.length <= exhaustiveBelow) {
    const names = shuffled(draft, order)
    for (let at = 0; at < names.length && picked.size < count; at += 1) tryName(names[at])
  } else {
    for (let tries = 0; tries < 3 * order.length && picked.size < count; tries += 1)
      tryName(order[Math.floor(random(draft) * order.length)])
  }
  return [...picked.values()]
}

const exhaustiveBelow = 64
