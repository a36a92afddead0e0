/** Prints a run as a story: a heading a scene, a line a fact, each with the time since the beginning. */
export type Story = {
  readonly scene: (title: string) => void
  readonly fact: (text: string) => void
  /** What a user typed, and what was printed, indented as a block. */
  readonly typed: (command: string, output?: string) => void
  /** Runs one step, printing what is waited for when it takes longer than a second, and how long it took. */
  readonly step: <T>(text: string, work: () => Promise<T>, told?: (value: T) => string) => Promise<T>
  readonly seconds: () => number
}

/** `now` in milliseconds, monotonic. */
export const story = (write: (text: string) => void, now: () => number): Story => {
  const began = now()
  const seconds = () => (now() - began) / 1000
  const stamp = () => `${seconds().toFixed(1).padStart(6)}s`
  const fact = (text: string) => write(`${stamp()}  ${text}\n`)
  const indent = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .map(line => `         ${line}\n`)
      .join("")
  return {
    scene: title => write(`\n${title}\n`),
    fact,
    typed: (command, output) => write(`${stamp()}  $ ${command}\n${output === undefined ? "" : indent(output)}`),
    step: async (text, work, told) => {
      const at = now()
      const patience = setTimeout(() => fact(`${text} …`), 1000)
      try {
        const value = await work()
        fact(`${text}: ${told?.(value) ?? "done"} (${((now() - at) / 1000).toFixed(1)}s)`)
        return value
      } finally {
        clearTimeout(patience)
      }
    },
    seconds,
  }
}
