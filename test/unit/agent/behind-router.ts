import type { EchoSockets } from "../../../agent/ports/echo.ts"

/** Hosts behind a router that answer echo requests: those in `there`, or "all"; what was asked, and how many sockets are open. */
export const behindRouter = (...hosts: readonly string[]) => {
  const there = new Set(hosts)
  const asked: string[] = []
  let open = 0
  const echoSockets: EchoSockets = {
    open: (family, received) => {
      open += 1
      return {
        send: (bytes, to) => {
          asked.push(to)
          const reply = Buffer.from([0x45, ...new Array(19).fill(0), ...bytes])
          reply[20] = 0
          if (family === "IPv4" && (there.has("all") || there.has(to))) queueMicrotask(() => received(reply, to))
          return undefined
        },
        close: () => {
          open -= 1
        },
      }
    },
  }
  return { echoSockets, asked, there, open: () => open }
}
