import type { Clock } from "./clock.ts"

export const logLevels = ["all", "debug", "info", "warn", "error", "none"] as const
export type LogLevel = (typeof logLevels)[number]

/** What a line carries besides its message. Values are printed as JSON, undefined ones are left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined | readonly string[]>>

export type Log = {
  readonly debug: (msg: string, fields?: LogFields) => void
  readonly info: (msg: string, fields?: LogFields) => void
  readonly warn: (msg: string, fields?: LogFields) => void
  readonly error: (msg: string, fields?: LogFields) => void
  /** The same log for another part of the program: `caller` names it in every line. */
  readonly from: (caller: string) => Log
}

type Sink = { readonly level: LogLevel; readonly clock: Clock; readonly write: (line: string) => void }

/**
 * One JSON object a line, keys in alphabetical order, always with `caller`, `level`, `msg` and `ts` (RFC 3339, UTC): the form
 * that MetalLB's own lines have, so that people's searches keep working.
 */
export const createLog = (sink: Sink, caller: string): Log => {
  const threshold = logLevels.indexOf(sink.level)
  const at = (level: "debug" | "info" | "warn" | "error") => {
    if (logLevels.indexOf(level) < threshold) return () => undefined
    return (msg: string, fields: LogFields = {}) => {
      const all: LogFields = { ...fields, caller, level, msg, ts: new Date(sink.clock.wall()).toISOString() }
      sink.write(`${JSON.stringify(all, Object.keys(all).sort())}\n`)
    }
  }
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    from: other => createLog(sink, other),
  }
}

/** What people and logs read of anything that was thrown, causes included. */
export const textOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown)
  const cause = thrown.cause === undefined ? "" : `: ${textOf(thrown.cause)}`
  return `${thrown.message}${cause}`
}
