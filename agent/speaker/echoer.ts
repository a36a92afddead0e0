import type { Address } from "../core/ip/address.ts"
import { formatAddress } from "../core/ip/format.ts"
import type { IpFamily } from "../core/model.ts"
import { echoRequest, readEchoReply } from "../core/probe/echo.ts"
import type { Clock, Timer } from "../ports/clock.ts"
import type { EchoSocket, EchoSockets } from "../ports/echo.ts"
import { type Log, textOf } from "../ports/log.ts"
import type { Random } from "../ports/random.ts"

/** "answered": a machine has the address. "unknown": nothing could be sent. */
export type EchoVerdict = "answered" | "silent" | "unknown"

/** Asks for addresses behind routers by ICMP echo. */
export type Echoer = {
  /** Asked for and not concluded yet. */
  readonly asks: (address: string) => boolean
  readonly ask: (address: Address, then: (verdict: EchoVerdict) => void) => void
  readonly stop: () => void
}

const requests = 3
const requestEvery = 200
/** From the last request on; a way around half the earth and back takes 0.3 s. */
const patience = 600

/** BOUNDED: by the addresses that are new and this node's. A socket is open while something is asked in its family. */
export const createEchoer = (edges: {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly echoSockets: EchoSockets
}): Echoer => {
  const { clock, log } = edges
  const id = Math.floor(edges.random() * 0x10000)
  const sockets = new Map<IpFamily, EchoSocket>()
  const running = new Map<
    string,
    { readonly family: IpFamily; timer: Timer | undefined; readonly end: (v: EchoVerdict) => void }
  >()

  const socketFor = (family: IpFamily): EchoSocket | undefined => {
    const known = sockets.get(family)
    if (known !== undefined) return known
    try {
      const socket = edges.echoSockets.open(family, (bytes, from) => {
        if (readEchoReply(family, bytes)?.id === id) running.get(from)?.end("answered")
      })
      sockets.set(family, socket)
      return socket
    } catch (error) {
      log.warn("echo requests cannot be sent", { error: textOf(error) })
      return undefined
    }
  }

  const finish = (text: string, family: IpFamily) => {
    running.get(text)?.timer?.cancel()
    running.delete(text)
    if ([...running.values()].some(one => one.family === family)) return
    sockets.get(family)?.close()
    sockets.delete(family)
  }

  return {
    asks: address => running.has(address),
    ask: (address, then) => {
      const text = formatAddress(address)
      const { family } = address
      if (running.has(text)) return
      const end = (verdict: EchoVerdict) => {
        finish(text, family)
        then(verdict)
      }
      const one = { family, timer: undefined as Timer | undefined, end }
      running.set(text, one)
      let sent = 0
      const next = (sequence: number) => {
        if (sequence === requests) {
          one.timer = clock.after(patience - requestEvery, () => end(sent > 0 ? "silent" : "unknown"))
          return
        }
        const fault = socketFor(family)?.send(echoRequest(family, { id, sequence }), text)
        // No way leads there: then nobody is there either, as far as this node can tell.
        if (fault === undefined && sockets.has(family)) sent += 1
        one.timer = clock.after(requestEvery, () => next(sequence + 1))
      }
      next(0)
    },
    stop: () => {
      for (const { timer } of running.values()) timer?.cancel()
      running.clear()
      for (const socket of sockets.values()) socket.close()
      sockets.clear()
    },
  }
}
