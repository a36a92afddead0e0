import { Interrupted } from "../cli/failure.ts"
import type { Clock } from "../world.ts"

/**
 * The first Ctrl-C asks the command to stop where it is safe, the second one ends the process as the system would. The
 * listener stays in place between the two: the spinner's package ends the process by itself once it is the only one left.
 */
export const onInterrupt = (): AbortSignal => {
  const controller = new AbortController()
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    const listener = () => {
      if (!controller.signal.aborted) {
        controller.abort()
        return
      }
      process.off(name, listener)
      process.kill(process.pid, name)
    }
    process.on(name, listener)
  }
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
