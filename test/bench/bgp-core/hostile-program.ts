/**
 * A BGP peer on 127.0.0.1 that opens a session as it should and then attacks, in a process of its own. Prints a line once it listens, and
 * one JSON line, an `Aftermath`, when the other side ended the connection. Serves one connection.
 *
 *   node hostile-program.ts PORT ATTACK
 */
import { createServer, type Socket } from "node:net"
import { setTimeout as pass } from "node:timers/promises"
import { familyOf } from "../../../agent/core/bgp/wire/family.ts"
import { emptyFramer, push, take } from "../../../agent/core/bgp/wire/framer.ts"
import { encodeKeepalive, messageLimit } from "../../../agent/core/bgp/wire/message.ts"
import { decodeNotification } from "../../../agent/core/bgp/wire/notification.ts"
import { encodeOpen } from "../../../agent/core/bgp/wire/open.ts"
import { attacks } from "./attacks.ts"
import type { Aftermath } from "./hostile.ts"
import { peersAsn } from "./sink.ts"

const [port = "", name = ""] = process.argv.slice(2)
const attack = attacks[name]
if (attack === undefined) throw new Error(`no attack is called ${name}`)

/** Seconds: the least that RFC 4271 allows, so that silence is found soon. */
const holdTime = 3

const strike = async (socket: Socket) => {
  for (const piece of attack.pieces()) {
    if (socket.destroyed) return
    if (attack.pause > 0) await pass(attack.pause)
    if (!socket.write(piece)) await new Promise(resolve => socket.once("drain", resolve).once("close", resolve))
  }
}

const server = createServer(socket => {
  server.close()
  let framer = emptyFramer()
  let began = 0
  let notification = ""
  const capabilities = [
    { kind: "multiprotocol", family: familyOf("IPv4") },
    { kind: "four-octet-as", asn: peersAsn },
  ] as const
  socket.write(encodeOpen({ asn: peersAsn, holdTime, identifier: 0x0a000002, capabilities }))
  socket.on("data", (chunk: Buffer) => {
    framer = push(framer, chunk)
    for (;;) {
      const taken = take(framer, messageLimit.standard)
      if (!taken.ok) throw new Error("the speaker broke the stream")
      if (taken.value === undefined) return
      framer = taken.value.rest
      const { type, body } = taken.value.message
      if (type === "open") socket.write(encodeKeepalive())
      if (type === "keepalive" && began === 0) {
        began = performance.now()
        void strike(socket)
      }
      if (type === "notification") {
        const { code, subcode } = decodeNotification(body)
        notification = `${code}/${subcode}`
      }
    }
  })
  // What it still sends to a connection that is closed is answered by a reset, after the NOTIFICATION.
  socket.on("error", () => socket.destroy())
  socket.on("close", () => {
    const aftermath: Aftermath = { notification, ms: performance.now() - began }
    process.stdout.write(`${JSON.stringify(aftermath)}\n`, () => process.exit(0))
  })
})
server.listen(Number(port), "127.0.0.1", () => process.stdout.write("listening\n"))
process.stdin.resume().on("end", () => process.exit(0))
