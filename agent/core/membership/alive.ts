import { broadcast } from "./broadcasts.ts"
import { type Draft, note, owned, tellChange } from "./draft.ts"
import { addressOfBytes } from "./endpoint.ts"
import type { Happened } from "./happening.ts"
import { hasMark } from "./mark.ts"
import { isLive, type Member, ourVersions, samePlace } from "./member.ts"
import { refute } from "./refute.ts"
import { isFull, isSelf, putMember } from "./roster.ts"
import { sameBytes } from "./wire/label.ts"
import type { Alive } from "./wire/message.ts"

/** Somebody says that a node is alive, under an incarnation and at an address: a join, a change, or a refutation. */
export const handleAlive = (draft: Draft, told: Alive): Happened => {
  const { state } = draft
  if (isSelf(state, told.node) && state.phase !== "running") return note(draft, "claim-while-leaving", told.node)
  const alive = told.port === 0 ? { ...told, port: state.config.endpoint.port } : told
  const fault = faultOf(alive)
  if (fault !== undefined) return note(draft, fault, told.node)
  const known = state.members.get(alive.node)
  if (known === undefined) return isFull(state) ? note(draft, "claim-refused-full", alive.node) : accept(draft, alive)
  const moved = !samePlace(known, alive)
  if (moved && !mayMove(draft, known)) return note(draft, "claim-conflicting-address", alive.node)
  if (isSelf(state, alive.node)) return handleAliveSelf(draft, known, alive)
  if (alive.incarnation <= known.incarnation && !moved) return note(draft, "claim-stale", alive.node)
  return accept(draft, alive, known)
}

const faultOf = (alive: Alive) => {
  if (alive.node === "") return "claim-without-name"
  if (addressOfBytes(alive.address) === undefined) return "claim-bad-address"
  const [least = 1, most = 1] = alive.versions
  return alive.versions.length >= 3 && (least === 0 || most === 0 || least > most) ? "claim-bad-versions" : undefined
}

/** A name belongs to one address until its node has left, or has been dead for long enough to be replaced. */
const mayMove = ({ state, now }: Draft, known: Member): boolean => {
  const reclaim = state.settings.deadNodeReclaimTime
  return known.state === "left" || (known.state === "dead" && reclaim > 0 && now - known.since > reclaim)
}

/** What others believe of this node must be what it is; an earlier process of the same name may have said something else. */
const handleAliveSelf = (draft: Draft, self: Member, alive: Alive): Happened => {
  if (alive.incarnation < self.incarnation) return note(draft, "claim-stale", self.name)
  const same = sameBytes(alive.meta, self.meta) && sameBytes(alive.versions, ourVersions)
  if (alive.incarnation === self.incarnation && same) return note(draft, "claim-known", self.name)
  return refute(draft, alive.incarnation)
}

/** What is kept is copied: the message's own bytes are a window on a whole packet or stream. */
const accept = (draft: Draft, alive: Alive, known?: Member): Happened => {
  const { state, base, now } = draft
  const address = addressOfBytes(alive.address) ?? ""
  const wasLive = known !== undefined && isLive(known)
  const member: Member = {
    name: alive.node,
    address: new Uint8Array(alive.address),
    endpoint: { address, port: alive.port },
    meta: new Uint8Array(alive.meta),
    ours: hasMark(alive.meta),
    versions: alive.versions.length === 6 ? new Uint8Array(alive.versions) : (known?.versions ?? new Uint8Array(6)),
    incarnation: alive.incarnation,
    state: "alive",
    since: known?.state === "alive" ? known.since : now,
  }
  if (state.suspicions.has(alive.node)) {
    const suspicions = owned(base.suspicions, state.suspicions)
    suspicions.delete(alive.node)
    state.suspicions = suspicions
  }
  putMember(draft, member)
  broadcast(draft, member.name, alive)
  if (!wasLive) {
    tellChange(draft, "joined", member)
    return note(draft, "member-joined", member.name)
  }
  if (!sameBytes(known.meta, member.meta)) {
    tellChange(draft, "updated", member)
    note(draft, "member-updated", member.name)
  }
  if (known.state !== "suspect") return note(draft, "member-renewed", member.name)
  tellChange(draft, "cleared", member, now - known.since)
  return note(draft, "member-cleared", member.name)
}
