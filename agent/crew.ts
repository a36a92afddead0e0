/** Work that begins while the whole runs already, or waits for its beginning. */
export type Crew = {
  /** Begins now, or with the crew. The answer ends this member alone. */
  readonly start: (member: (signal: AbortSignal) => Promise<void>) => () => void
  /** Runs until the signal aborts, and resolves when the last member has ended. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** BOUNDED by whoever starts members: an entry each until it ends. */
export const createCrew = (): Crew => {
  const members = new Map<AbortController, (signal: AbortSignal) => Promise<void>>()
  const ends = new Set<Promise<void>>()
  let running = false

  const begin = (control: AbortController, member: (signal: AbortSignal) => Promise<void>) => {
    const end = member(control.signal).then(() => {
      ends.delete(end)
      members.delete(control)
    })
    ends.add(end)
  }
  return {
    start: member => {
      const control = new AbortController()
      members.set(control, member)
      if (running) begin(control, member)
      return () => {
        members.delete(control)
        control.abort()
      }
    },
    run: async signal => {
      running = true
      for (const [control, member] of members) begin(control, member)
      await new Promise<void>(resolve => {
        if (signal.aborted) resolve()
        else signal.addEventListener("abort", () => resolve(), { once: true })
      })
      running = false
      for (const control of members.keys()) control.abort()
      await Promise.all(ends)
    },
  }
}
