import type { Ora } from "ora"

export type Spinner = { readonly show: (text: string) => void; readonly stop: () => void }

/** A spinner on stderr. It appears after `delayMs`, so that what is quick shows only its result. */
export const createSpinner = (colour: boolean, unicode: boolean, delayMs: number): Spinner => {
  let text = ""
  let spinner: Ora | undefined
  let stopped = false
  const begin = async () => {
    const { default: ora } = await import("ora")
    if (stopped) return
    spinner = ora({
      text,
      stream: process.stderr,
      // stdin stays ours: a manifest may still be read from it, or an answer.
      discardStdin: false,
      isEnabled: true,
      spinner: unicode ? "dots" : "line",
      ...(colour ? { color: "cyan" } : { color: false }),
    }).start()
  }
  const timer = setTimeout(() => void begin(), delayMs)
  return {
    show: next => {
      text = next
      if (spinner !== undefined) spinner.text = next
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
      spinner?.stop()
    },
  }
}
