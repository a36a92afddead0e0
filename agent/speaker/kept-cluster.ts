import type { AnnounceInput } from "../core/announce/context.ts"
import { keptInput, readKeptInput } from "../core/announce/kept-input.ts"
import type { Config } from "../core/config/model.ts"
import type { Clock, Timer } from "../ports/clock.ts"
import type { KeptFile } from "../ports/kept-file.ts"
import type { Log } from "../ports/log.ts"
import type { Metrics } from "../ports/metrics.ts"

/**
 * What this node's speaker last read of the cluster, for a container that starts while the API is away, or while an object of the
 * configuration is broken.
 */
export type KeptCluster = {
  /** Undefined while the API may still be read, where nothing was kept, and once the cluster was read. */
  readonly input: () => AnnounceInput | undefined
  /** The configuration that was in use before the restart; undefined where nothing was kept. */
  readonly config: () => Config | undefined
  /** This is what was read now. */
  readonly keep: (read: () => AnnounceInput) => void
  /** Keeps what was not written yet: the next container may find the API away. */
  readonly stop: () => void
}

/** The API has so long to answer before what was kept counts. */
const patience = 3_000
/** A thousand services make a megabyte, which is made and written in 15 ms; five thousand take 60 ms. */
const writeEvery = 30_000
const firstWrite = 1_000

/** `onChange`: what was kept counts from now on. */
export const createKeptCluster = (
  { clock, log, metrics }: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics },
  file: KeptFile | undefined,
  onChange: () => void,
): KeptCluster => {
  let kept: AnnounceInput | undefined
  let read: (() => AnnounceInput) | undefined
  let writing: Timer | undefined
  let wroteAt = Number.NEGATIVE_INFINITY
  let told = ""
  const failures = metrics.counter(
    "metallb_speaker_kept_cluster_failures_total",
    "Times that what is known of the cluster could not be kept for the next container.",
  )

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
    if (failure !== "") failures.add()
    if (failure !== "" && told === "")
      log.error("what is known of the cluster is not kept: a restart while the API is away begins with nothing", {
        error: failure,
      })
    told = failure
  }

  return {
    input: () => kept,
    config: () => (kept ?? readKeptInput(file?.read()))?.verdict.config,
    keep: now => {
      read = now
      kept = undefined
      if (file === undefined) return
      writing ??= clock.after(Math.max(firstWrite, wroteAt + writeEvery - clock.monotonic()), write)
    },
    stop: () => {
      waiting.cancel()
      if (writing === undefined) return
      writing.cancel()
      write()
    },
  }
}
