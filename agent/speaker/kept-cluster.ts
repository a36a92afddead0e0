import type { AnnounceInput } from "../core/announce/context.ts"
import { keptInput, readKeptInput } from "../core/announce/kept-input.ts"
import type { Clock, Timer } from "../ports/clock.ts"
import type { KeptFile } from "../ports/kept-file.ts"
import type { Log } from "../ports/log.ts"

/** What this node's speaker last read of the cluster, for a container that starts while the API is away. */
export type KeptCluster = {
  /** Undefined while the API may still be read, where nothing was kept, and once the cluster was read. */
  readonly input: () => AnnounceInput | undefined
  /** This is what was read now. */
  readonly keep: (read: () => AnnounceInput) => void
  readonly stop: () => void
}

/** The API has so long to answer before what was kept counts. */
const patience = 3_000
/** A thousand services make a megabyte, which is written in a few milliseconds. */
const writeEvery = 30_000
const firstWrite = 1_000

/** `onChange`: what was kept counts from now on. */
export const createKeptCluster = (
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  file: KeptFile | undefined,
  onChange: () => void,
): KeptCluster => {
  let kept: AnnounceInput | undefined
  let read: (() => AnnounceInput) | undefined
  let writing: Timer | undefined
  let wroteAt = Number.NEGATIVE_INFINITY
  let told = ""

  const waiting = clock.after(patience, () => {
    if (read !== undefined || file === undefined) return
    kept = readKeptInput(file.read())
    if (kept === undefined) return
    log.warn("the cluster cannot be read: what was known before the restart counts", { services: kept.services.length })
    onChange()
  })

  const write = () => {
    writing = undefined
    wroteAt = clock.monotonic()
    if (read === undefined) return
    const failure = file?.write(keptInput(read())) ?? ""
    if (failure !== "" && failure !== told) log.warn("what is known of the cluster is not kept", { error: failure })
    told = failure
  }

  return {
    input: () => kept,
    keep: now => {
      read = now
      kept = undefined
      if (file === undefined) return
      writing ??= clock.after(Math.max(firstWrite, wroteAt + writeEvery - clock.monotonic()), write)
    },
    stop: () => {
      waiting.cancel()
      writing?.cancel()
    },
  }
}
