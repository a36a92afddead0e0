import { createServer, Socket } from "node:net"
import { addressBytes } from "../core/ip/bytes.ts"
import { formatAddress } from "../core/ip/format.ts"
import { parseAddress } from "../core/ip/parse.ts"
import { isLinkLocal } from "../core/net/ipv6.ts"
import type { Addon } from "../native/addon.ts"
import type { BgpTransport, DialRequest, EarRequest, Stream, StreamEnds, StreamListener } from "./bgp-transport.ts"
import type { Clock, Millis } from "./clock.ts"
import type { Interfaces } from "./interfaces.ts"
import { textOf } from "./log.ts"

/** A goodbye may wait so long for the other side to read it. */
const finishWithin: Millis = 2_000
/** Connections that others opened and that nobody has decided on, and those beyond the sessions' own; more are turned away. */
const mostCallers = 256
const nothing = new Uint8Array(0)

/** TCP sockets of the kernel: opened and prepared by the addon, run by Node. */
export const nativeBgpTransport = (addon: Addon, interfaces: Interfaces, clock: Clock): BgpTransport => ({
  dial: (request, listener) => {
    let socket: Socket
    try {
      socket = open(addon, interfaces, request)
    } catch (error) {
      return refused(clock, () => listener.closed(codeOf(error), textOf(error)))
    }
    socket.once("connect", () => {
      const ends = endsOf(socket)
      if (ends !== undefined) listener.connected(ends)
    })
    socket.connect({ host: zoned(request), port: request.port })
    return streamOn(socket, listener, clock)
  },
  listen: request => listen(addon, request, clock),
})

const open = (addon: Addon, interfaces: Interfaces, request: DialRequest): Socket => {
  const { to, from, device, leastTtl, password } = request
  const scope = device === undefined || from === undefined || !isLocal(from) ? 0 : indexOf(interfaces, device)
  const fd = addon.streamOpen(
    to.family === "IPv4" ? 4 : 6,
    Buffer.from(device ?? ""),
    leastTtl ?? 0,
    from === undefined ? nothing : addressBytes(from),
    0,
    scope,
  )
  try {
    if (password !== undefined) addon.streamKey(fd, addressBytes(to), password)
    return new Socket({ fd, readable: true, writable: true, manualStart: true } as { fd: number })
  } catch (error) {
    addon.streamClose(fd)
    throw error
  }
}

const isLocal = ({ family, value }: { family: string; value: bigint }): boolean =>
  family === "IPv6" && isLinkLocal(value)

const indexOf = (interfaces: Interfaces, name: string): number =>
  interfaces.list().find(link => link.name === name)?.index ?? 0

const zoned = ({ to, device }: DialRequest): string =>
  device !== undefined && isLocal(to) ? `${formatAddress(to)}%${device}` : formatAddress(to)

const refused = (clock: Clock, tell: () => void): Stream => {
  const timer = clock.after(0, tell)
  return { send: () => undefined, finish: async () => timer.cancel(), abort: () => timer.cancel() }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "EUNKNOWN"

/** A socket whose connection ended meanwhile has no descriptor any more. */
const secure = (addon: Addon, socket: Socket, leastTtl: number): string | undefined => {
  const fd = descriptorOf(socket)
  if (fd === undefined) return "the connection is closed already"
  try {
    const ttl = addon.streamSecure(fd, leastTtl)
    if (ttl >= leastTtl) return undefined
    return ttl === 0 ? "the TTL of its first packet is not known" : `its first packet has a TTL of ${ttl}`
  } catch (error) {
    return textOf(error)
  }
}

/** Node has no other way to the descriptor of a socket that it accepted. */
const descriptorOf = (socket: Socket): number | undefined => {
  const { _handle: handle } = socket as { readonly _handle?: { readonly fd?: unknown } | null }
  const fd = handle?.fd
  return typeof fd === "number" && fd >= 0 ? fd : undefined
}

/** The first end of a zone's text is the address: "fe80::1%eth0". */
const addressIn = (text: string | undefined) => parseAddress((text ?? "").split("%", 1)[0] ?? "")

const endsOf = (socket: Socket): StreamEnds | undefined => {
  const local = addressIn(socket.localAddress)
  const remote = addressIn(socket.remoteAddress)
  return local === undefined || remote === undefined ? undefined : { local, remote }
}

/** BOUNDED: what is read is handed on at once, and Node reads 64 KiB at a time; what is sent is bounded by whoever heeds `congested`. */
const streamOn = (socket: Socket, listener: StreamListener, clock: Clock): Stream => {
  let isOpen = true
  const end = (code: string, message: string) => {
    if (!isOpen) return
    isOpen = false
    socket.destroy()
    listener.closed(code, message)
  }
  socket.setNoDelay(true)
  socket.on("data", (bytes: Buffer) => {
    if (isOpen) listener.received(bytes)
  })
  socket.on("drain", () => {
    if (isOpen) listener.drained()
  })
  socket.on("error", error => end(codeOf(error), textOf(error)))
  socket.on("end", () => end("", ""))
  socket.on("close", () => end("", ""))
  return {
    send: bytes => {
      if (!isOpen || socket.write(bytes)) return
      // Told later, so that whoever sends is not called while it does.
      queueMicrotask(() => {
        if (isOpen && socket.writableNeedDrain) listener.congested()
      })
    },
    finish: () => {
      if (!isOpen) return Promise.resolve()
      isOpen = false
      return new Promise<void>(resolve => {
        const timer = clock.after(finishWithin, () => socket.destroy())
        socket.once("close", () => {
          timer.cancel()
          resolve()
        })
        socket.end()
        socket.resume()
      })
    },
    abort: () => {
      isOpen = false
      socket.destroy()
    },
  }
}

const listen = (addon: Addon, { family, port, device, called, failed }: EarRequest, clock: Clock) => {
  const any = new Uint8Array(family === "IPv4" ? 4 : 16)
  const fd = addon.streamOpen(family === "IPv4" ? 4 : 6, Buffer.from(device ?? ""), 0, any, port, 0)
  const answer = (socket: Socket) => {
    const ends = endsOf(socket)
    const refuse = () => void socket.destroy()
    socket.once("error", refuse)
    const zone = (socket.remoteAddress ?? "").split("%")[1]
    if (ends === undefined) refuse()
    else
      called({
        ...ends,
        device: zone,
        refuse,
        secure: leastTtl => secure(addon, socket, leastTtl),
        take: listener => {
          const stream = streamOn(socket, listener, clock)
          socket.resume()
          return stream
        },
      })
  }
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, answer)
  server.maxConnections = mostCallers
  server.on("error", error => failed(textOf(error)))
  server.listen({ fd })
  return {
    setPassword: (peer: DialRequest["to"], password: Uint8Array | undefined) =>
      addon.streamKey(fd, addressBytes(peer), password ?? nothing),
    close: () => void server.close(),
  }
}
