import type { Millis } from "./time.ts"

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** A duration as Go writes it ("1.5s", "1m30s", "0"), or undefined where the text is none. */
export const parseGoDuration = (text: string): Millis | undefined => {
  const [, sign, rest] = /^([+-]?)(.+)$/.exec(text) ?? []
  if (rest === undefined) return undefined
  if (rest === "0") return 0
  const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y
  let sum = 0
  while (part.lastIndex < rest.length) {
    const match = part.exec(rest)
    if (match === null) return undefined
    sum += Number(match[1]) * (units[match[2] ?? ""] ?? 0)
  }
  return sign === "-" ? -sum : sum
}
