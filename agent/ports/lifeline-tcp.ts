import { connect, type Socket } from "node:net"
import { magic } from "../core/detector/packet.ts"
import type { Clock, Millis } from "./clock.ts"
import type { LifelineState, Lifelines } from "./lifeline.ts"

/** A kernel on the same link answers within a millisecond; after this long it is not there. */
const patience: Millis = 200

export const tcpLifelines = (clock: Clock): Lifelines => ({
  open: (address, port, told) => {
    const socket = connect({ host: address, port, noDelay: true })
    let state: LifelineState | "opening" | "closed" = "opening"
    const tell = (next: LifelineState) => {
      if (state === "lost" || state === "refused" || state === "closed") return
      state = next
      told(next)
    }
    const timer = clock.after(patience, () => socket.destroy())
    socket.once("connect", () => {
      timer.cancel()
      socket.write(Uint8Array.of(magic))
      tell("accepted")
    })
    socket.once("error", error =>
      tell("code" in error && error.code === "ECONNREFUSED" && state === "opening" ? "refused" : "lost"),
    )
    // The other end sends nothing; reading is how its end is noticed.
    socket.resume()
    socket.once("end", () => socket.destroy())
    socket.once("close", () => {
      timer.cancel()
      tell("lost")
    })
    return {
      close: () => {
        state = "closed"
        timer.cancel()
        socket.destroy()
      },
    }
  },
})

/** The other end: keeps what a watcher opened until either process ends. BOUNDED by `most`; the oldest gives way. */
export const heldLifelines = (most = 64): { readonly hold: (socket: Socket) => void; readonly release: () => void } => {
  const held = new Set<Socket>()
  return {
    hold: socket => {
      const [oldest] = held
      if (held.size >= most && oldest !== undefined) oldest.destroy()
      held.add(socket)
      socket.resume()
      socket.once("error", () => socket.destroy())
      socket.once("close", () => held.delete(socket))
    },
    release: () => {
      for (const socket of held) socket.destroy()
    },
  }
}
