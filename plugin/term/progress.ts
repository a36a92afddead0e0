import type { Clock } from "../world.ts"
import type { Spinner } from "./spinner.ts"

/** What one look at the cluster found: there, not yet and what is missing, or never and why. */
export type Look<T> =
  | { readonly state: "done"; readonly value: T }
  | { readonly state: "waiting"; readonly missing: string }
  | { readonly state: "hopeless"; readonly error: Error }

export type Step<T> = {
  readonly look: () => Promise<Look<T>>
  /** Time to give up, in milliseconds since the epoch; the first look always happens. */
  readonly deadline: number
  /** Between two looks, in milliseconds. */
  readonly every: number
}

export type Stepped<T> =
  | { readonly ok: true; readonly value: T; readonly tookMs: number }
  | { readonly ok: false; readonly missing: string; readonly tookMs: number }

export type Progress = {
  /** Looks until it is done or time is up, and says meanwhile what is missing. Rethrows the error of a hopeless look. */
  readonly step: <T>(step: Step<T>) => Promise<Stepped<T>>
}

export type ProgressSettings = {
  readonly clock: Clock
  /** Makes a spinner where the terminal has one. */
  readonly spinner: (() => Spinner) | undefined
  /** Says a line where there is no spinner: what is missing, when it changes and as a sign of life. */
  readonly line: (text: string) => void
}

const signOfLifeMs = 30_000
const quietStartMs = 300
const betweenLinesMs = 1000

/** Commands never see a spinner: this is the one place that shows how far a wait is. */
export const createProgress = ({ clock, spinner: makeSpinner, line }: ProgressSettings): Progress => ({
  step: async ({ look, deadline, every }) => {
    const began = clock.now()
    const spinner = makeSpinner?.()
    let said = ""
    let saidAt = began
    const show = (missing: string) => {
      if (spinner !== undefined) {
        spinner.show(missing)
        return
      }
      const isFirst = said === ""
      const rest = isFirst ? quietStartMs : missing === said ? signOfLifeMs : betweenLinesMs
      if (clock.now() - saidAt < rest) return
      said = missing
      saidAt = clock.now()
      line(missing)
    }
    try {
      for (;;) {
        const seen = await look()
        const tookMs = clock.now() - began
        if (seen.state === "done") return { ok: true, value: seen.value, tookMs }
        if (seen.state === "hopeless") throw seen.error
        if (clock.now() >= deadline) return { ok: false, missing: seen.missing, tookMs }
        show(seen.missing)
        await clock.sleep(Math.min(every, Math.max(1, deadline - clock.now())))
      }
    } finally {
      spinner?.stop()
    }
  },
})
