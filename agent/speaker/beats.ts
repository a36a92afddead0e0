import { type Beat, type Expected, unsignedHeartbeat } from "../core/detector/expected.ts"
import type { LinkId } from "../core/detector/peer.ts"
import type { DetectorState } from "../core/detector/state.ts"
import { keyOf } from "../core/ownership/state.ts"
import type { Clock } from "../ports/clock.ts"
import type { Ear, HeardLast, HeartbeatWatch } from "../ports/heartbeat.ts"
import type { Post } from "./post.ts"

/** What the thread hears on each link, so that the event loop need not. */
export type Beats = {
  readonly open: (link: LinkId, ear: Ear) => void
  readonly close: (link: LinkId) => void
  /** What the detector expects need not be told, and nothing else. */
  readonly expect: (detector: Pick<DetectorState, "expected" | "pairs" | "timings">) => void
  /** The last heartbeat of each process that was heard since this was asked before. */
  readonly heard: () => readonly Beat[]
}

type Watched = { readonly expected: Expected; readonly watch: HeartbeatWatch; sequence: number }

/** Keeps the thread's watches. What the thread has taken is taken for `post` too. BOUNDED by the links and the nodes that are watched. */
export const createBeats = (clock: Clock, post: Post): Beats => {
  const ears = new Map<LinkId, Ear>()
  const watches = new Map<string, Watched>()

  /** False where it is no news. */
  const take = (watched: Watched, { sequence }: HeardLast): boolean => {
    if (sequence <= watched.sequence) return false
    watched.sequence = sequence
    post.taken(sender(watched.expected), sequence)
    return true
  }
  const drop = (gone: (expected: Expected) => boolean): void => {
    for (const [key, watched] of watches) {
      if (!gone(watched.expected)) continue
      watches.delete(key)
      take(watched, watched.watch.end())
    }
  }

  return {
    open: (link, ear) => void ears.set(link, ear),
    close: link => {
      drop(expected => expected.link === link)
      ears.get(link)?.close()
      ears.delete(link)
    },
    expect: ({ expected: wanted, pairs, timings: { silence } }) => {
      drop(expected => !wanted.some(other => same(expected, other)))
      for (const expected of wanted) {
        const key = keyOf(expected.node, expected.link)
        const ear = ears.get(expected.link)
        if (watches.has(key) || ear === undefined) continue
        const sequence = post.lastHeartbeat(sender(expected))
        const heardAgo = clock.monotonic() - (pairs.get(key)?.beatAt ?? 0)
        const watch = ear.expect({ packet: unsignedHeartbeat(expected), sequence, heardAgo, silence })
        watches.set(key, { expected, watch, sequence })
      }
    },
    heard: () => {
      const found: Beat[] = []
      for (const watched of watches.values()) {
        const last = watched.watch.last()
        if (take(watched, last)) found.push({ ...watched.expected, at: clock.monotonic() - last.age })
      }
      return found
    },
  }
}

const sender = ({ node, link, boot }: Expected) => ({ from: node, link, boot })

const same = (a: Expected, b: Expected): boolean =>
  a.node === b.node && a.link === b.link && a.boot === b.boot && a.mac === b.mac
