import { setTimeout as pause } from "node:timers/promises"

export type Patience = { readonly timeoutMs?: number; readonly everyMs?: number }

/**
 * Asks again until the answer is something other than undefined, false, null, "" or 0, and gives that answer.
 * A question that throws counts as "not yet"; the Error after `timeoutMs` (default 60 s) says what was waited for,
 * and the last answer or error.
 */
export async function pollUntil<T>(
  what: string,
  question: () => T | Promise<T>,
  { timeoutMs = 60_000, everyMs = 20 }: Patience = {},
): Promise<NonNullable<T>> {
  const end = performance.now() + timeoutMs
  for (;;) {
    let last: string
    try {
      const answer = await question()
      if (answer) return answer
      last = `last answer: ${JSON.stringify(answer)}`
    } catch (error) {
      if (error instanceof GiveUp) throw error
      last = `last error: ${error instanceof Error ? error.message : String(error)}`
    }
    if (performance.now() >= end) throw new Error(`not within ${timeoutMs / 1000} s: ${what} (${last})`)
    await pause(everyMs)
  }
}

/** Thrown by a question to say that waiting longer is of no use. */
export class GiveUp extends Error {}
