import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fromRecord, toRecord } from "../../../agent/core/bgp/recording.ts"
import type { Route } from "../../../agent/core/bgp/rib/route.ts"
import type { SessionEvent } from "../../../agent/core/bgp/session/event.ts"
import type { Explained } from "../../../agent/core/bgp/session/explain.ts"
import type { SessionReport } from "../../../agent/core/bgp/session/report.ts"
import type { SessionStart } from "../../../agent/core/bgp/session/session.ts"
import type { SessionSettings } from "../../../agent/core/bgp/session/settings.ts"
import { type End, inside } from "./cable.ts"
import { resultsFolder } from "./results.ts"

export type SpeakerStart = {
  readonly settings: SessionSettings
  readonly origin: SessionStart
  readonly routes: readonly Route[]
  readonly password: string | undefined
  /** On port 179. */
  readonly listens: boolean
  /** Milliseconds between packets of BFD; undefined: without it. */
  readonly bfd: number | undefined
  /** A file that gets each event and effect. */
  readonly record: string | undefined
}

/** Events for the session; what it is then is answered. */
export type SpeakerCommand = { readonly events: readonly SessionEvent[]; readonly quit: boolean }

export type SpeakerLine =
  | { readonly line: "ready" }
  | { readonly line: "changed"; readonly from: string; readonly to: string; readonly reason: string }
  | { readonly line: "ended"; readonly explained: Explained }
  | { readonly line: "bfd"; readonly from: string; readonly to: string; readonly failure: boolean }
  | { readonly line: "log"; readonly text: string }
  | { readonly line: "report"; readonly session: SessionReport }

/** The speaker under test as a process of its own. */
export type Speaker = {
  readonly child: ChildProcess
  /** Everything it said, in order. */
  readonly lines: readonly SpeakerLine[]
  /** What the session is, after these events. */
  readonly tell: (...events: readonly SessionEvent[]) => Promise<SessionReport>
  readonly report: () => Promise<SessionReport>
  /** Tells the events, then ends the process. */
  readonly quit: (...events: readonly SessionEvent[]) => Promise<void>
  /** Ends it as a crash would. */
  readonly kill: () => Promise<void>
}

const compileCache = join(resultsFolder, "compiled")

/** In the namespace of an end of a cable, or in this one. */
export const startSpeaker = async (end: End | undefined, start: SpeakerStart): Promise<Speaker> => {
  const program = join(import.meta.dirname, "speaker-program.ts")
  const [enter = "", ...words] = [...(end === undefined ? [] : inside(end.namespace)), process.execPath]
  const child = spawn(enter, [...words, program, JSON.stringify(toRecord(start))], {
    stdio: ["pipe", "pipe", "inherit"],
    // Dozens of sources; the second process finds them compiled.
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  })
  const lines: SpeakerLine[] = []
  const ended = once(child, "exit")
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
  const waiting: PromiseWithResolvers<SessionReport>[] = []
  child.on("exit", code => {
    const error = new Error(`the speaker ended with ${code}`)
    reject(error)
    for (const one of waiting) one.reject(error)
  })
  createInterface({ input: child.stdout }).on("line", text => {
    const line = fromRecord(JSON.parse(text)) as SpeakerLine
    lines.push(line)
    if (line.line === "ready") resolve()
    if (line.line === "report") waiting.shift()?.resolve(line.session)
  })
  const say = (command: SpeakerCommand) => child.stdin.write(`${JSON.stringify(toRecord(command))}\n`)
  const tell = (...events: readonly SessionEvent[]) => {
    const answer = Promise.withResolvers<SessionReport>()
    waiting.push(answer)
    say({ events, quit: false })
    return answer.promise
  }
  await ready
  return {
    child,
    lines,
    tell,
    report: () => tell(),
    quit: async (...events) => {
      say({ events, quit: true })
      await ended
    },
    kill: async () => {
      child.kill("SIGKILL")
      if (child.exitCode === null && child.signalCode === null) await ended
    },
  }
}
