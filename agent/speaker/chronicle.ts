import type { Announcements } from "../core/announce/announcements.ts"
import type { Change } from "../core/history/change.ts"
import { added, changesIn, type History, noHistory, recorded } from "../core/history/history.ts"
import { savedChange } from "../core/history/saved.ts"
import { formatAddress } from "../core/ip/format.ts"
import { parseAddress } from "../core/ip/parse.ts"
import type { SpeakerEffect } from "../core/ownership/speaker.ts"
import type { Clock } from "../ports/clock.ts"
import type { Question } from "../ports/query-socket.ts"

/** What became of each address on this node, to be asked for. */
export type Chronicle = {
  /** What the speakers settled among themselves. */
  readonly settled: (effects: readonly SpeakerEffect[]) => void
  /** What this node decided by what the API says alone: everything that it owns now, and who owns the rest. */
  readonly decided: (announcements: Announcements) => void
  /** All changes, or those of one address, as `readChange` reads them. */
  readonly answer: Question
}

export const createChronicle = ({ clock }: { readonly clock: Clock }, node: string): Chronicle => {
  let history: History = noHistory
  let owned: ReadonlySet<string> = new Set()

  const change = (vip: string, did: Change["did"], other: string | undefined, reason: Change["reason"]): Change => ({
    ...{ at: Math.trunc(clock.wall()), vip, node, did, other, reason },
    because: undefined,
    vacantFor: undefined,
  })

  return {
    settled: effects => {
      history = recorded(history, effects, node, Math.trunc(clock.wall()))
    },
    decided: ({ owned: now, silent }) => {
      const mine = new Set(now.map(({ address }) => formatAddress(address)))
      const why = new Map(silent.flatMap(one => (one.address === undefined ? [] : [[formatAddress(one.address), one]])))
      const started = [...mine].filter(vip => !owned.has(vip)).map(vip => change(vip, "started", undefined, "ML360"))
      const stopped = [...owned]
        .filter(vip => !mine.has(vip))
        .map(vip => {
          const { reason = "ML366", facts = {} } = why.get(vip) ?? {}
          const { owner } = facts
          return change(vip, "stopped", owner === undefined ? undefined : String(owner), reason)
        })
      if (started.length + stopped.length > 0) history = added(history, [...stopped, ...started])
      owned = mine
    },
    answer: argument => {
      const address = argument === "" ? undefined : parseAddress(argument)
      if (argument !== "" && address === undefined) return []
      return changesIn(history, address && formatAddress(address)).map(savedChange)
    },
  }
}
