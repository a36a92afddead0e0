import { Interrupted } from "../cli/failure.ts"
import type { Clock } from "../world.ts"

/** The first Ctrl-C asks the command to stop where it is safe, the second one ends the process as the system would. */
export const onInterrupt = (): AbortSignal => {
  const controller = new AbortController()
  const first = () => controller.abort()
  process.once("SIGINT", first)
  process.once("SIGTERM", first)
  return controller.signal
}

export const realClock = (interrupted: AbortSignal): Clock => ({
  now: () => Date.now(),
  sleep: milliseconds =>
    new Promise((resolve, reject) => {
      if (interrupted.aborted) {
        reject(new Interrupted())
        return
      }
      const stop = () => {
        clearTimeout(timer)
        reject(new Interrupted())
      }
      const timer = setTimeout(() => {
        interrupted.removeEventListener("abort", stop)
        resolve()
      }, milliseconds)
      interrupted.addEventListener("abort", stop, { once: true })
    }),
})
