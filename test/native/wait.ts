import { setTimeout as delay } from "node:timers/promises"

/** Asks until the answer is not undefined, every 20 ms for at most 10 s. Throws an Error that says what did not come. */
export const waitFor = async <T>(what: string, ask: () => T | undefined): Promise<T> => {
  const end = Date.now() + 10_000
  for (;;) {
    const answer = ask()
    if (answer !== undefined) return answer
    if (Date.now() > end) throw new Error(`${what}: not within 10 s`)
    await delay(20)
  }
}
