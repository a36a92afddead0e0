import type { Announcements } from "../core/announce/announcements.ts"
import type { Change } from "../core/history/change.ts"
import { added, changesIn, type History, noHistory, recorded } from "../core/history/history.ts"
import { readHistory, savedChange, savedHistory } from "../core/history/saved.ts"
import { formatAddress } from "../core/ip/format.ts"
import { parseAddress } from "../core/ip/parse.ts"
import type { SpeakerEffect } from "../core/ownership/speaker.ts"
import type { Clock, Timer } from "../ports/clock.ts"
import type { KeptFile } from "../ports/kept-file.ts"
import type { Log } from "../ports/log.ts"
import type { Question } from "../ports/query-socket.ts"

/** What became of each address on this node, to be asked for. */
export type Chronicle = {
  /** What the speakers settled among themselves. */
  readonly settled: (effects: readonly SpeakerEffect[]) => void
  /** What this node decided by what the API says alone: everything that it owns now, and who owns the rest. */
  readonly decided: (announcements: Announcements) => void
  /** All changes, or those of one address, as `readChange` reads them. */
  readonly answer: Question
  /** Writes what was not written yet. */
  readonly stop: () => void
}

/** Many changes are one write. */
const writeAfter = 2_000

/** With `kept` the history outlives the container. */
export const createChronicle = (
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  node: string,
  kept?: KeptFile,
): Chronicle => {
  let history: History = kept === undefined ? noHistory : readHistory(kept.read())
  let timer: Timer | undefined

  const write = () => {
    timer = undefined
    const fault = kept?.write(savedHistory(history))
    if (fault !== undefined) log.warn("history not written", { error: fault })
  }
  const changed = (next: History) => {
    if (next.changes !== history.changes && kept !== undefined) timer ??= clock.after(writeAfter, write)
    history = next
  }
  let owned: ReadonlySet<string> = new Set()

  const change = (vip: string, did: Change["did"], other: string | undefined, reason: Change["reason"]): Change => ({
    ...{ at: Math.trunc(clock.wall()), vip, node, did, other, reason },
    because: undefined,
    vacantFor: undefined,
  })

  return {
    settled: effects => {
      changed(recorded(history, effects, node, Math.trunc(clock.wall())))
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
      if (started.length + stopped.length > 0) changed(added(history, [...stopped, ...started]))
      owned = mine
    },
    answer: argument => {
      const address = argument === "" ? undefined : parseAddress(argument)
      if (argument !== "" && address === undefined) return []
      return changesIn(history, address && formatAddress(address)).map(savedChange)
    },
    stop: () => {
      if (timer === undefined) return
      timer.cancel()
      write()
    },
  }
}
