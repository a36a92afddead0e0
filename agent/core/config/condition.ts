/** metav1.Condition, as much of it as is written here. */
export type Condition = {
  readonly type: string
  readonly status: "True" | "False" | "Unknown"
  readonly reason: string
  readonly message: string
  /** RFC 3339 in UTC, whole seconds. */
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

/** The condition that each object of the configuration carries. */
export const validType = "Valid"

/** The longest message that the API takes, in characters. */
export const longestMessage = 32768

/**
 * A condition with the time at which its status last changed: that of the one written before while the status is the same.
 * `now` is in milliseconds since the epoch.
 */
export const conditionSince = (
  fresh: Omit<Condition, "lastTransitionTime">,
  before: readonly Condition[],
  now: number,
): Condition => {
  const earlier = before.find(({ type }) => type === fresh.type)
  const unchanged = earlier !== undefined && earlier.status === fresh.status && earlier.lastTransitionTime !== ""
  const lastTransitionTime = unchanged ? earlier.lastTransitionTime : `${new Date(now).toISOString().slice(0, 19)}Z`
  return { ...fresh, lastTransitionTime }
}

/** Lines up to the longest message; where some are left out, the last line counts them. */
export const messageOf = (lines: readonly string[], more: (count: number) => string): string => {
  const room = longestMessage - 100
  let length = 0
  const fitting = lines.filter(line => {
    length += line.length + 1
    return length <= room
  })
  const left = lines.length - fitting.length
  return [...fitting, ...(left === 0 ? [] : [more(left)])].join("\n")
}
