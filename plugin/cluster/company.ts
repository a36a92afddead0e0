import type { Facts } from "../../agent/core/outcome.ts"
import { isReasonCode } from "../../agent/core/reasons.ts"
import type { Snapshot, SpeakersWord } from "../../agent/core/snapshot.ts"
import type { Api } from "./api.ts"
import { askSpeakers } from "./ask-speakers.ts"
import { at, type Json, listAt, mapAt, textAt } from "./json.ts"

/** Speakers that are asked for one answer: the owner, and whoever it turns out to be instead. */
const most = 4

export type Question = {
  /** Of interest; none: all. */
  readonly addresses: readonly string[]
  /** Whose speakers are to be asked by what is known so far, best first: what a node cannot announce itself only its own speaker knows. */
  readonly asking: (snapshot: Snapshot) => readonly string[]
}

/**
 * The snapshot with what speakers say of each other. Where there is no member list nobody is asked; where nobody could be asked that is
 * a part which was not read.
 */
export const withCompany = async (api: Api, snapshot: Snapshot, { addresses, asking }: Question): Promise<Snapshot> => {
  const { installNamespace, speakers, speakerSettings, foreignSpeakers = [] } = snapshot
  const ours = speakers.map(({ nodeName }) => nodeName).filter(node => !foreignSpeakers.includes(node))
  if (speakerSettings?.memberList === false || ours.length === 0) return snapshot
  const ready = speakers.flatMap(pod => (pod.ready && ours.includes(pod.nodeName) ? [pod.nodeName] : []))
  const asked = new Set<string>()
  let known = snapshot
  let why: string | undefined
  while (asked.size < most) {
    const wanted = asking(known).filter(node => ours.includes(node))
    const others = known.company === undefined ? ready : []
    const node = [...wanted, ...others].find(one => !asked.has(one))
    if (node === undefined) break
    asked.add(node)
    const question = ["company", addresses.join(",")].join(" ").trim()
    const [said] = await askSpeakers(api, installNamespace, question, [node])
    const word = said === undefined ? undefined : wordIn(said.answer)
    if (word !== undefined) known = { ...known, company: joined(known.company, word) }
    else why ??= `${node}: ${said?.unknown ?? "its answer is of another version"}`
  }
  if (known.company !== undefined) return known
  return { ...snapshot, unread: [...snapshot.unread, { what: "company", why: why ?? "no speaker is ready" }] }
}

/** The later word is that of a likelier owner. */
const joined = (before: SpeakersWord | undefined, word: SpeakersWord): SpeakersWord => {
  if (before === undefined || before.state !== "settled") return word
  if (word.state !== "settled") return before
  const isNew = (one: (typeof word.barred)[number]) =>
    !word.barred.some(({ address, node }) => address === one.address && node === one.node)
  return { ...word, barred: [...before.barred.filter(isNew), ...word.barred] }
}

/** undefined: a speaker of another version said something else. */
const wordIn = (answer: Json): SpeakersWord | undefined => {
  const state = textAt(answer, "state")
  if (state !== "settled" && state !== "gathering" && state !== "alone") return undefined
  return {
    state,
    mixed: at(answer, "mixed") === true,
    live: listAt(answer, "members")
      .map(member => textAt(member, "name"))
      .sort(),
    barred: listAt(answer, "seats").flatMap(seat => barredIn(seat)),
  }
}

/** Who leaves the address of a seat to others. */
export const barredIn = (seat: Json): SpeakersWord["barred"] =>
  listAt(seat, "barred").flatMap(one => {
    const reason = textAt(one, "reason")
    if (!isReasonCode(reason)) return []
    return [{ address: textAt(seat, "vip"), node: textAt(one, "node"), reason, facts: mapAt(one, "facts") as Facts }]
  })
