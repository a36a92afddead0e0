import type {
  BfdEar,
  BfdEarRequest,
  BfdLine,
  BfdLineRequest,
  BfdWireListener,
  StartBfdWire,
} from "../../ports/bfd-wire.ts"
import type { Clock, Millis, Timer } from "../../ports/clock.ts"
import { createEars, type Ears } from "./ears.ts"

/** A session's place on the wire: the socket that hears for it, perhaps with others, and its own line. */
export type Connection = { readonly ear: BfdEar; readonly line: BfdLine }

/** The thread that sends and hears, from the first session to the last, and the sockets of its sessions. */
export type Lines = {
  /** Starts the thread where there is none. Throws what the thread, `listen` or `open` throws. */
  readonly open: (ear: BfdEarRequest, line: Omit<BfdLineRequest, "ear">) => Connection
  readonly close: (connection: Connection) => void
  /** Ends the thread and all that is left of its sockets. */
  readonly end: () => void
}

/** The thread waits three times as long. */
const windEvery: Millis = 1_000

type Running = { readonly wire: ReturnType<StartBfdWire>; readonly ears: Ears; winding: Timer }

/** `lost`: so many packets came that some were not told of since the last call. */
export const createLines = (
  clock: Clock,
  startWire: StartBfdWire,
  listener: BfdWireListener,
  lost: (packets: number) => void,
): Lines => {
  let running: Running | undefined
  let dropped = 0

  const start = (): Running => {
    const wire = startWire(listener)
    const wind = () => {
      const report = wire.wind()
      if (report.dropped > dropped) lost(report.dropped - dropped)
      dropped = report.dropped
      if (running !== undefined) running.winding = clock.after(windEvery, wind)
    }
    dropped = 0
    running = { wire, ears: createEars(wire), winding: clock.after(windEvery, wind) }
    return running
  }

  return {
    open: (earRequest, lineRequest) => {
      const { wire, ears } = running ?? start()
      const ear = ears.take(earRequest)
      try {
        return { ear, line: wire.open({ ...lineRequest, ear }) }
      } catch (error) {
        ears.give(ear)
        throw error
      }
    },
    close: ({ ear, line }) => {
      line.close()
      running?.ears.give(ear)
    },
    end: () => {
      running?.winding.cancel()
      running?.wire.stop()
      running = undefined
    },
  }
}
