import { connect, createServer, type Socket } from "node:net"
import type { PacketCrypto } from "../core/crypto.ts"
import type { Endpoint } from "../core/membership/endpoint.ts"
import { encodeStreamMessage } from "../core/membership/wire/encode.ts"
import type { Envelope } from "../core/membership/wire/envelope.ts"
import type { WireFault } from "../core/membership/wire/fault.ts"
import type { StreamMessage } from "../core/membership/wire/message.ts"
import { sealStream } from "../core/membership/wire/stream.ts"
import type { Clock, Millis } from "./clock.ts"
import { readMessage } from "./membership-stream.ts"

export type TcpHandlers = {
  /** Somebody sent a message; `stream` is answered or closed exactly once. */
  readonly onRequest: (stream: number, from: Endpoint, message: StreamMessage) => void
  /** A dialled connection ended: with an answer, with all sent that was to be sent, or without. */
  readonly onReply: (exchange: number, message: StreamMessage) => void
  readonly onHangup: (exchange: number, sent: boolean) => void
  readonly onFault: (fault: WireFault, from: Endpoint) => void
  readonly onError: (error: Error) => void
}

/** What shares the port with the protocol: packets and connections that begin with a byte which no message has. */
export type Neighbour = {
  readonly firstByte: number
  readonly onPacket: (bytes: Uint8Array, from: Endpoint) => void
  /** The connection is the neighbour's from then on; `first` is what it has brought so far. */
  readonly onConnection: (socket: Socket, first: Uint8Array) => void
}

export type TcpOptions = {
  readonly bind: Endpoint
  /** Asked for at every use, because keys change. */
  readonly envelope: () => Envelope
  readonly crypto: PacketCrypto
  readonly clock: Clock
  readonly neighbour: Neighbour | undefined
  /** How long a connection that others opened may take. */
  readonly timeout: Millis
}

export type Dial = {
  readonly exchange: number
  readonly to: Endpoint
  /** Encoded, not yet sealed. */
  readonly message: Uint8Array
  readonly expectsReply: boolean
  readonly within: Millis
}

export type Tcp = {
  readonly dial: (dial: Dial) => void
  readonly answer: (stream: number, message: Uint8Array) => void
  readonly closeStream: (stream: number) => void
  readonly close: () => Promise<void>
}

/** Connections that others opened, at one time; the next ones wait in the kernel's queue or are refused. */
const mostStreams = 128

/** Listens on one address. Rejects with the system's error where that cannot be had. */
export const openTcp = (options: TcpOptions, handlers: TcpHandlers): Promise<Tcp> =>
  new Promise((resolve, reject) => {
    const { bind, crypto, clock } = options
    // BOUNDED by mostStreams; those of the protocol also by the time that each one has.
    const accepted = new Set<Socket>()
    // BOUNDED: some of the accepted.
    const streams = new Map<number, Socket>()
    // BOUNDED by the exchanges that the protocol opens.
    const dialled = new Set<Socket>()
    let count = 0

    const accept = (socket: Socket) => {
      const timer = clock.after(options.timeout, () => socket.destroy())
      accepted.add(socket)
      socket.on("error", () => socket.destroy())
      socket.once("close", () => {
        timer.cancel()
        accepted.delete(socket)
      })
      socket.once("data", (first: Buffer) => {
        const { neighbour } = options
        if (neighbour === undefined || first[0] !== neighbour.firstByte) {
          request(socket, first)
          return
        }
        timer.cancel()
        neighbour.onConnection(socket, first)
      })
    }

    const request = (socket: Socket, first: Uint8Array) => {
      count += 1
      const stream = count
      const from = { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 }
      streams.set(stream, socket)
      socket.once("close", () => streams.delete(stream))
      readMessage(socket, first, "opener", options.envelope(), crypto, ending => {
        if (ending.kind === "message") handlers.onRequest(stream, from, ending.message)
        else if (ending.kind === "broken") socket.destroy()
        else {
          handlers.onFault(ending.fault, from)
          answer(stream, encodeStreamMessage({ kind: "error", text: ending.fault }))
        }
      })
    }

    const answer = (stream: number, message: Uint8Array) =>
      streams.get(stream)?.end(sealStream(message, "answerer", options.envelope(), crypto))

    const dial = ({ exchange, to, message, expectsReply, within }: Dial) => {
      const socket = connect({ host: to.address, port: to.port, noDelay: true })
      dialled.add(socket)
      let open = true
      const end = (report: () => void) => {
        if (!open) return
        open = false
        timer.cancel()
        dialled.delete(socket)
        report()
        socket.destroy()
      }
      const hangup = (sent: boolean) => end(() => handlers.onHangup(exchange, sent))
      const timer = clock.after(within, () => hangup(false))
      socket.on("error", () => hangup(false))
      socket.once("connect", () => {
        const sealed = sealStream(message, "opener", options.envelope(), crypto)
        if (expectsReply) socket.write(sealed)
        else socket.end(sealed, () => hangup(true))
      })
      if (!expectsReply) return
      readMessage(socket, new Uint8Array(0), "answerer", options.envelope(), crypto, ending => {
        if (ending.kind === "message") end(() => handlers.onReply(exchange, ending.message))
        else {
          if (ending.kind === "fault") handlers.onFault(ending.fault, to)
          hangup(false)
        }
      })
    }

    const server = createServer({ noDelay: true, allowHalfOpen: true }, accept)
    server.maxConnections = mostStreams
    server.once("error", reject)
    server.listen({ host: bind.address, port: bind.port, ipv6Only: true }, () => {
      server.off("error", reject)
      server.on("error", handlers.onError)
      resolve({
        dial,
        answer,
        closeStream: stream => streams.get(stream)?.end(),
        close: () =>
          new Promise<void>(done => {
            server.close(() => done())
            for (const socket of [...accepted, ...dialled]) socket.destroy()
          }),
      })
    })
  })
