import { down, type Say, type UpResult, up } from "./cluster.ts"

/** BOUNDED by the labs a program asks for: one, as a rule. */
const startedHere = new Map<string, Promise<boolean>>()

/** `up`, and whether it was this program that started the lab is kept: see `endOnSignals`. */
export const upFromHere = async (wish: Parameters<typeof up>[0], say: Say): Promise<UpResult> => {
  const rising = up(wish, say)
  const before = startedHere.get(wish.lab)
  const began = rising.then(
    ({ started }) => started,
    () => false,
  )
  startedHere.set(
    wish.lab,
    Promise.all([before, began]).then(all => all.includes(true)),
  )
  return rising
}

/**
 * Whoever stops this program by Ctrl-C or SIGTERM finds no lab of it left: what it started goes down, also when the start was under way, and the
 * program ends with 128 and the signal's number. A lab that ran before stays. A second signal does not wait.
 */
export const endOnSignals = (say: Say): void => {
  for (const [signal, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
  ] as const)
    process.once(signal, () => void end(128 + number, say))
}

const end = async (code: number, say: Say): Promise<never> => {
  for (const [lab, started] of startedHere) {
    try {
      if (!(await started)) continue
      say(`stopped; lab ${lab} is taken down`)
      await down(lab, { keep: false }, say)
    } catch (error) {
      say(`lab ${lab} was not taken down: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  process.exit(code)
}
