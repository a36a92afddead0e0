import type { Decoded } from "../../core/kube/decoded.ts"
import type { Clock, Millis } from "../clock.ts"
import { pause } from "../clock.ts"
import { type Log, textOf } from "../log.ts"
import type { Random } from "../random.ts"
import { ApiError, GarbledAnswerError, isStatus } from "./api-error.ts"
import { backoff } from "./backoff.ts"
import type { KubeClient } from "./client.ts"
import { listPages } from "./list.ts"
import { fieldOf, identityOf, textField } from "./objects.ts"
import { parseWatchEvent } from "./watch-event.ts"

/** A collection to follow. */
export type Source<T> = {
  /** For people: "services". */
  readonly what: string
  readonly path: string
  /** labelSelector, fieldSelector. */
  readonly query?: Readonly<Record<string, string>>
  /** Keeps what decisions read and drops the rest. */
  readonly decode: (raw: unknown) => Decoded<T>
  /** False for objects that no decision reads at all: they count as absent. Everything is kept where this is missing. */
  readonly keeps?: (value: T) => boolean
}

export type ReflectorState = {
  /** The whole collection was read at least once. Until then its contents are unknown, not empty. */
  readonly synced: boolean
  /** False where the API server does not know this kind (its CRD is not installed): synced and empty. */
  readonly installed: boolean
  /** The API server refuses to let the agent read this kind (403): its role is older than the agent. */
  readonly denied: boolean
  /** Why it is not following at present; undefined while it is. */
  readonly lastError: string | undefined
  /** Monotonic instant since which the contents may be behind; undefined while they are live. */
  readonly staleSince: Millis | undefined
}

type Held<T> = { readonly uid: string; readonly resourceVersion: string; readonly value: T }

/** A local copy of a collection that is kept up to date, whatever happens to the connection. */
export type Reflector<T> = {
  readonly get: (key: string) => T | undefined
  readonly values: () => IterableIterator<T>
  readonly size: () => number
  readonly state: () => ReflectorState
  /**
   * Takes over the answer of a write of ours at once instead of waiting for the watch, if the copy still is what the write
   * was based on. The event that follows then changes nothing.
   */
  readonly learn: (raw: unknown, base: string) => void
  /** Reads the whole collection anew, as it is after this call; resolves when that was done, however often it is tried. */
  readonly refresh: () => Promise<void>
  /** Follows until the signal aborts; never rejects. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

export type ReflectorEdges = {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Waits between attempts double from 0.2 s to 5 s; an attempt that brought something starts the row again. */
const waits = { first: 200, most: 5_000 }
/** The server ends a watch after 4 to 8 minutes, so that the load moves when servers come and go. */
const watchSeconds = (random: Random): number => Math.floor(240 + random() * 240)
/** A kind counts as not installed when the server denied knowing it for this long: a starting server does so for a moment. */
const absentAfter = 5_000
const absentWait = 10_000

/**
 * List, then watch, then resume for ever. Bounded by the collection itself: one decoded value an object, and the names of a
 * batch of changes. `onChange` gets the keys that changed together; it is also called, maybe with none, after the first sync.
 * An exception in it is a bug of ours and ends the program, it is never taken for a broken watch. `onTrouble` is called
 * whenever there is another reason than before why it does not follow.
 */
export const createReflector = <T>(
  source: Source<T>,
  { client, clock, random, ...edges }: ReflectorEdges,
  onChange: (keys: ReadonlySet<string>) => void,
  onTrouble: () => void = () => undefined,
): Reflector<T> => {
  const log = edges.log.from("kube/reflector")
  const held = new Map<string, Held<T>>()
  let revision = ""
  let synced = false
  let installed = true
  let denied = false
  let lastError: string | undefined
  let staleSince: Millis | undefined = clock.monotonic()
  let absentSince: Millis | undefined
  let failures = 0
  let endWatch: (() => void) | undefined
  /** Who waits for a list that begins later. Bounded by the callers. */
  let refreshers: (() => void)[] = []

  const tell = (keys: ReadonlySet<string>) => queueMicrotask(() => onChange(keys))

  /** Takes one object in; true where that changed anything. */
  const take = (raw: unknown): boolean => {
    const { key, uid, resourceVersion } = identityOf(raw)
    if (key === "") throw new GarbledAnswerError(`${source.what}: an object without a name`)
    const known = held.get(key)
    if (known?.resourceVersion === resourceVersion && known.uid === uid) return false
    const decoded = source.decode(raw)
    if (!decoded.ok) {
      // The last version that was understood stays in use: an object that is broken is no reason to act.
      const { message } = decoded.problem
      log.error("object not understood, its last known version stays", { what: source.what, name: key, error: message })
      return false
    }
    if (source.keeps?.(decoded.value) === false) return held.delete(key)
    held.set(key, { uid, resourceVersion, value: decoded.value })
    return true
  }

  const live = () => {
    if (lastError !== undefined) log.info("following again", { what: source.what })
    denied = false
    lastError = undefined
    staleSince = undefined
  }

  /** Objects are taken in page by page; what the list does not name is gone once the list is whole. */
  const relist = async (signal: AbortSignal): Promise<void> => {
    const seen = new Set<string>()
    const changed = new Set<string>()
    const served = refreshers
    refreshers = []
    try {
      const query = source.query ?? {}
      revision = await listPages(client, { path: source.path, query, signal }, raw => {
        const { key } = identityOf(raw)
        seen.add(key)
        if (take(raw)) changed.add(key)
      })
      for (const key of held.keys()) {
        if (seen.has(key)) continue
        held.delete(key)
        changed.add(key)
      }
      installed = true
      absentSince = undefined
      if (!synced && changed.size === 0) tell(changed)
      synced = true
      // Two turns later, because what changed is told in the next one.
      queueMicrotask(() =>
        queueMicrotask(() => {
          for (const resolve of served) resolve()
        }),
      )
    } catch (error) {
      refreshers.push(...served)
      throw error
    } finally {
      if (synced && changed.size > 0) tell(changed)
    }
  }

  const apply = (lines: readonly string[]): void => {
    const changed = new Set<string>()
    try {
      for (const line of lines) {
        const event = parseWatchEvent(line)
        if (event.type === "put") {
          if (take(event.raw)) changed.add(identityOf(event.raw).key)
        } else if (event.type === "delete") {
          const { key } = identityOf(event.raw)
          if (held.delete(key)) changed.add(key)
        }
        const version = textField(fieldOf(event.raw, "metadata"), "resourceVersion")
        if (version !== "") revision = version
      }
    } finally {
      if (changed.size > 0) tell(changed)
    }
  }

  const watch = async (signal: AbortSignal): Promise<void> => {
    const seconds = watchSeconds(random)
    const control = new AbortController()
    const stop = () => control.abort()
    signal.addEventListener("abort", stop, { once: true })
    endWatch = stop
    // A server that does not end the watch itself has forgotten it.
    const guard = clock.after((seconds + 15) * 1000, stop)
    const began = clock.monotonic()
    try {
      const batches = await client.stream({
        method: "GET",
        path: source.path,
        query: {
          ...source.query,
          watch: "1",
          allowWatchBookmarks: "true",
          resourceVersion: revision,
          timeoutSeconds: String(seconds),
        },
        signal: control.signal,
      })
      live()
      for await (const lines of batches) {
        apply(lines)
        failures = 0
      }
    } catch (thrown) {
      if (refreshers.length === 0) throw thrown
    } finally {
      endWatch = undefined
      guard.cancel()
      signal.removeEventListener("abort", stop)
      if (clock.monotonic() - began >= waits.most) failures = 0
    }
    if (refreshers.length > 0) return
    // A watch that ends as soon as it began is a server in trouble, even if it says goodbye properly.
    if (clock.monotonic() - began < waits.first) throw new GarbledAnswerError(`${source.what}: the watch ended at once`)
  }

  /** What the failure means for the next attempt, and how long to wait before it. */
  const consider = (thrown: unknown): Millis => {
    failures++
    const now = clock.monotonic()
    staleSince ??= now
    const text = textOf(thrown)
    denied = isStatus(thrown, 403)
    if (text !== lastError) {
      log.warn("not following", { what: source.what, error: text })
      queueMicrotask(onTrouble)
    }
    lastError = text
    const wait = backoff(waits, failures, random)
    if (isStatus(thrown, 410)) {
      revision = ""
      return failures === 1 ? 0 : wait
    }
    if (isStatus(thrown, 404)) {
      revision = ""
      absentSince ??= now
      if (now - absentSince < absentAfter) return wait
      if (!synced) {
        synced = true
        installed = false
        log.warn("the API server does not know this kind; going on without it", { what: source.what })
        tell(new Set())
      }
      return absentWait
    }
    // A watch that fails over and over may stand on a version that this server cannot serve: begin anew.
    if (thrown instanceof GarbledAnswerError && failures >= 3) revision = ""
    const asked = thrown instanceof ApiError ? thrown.retryAfter : undefined
    return Math.max(wait, asked ?? 0)
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        while (revision === "" || refreshers.length > 0) await relist(signal)
        await watch(signal)
      } catch (thrown) {
        if (signal.aborted) return
        const wait = consider(thrown)
        if (wait > 0) await pause(clock, wait, signal)
      }
    }
  }

  return {
    get: key => held.get(key)?.value,
    *values() {
      for (const { value } of held.values()) yield value
    },
    size: () => held.size,
    state: () => ({ synced, installed, denied, lastError, staleSince }),
    learn: (raw, base) => {
      const known = held.get(identityOf(raw).key)
      if (known === undefined || known.resourceVersion !== base) return
      take(raw)
    },
    refresh: () =>
      new Promise(resolve => {
        refreshers.push(resolve)
        endWatch?.()
      }),
    run,
  }
}
