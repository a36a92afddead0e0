import { formatAddress } from "../core/ip/format.ts"
import { parseAddress } from "../core/ip/parse.ts"
import type { IpFamily } from "../core/model.ts"
import { echoRequest, readEchoReply } from "../core/probe/echo.ts"
import {
  type EchoAsker,
  type EchoEffect,
  type EchoEvent,
  type EchoTarget,
  type EchoVerdict,
  echoAskerAtStart,
  echoStep,
} from "../core/probe/echo-asker.ts"
import type { Clock, Timer } from "../ports/clock.ts"
import type { EchoSocket, EchoSockets } from "../ports/echo.ts"
import { type Log, textOf } from "../ports/log.ts"
import type { Random } from "../ports/random.ts"

/** Asks for addresses behind routers by ICMP echo. */
export type Echoer = {
  /** `then` is called once. What is being asked for already is asked for once. */
  readonly ask: (target: EchoTarget, then: (verdict: EchoVerdict) => void) => void
  readonly stop: () => void
}

export type EchoListener = {
  /** Whether this node or another one of the cluster has the address. */
  readonly isOfNode: (address: string) => boolean
  /** Everything in a pool answers, so nothing is asked for there for an hour. */
  readonly off: (off: Extract<EchoEffect, { kind: "off" }>) => void
}

/** BOUNDED: by the addresses that are new and this node's to ask for. A socket is open while something is asked in its family. */
export const createEchoer = (
  edges: {
    readonly clock: Clock
    readonly random: Random
    readonly log: Log
    readonly echoSockets: EchoSockets
  },
  listener: EchoListener,
): Echoer => {
  const { clock, log } = edges
  const id = Math.floor(edges.random() * 0x10000)
  const sockets = new Map<IpFamily, EchoSocket>()
  /** By canonical text. */
  const waiting = new Map<string, ((verdict: EchoVerdict) => void)[]>()
  let state: EchoAsker = echoAskerAtStart
  let timer: Timer | undefined

  const socketFor = (family: IpFamily): EchoSocket | undefined => {
    const known = sockets.get(family)
    if (known !== undefined) return known
    try {
      const socket = edges.echoSockets.open(family, (bytes, from) => {
        if (readEchoReply(family, bytes)?.id === id) heard(from)
      })
      sockets.set(family, socket)
      return socket
    } catch (error) {
      log.warn("echo requests cannot be sent", { error: textOf(error) })
      return undefined
    }
  }

  const heard = (from: string) => {
    const address = parseAddress(from)
    if (address === undefined) return
    const text = formatAddress(address)
    take({ kind: "heard", address: text, byNode: waiting.has(text) && listener.isOfNode(text) })
  }

  /** Whoever stood still reads what has arrived before silence is taken for an answer. */
  const tick = () => {
    timer = clock.after(0, () => take({ kind: "tick" }))
  }

  const take = (event: EchoEvent) => {
    const now = clock.monotonic()
    const { next, effects, wakeAt } = echoStep(state, event, now)
    state = next
    timer?.cancel()
    timer = wakeAt === undefined ? undefined : clock.after(Math.max(0, wakeAt - now), tick)
    const refused: EchoEvent[] = []
    for (const effect of effects) {
      if (effect.kind === "off") listener.off(effect)
      else if (effect.kind === "verdict") conclude(effect)
      else if (!send(effect)) refused.push({ kind: "refused", address: formatAddress(effect.address) })
    }
    for (const refusal of refused) take(refusal)
    closeIdle()
  }

  /** False where no way leads there: then nobody is there either, as far as this node can tell. */
  const send = ({ address, sequence }: Extract<EchoEffect, { kind: "send" }>): boolean => {
    const socket = socketFor(address.family)
    return socket?.send(echoRequest(address.family, { id, sequence }), formatAddress(address)) === undefined
      ? socket !== undefined
      : false
  }

  const conclude = ({ address, verdict }: Extract<EchoEffect, { kind: "verdict" }>) => {
    const text = formatAddress(address)
    const all = waiting.get(text) ?? []
    waiting.delete(text)
    for (const then of all) then(verdict)
  }

  const closeIdle = () => {
    const busy = new Set([...state.subjects.values()].map(({ target }) => target.address.family))
    for (const [family, socket] of sockets) {
      if (busy.has(family)) continue
      socket.close()
      sockets.delete(family)
    }
  }

  return {
    ask: (target, then) => {
      const text = formatAddress(target.address)
      const known = waiting.get(text)
      waiting.set(text, [...(known ?? []), then])
      if (known === undefined) take({ kind: "ask", target })
    },
    stop: () => {
      timer?.cancel()
      waiting.clear()
      for (const socket of sockets.values()) socket.close()
      sockets.clear()
    },
  }
}
