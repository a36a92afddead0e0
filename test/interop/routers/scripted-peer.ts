import { once } from "node:events"
import { createServer, type Socket } from "node:net"
import { emptyFramer, push, take } from "../../../agent/core/bgp/wire/framer.ts"
import { encodeKeepalive, encodeMessage, type Message, messageLimit } from "../../../agent/core/bgp/wire/message.ts"
import { decodeNotification, type Notification } from "../../../agent/core/bgp/wire/notification.ts"
import { encodeOpen, type Open } from "../../../agent/core/bgp/wire/open.ts"
import { waitUntil } from "./patience.ts"

/** A peer that opens a session as it should, and from then on sends whatever bytes it is given. */
export type ScriptedPeer = {
  readonly port: number
  readonly send: (bytes: Uint8Array) => void
  readonly received: readonly Message[]
  /** The NOTIFICATION that the other side sent, once it did. */
  readonly notification: () => Promise<Notification>
  readonly isOpen: () => boolean
  readonly end: () => void
}

/** Listens on 127.0.0.1 and answers the first connection's OPEN with this one. */
export const startScriptedPeer = async (open: Open): Promise<ScriptedPeer> => {
  const received: Message[] = []
  let socket: Socket | undefined
  let framer = emptyFramer()
  const server = createServer(caller => {
    if (socket !== undefined) {
      caller.destroy()
      return
    }
    socket = caller
    caller.write(encodeOpen(open))
    caller.on("error", () => caller.destroy())
    caller.on("data", (bytes: Buffer) => {
      framer = push(framer, bytes)
      for (;;) {
        const taken = take(framer, messageLimit.extended)
        if (!taken.ok || taken.value === undefined) return
        framer = taken.value.rest
        received.push(taken.value.message)
        if (taken.value.message.type === "open") caller.write(encodeKeepalive())
      }
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the scripted peer has no port")
  return {
    port: address.port,
    send: bytes => void socket?.write(bytes),
    received,
    notification: async () => {
      const found = () => received.find(({ type }) => type === "notification")
      await waitUntil("a NOTIFICATION comes", () => found() !== undefined)
      const message = found()
      if (message === undefined) throw new Error("it went away")
      return decodeNotification(message.body)
    },
    isOpen: () => socket !== undefined && !socket.destroyed,
    end: () => {
      socket?.destroy()
      server.close()
    },
  }
}

/** An UPDATE of parts in hexadecimal: withdrawn routes, path attributes, announced routes. */
export const updateOf = (withdrawn: string, attributes: string, announced: string): Uint8Array => {
  const [gone, path, fresh] = [withdrawn, attributes, announced].map(text =>
    Buffer.from(text.replaceAll(" ", ""), "hex"),
  )
  if (gone === undefined || path === undefined || fresh === undefined) throw new Error("an UPDATE has three parts")
  const length = (part: Buffer) => Buffer.from([part.length >> 8, part.length & 255])
  return encodeMessage("update", Buffer.concat([length(gone), gone, length(path), path, fresh]))
}
