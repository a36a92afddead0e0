import { setTimeout as delay } from "node:timers/promises"

/** Milliseconds between two questions: each may start a program. */
const pace = 150

/**
 * Asks until it is so, several times a second for at most `limit` milliseconds. A question that throws is asked again: a daemon that has just begun has
 * no socket yet. Throws an Error that says what did not come, and why not.
 */
export const waitUntil = async (what: string, ask: () => boolean | Promise<boolean>, limit = 15_000): Promise<void> => {
  const end = Date.now() + limit
  let trouble: unknown
  for (;;) {
    try {
      if (await ask()) return
      trouble = undefined
    } catch (error) {
      trouble = error
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${limit} ms`, { cause: trouble })
    await delay(pace)
  }
}

/** That it stays so, asked several times a second for `time` milliseconds. Throws an Error that says what did not stay. */
export const staysSo = async (what: string, ask: () => boolean | Promise<boolean>, time: number): Promise<void> => {
  const end = Date.now() + time
  while (Date.now() < end) {
    if (!(await ask())) throw new Error(`${what}: not any more, ${end - Date.now()} ms before the end of ${time} ms`)
    await delay(pace)
  }
}
