import type { Facts } from "../../agent/core/outcome.ts"
import { isReasonCode } from "../../agent/core/reasons.ts"
import type { Snapshot, SpeakersWord } from "../../agent/core/snapshot.ts"
import type { Api } from "./api.ts"
import { askSpeakers } from "./ask-speakers.ts"
import { at, type Json, listAt, mapAt, textAt } from "./json.ts"

/** Owners that are asked for one answer: the one that seems to be it, and whoever it turns out to be instead. */
const most = 3
/** Speakers that say who lives; the first answer will do, since a node may be dead that Kubernetes calls ready. */
const informants = 2

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
  const up = new Set(snapshot.nodes.flatMap(({ name, ready }) => (ready === true ? [name] : [])))
  const ready = ours.filter(node => up.has(node) && speakers.some(pod => pod.ready && pod.nodeName === node))
  const why: string[] = []
  const question = ["company", addresses.join(",")].join(" ").trim()
  // BOUNDED by `most` and `informants`.
  const asked = new Map<string, Promise<SpeakersWord | undefined>>()
  const ask = (node: string): Promise<SpeakersWord | undefined> => {
    const answer = asked.get(node) ?? askOne(node)
    asked.set(node, answer)
    return answer
  }
  const askOne = async (node: string) => {
    const [said] = await askSpeakers(api, installNamespace, question, [node])
    const word = said === undefined ? undefined : wordIn(said.answer)
    if (word === undefined) why.push(`${node}: ${said?.unknown ?? "its answer is of another version"}`)
    return word
  }
  let known = snapshot
  const learn = (word: SpeakersWord | undefined) => {
    if (word !== undefined) known = { ...known, company: joined(known.company, word) }
  }

  const [first] = asking(snapshot)
  learn(
    await firstOf(
      ready
        .filter(node => node !== first)
        .slice(0, informants)
        .map(ask),
    ),
  )
  const heard = new Set<string>()
  while (heard.size < most) {
    const { company } = known
    const lives = (node: string) => company?.state !== "settled" || company.live.includes(node)
    const next = asking(known).find(node => ours.includes(node) && !heard.has(node) && lives(node))
    if (next === undefined) break
    heard.add(next)
    learn(await ask(next))
  }
  if (known.company !== undefined) return known
  return { ...snapshot, unread: [...snapshot.unread, { what: "company", why: why[0] ?? "no speaker is ready" }] }
}

/** The first that is known; undefined where none is. */
const firstOf = <T>(all: readonly Promise<T | undefined>[]): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    let left = all.length
    if (left === 0) resolve(undefined)
    for (const one of all)
      one.then(value => {
        left -= 1
        if (value !== undefined || left === 0) resolve(value)
      }, reject)
  })

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
