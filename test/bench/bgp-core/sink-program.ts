/**
 * BGP peers that take everything, in a process of their own: one for each port from FIRST on, COUNT of them, on 127.0.0.1. Each line of
 * input, "count", is answered by one JSON line: for each peer the prefixes that it holds, the UPDATEs it got, and when the last came.
 *
 *   node sink-program.ts FIRST COUNT
 */
import { createServer, type Socket } from "node:net"
import { createInterface } from "node:readline"
import { type PrefixKey, prefixKey } from "../../../agent/core/bgp/rib/buckets.ts"
import { decodeUpdate } from "../../../agent/core/bgp/wire/decode-update.ts"
import { familyOf } from "../../../agent/core/bgp/wire/family.ts"
import { emptyFramer, push, take } from "../../../agent/core/bgp/wire/framer.ts"
import { encodeKeepalive, type Message, messageLimit } from "../../../agent/core/bgp/wire/message.ts"
import { encodeOpen } from "../../../agent/core/bgp/wire/open.ts"
import type { WireOptions } from "../../../agent/core/bgp/wire/update.ts"
import { type Account, peersAsn } from "./sink.ts"

const [first = 0, count = 0] = process.argv.slice(2).map(Number)
const options: WireOptions = { fourOctet: true, internal: false, families: ["IPv4"], extendedNextHop: [] }

type Sink = { readonly held: Set<PrefixKey>; updates: number; lastAt: number }
const sinks: Sink[] = []

const obey = (sink: Sink, socket: Socket, { type, body }: Message) => {
  if (type === "open") {
    const capabilities = [
      { kind: "multiprotocol", family: familyOf("IPv4") },
      { kind: "four-octet-as", asn: peersAsn },
    ] as const
    socket.write(encodeOpen({ asn: peersAsn, holdTime: 0, identifier: 0x0a000001, capabilities }))
    socket.write(encodeKeepalive())
  } else if (type === "update") {
    const reading = decodeUpdate(body, options)
    if (reading.outcome !== "good") throw new Error(`an UPDATE of the speaker is ${reading.outcome}`)
    sink.updates += 1
    sink.lastAt = performance.timeOrigin + performance.now()
    for (const prefix of reading.update.withdrawn) sink.held.delete(prefixKey(prefix))
    for (const prefix of reading.update.announced) sink.held.add(prefixKey(prefix))
  }
}

const serve = (sink: Sink) => (socket: Socket) => {
  let framer = emptyFramer()
  sink.held.clear()
  socket.on("data", (chunk: Buffer) => {
    framer = push(framer, chunk)
    for (;;) {
      const taken = take(framer, messageLimit.standard)
      if (!taken.ok) throw new Error("the speaker broke the stream")
      if (taken.value === undefined) return
      framer = taken.value.rest
      obey(sink, socket, taken.value.message)
    }
  })
  socket.on("error", () => socket.destroy())
}

for (let at = 0; at < count; at++) {
  const sink: Sink = { held: new Set(), updates: 0, lastAt: 0 }
  sinks.push(sink)
  createServer(serve(sink)).listen(first + at, "127.0.0.1")
}
createInterface({ input: process.stdin })
  .on("line", () => {
    const accounts: Account[] = sinks.map(({ held, updates, lastAt }) => ({ held: held.size, updates, lastAt }))
    process.stdout.write(`${JSON.stringify(accounts)}\n`)
  })
  .on("close", () => process.exit(0))
