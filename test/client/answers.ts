import { type Attempt, type ProbeReport, reportOf } from "./report.ts"

/** What a station without an ARP entry saw of one address: times in milliseconds of the real-time clock. */
export type Answers = {
  /** Each question with the MACs that answered before the next one was sent, and after how long. */
  readonly asks: readonly { readonly at: number; readonly replies: readonly Reply[] }[]
}

export type Reply = { readonly mac: string; readonly ms: number }

/** Puts lines of `who-has` together, by the number of the address; lines must come in the order they were printed. */
export const readAnswers = (lines: Iterable<string>): ReadonlyMap<number, Answers> => {
  const all = new Map<number, { at: number; replies: Reply[] }[]>()
  for (const line of lines) {
    const [what, number, nanoseconds, mac = ""] = line.split(" ")
    const at = Number(nanoseconds) / 1e6
    const asks = all.get(Number(number)) ?? []
    all.set(Number(number), asks)
    if (what === "ask") asks.push({ at, replies: [] })
    else if (what === "reply") {
      const last = asks.at(-1)
      last?.replies.push({ mac, ms: at - last.at })
    } else throw new Error(`who-has printed ${JSON.stringify(line)}`)
  }
  return new Map([...all].map(([number, asks]) => [number, { asks }]))
}

/** The answers as a probe's report; `who` counts the first MAC of each answer. The time limit is that of the next question. */
export const silenceOf = ({ asks }: Answers): ProbeReport =>
  reportOf(
    asks.map(({ at, replies: [first] }): Attempt => {
      return first === undefined ? { at, error: "silent" } : { at, ms: first.ms, who: first.mac }
    }),
    asks.length > 1 ? ((asks.at(-1)?.at ?? 0) - (asks[0]?.at ?? 0)) / (asks.length - 1) : 0,
  )

/** From the first question that two MACs answered to the next one that one or none did; `last` is the time of the last second answer. */
export type Double = {
  readonly from: number
  readonly to: number
  readonly last: number
  readonly macs: readonly string[]
}

/** Every time that two MACs answered, in order. */
export const doublesOf = ({ asks }: Answers): readonly Double[] => {
  const doubles: Double[] = []
  let open: Double | undefined
  for (const { at, replies } of asks) {
    if (open !== undefined) open = { ...open, to: at }
    const macs = [...new Set(replies.map(reply => reply.mac))].sort()
    if (macs.length > 1) {
      const last = at + Math.max(...replies.map(reply => reply.ms))
      open = { from: open?.from ?? at, to: last, last, macs }
    } else if (open !== undefined) {
      doubles.push(open)
      open = undefined
    }
  }
  return open === undefined ? doubles : [...doubles, open]
}

/** Length of the longest one, in ms; 0 without any. */
export const longestOf = (spans: readonly Span[]): number =>
  spans.reduce((longest, { from, to }) => Math.max(longest, to - from), 0)

/** Owners one after another, by MAC; silence and questions that two answered are passed over. */
export const ownersOf = ({ asks }: Answers): readonly string[] => {
  const owners: string[] = []
  for (const { replies } of asks) {
    const macs = new Set(replies.map(reply => reply.mac))
    const [mac] = macs
    if (macs.size === 1 && mac !== undefined && mac !== owners.at(-1)) owners.push(mac)
  }
  return owners
}

export type Span = { readonly from: number; readonly to: number }

/** Every time without an answer, in order: from one answered question to the next one, or to the last question. */
export const silencesOf = ({ asks }: Answers): readonly Span[] => {
  const silences: Span[] = []
  let from: number | undefined
  let silent = false
  for (const { at, replies } of asks) {
    if (replies.length === 0) {
      silent = true
      continue
    }
    if (silent && from !== undefined) silences.push({ from, to: at })
    silent = false
    from = at
  }
  const last = asks.at(-1)?.at
  return silent && from !== undefined && last !== undefined ? [...silences, { from, to: last }] : silences
}
