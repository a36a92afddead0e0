/**
 * Runs in a network namespace, as heartbeat-child.ts starts it. `beat INTERVAL`: sends heartbeats from 10.77.0.1 to 10.77.0.2 and obeys
 * "block MS", "report", "send HEX", "close"; `hear`: prints one JSON line for each datagram that comes to 10.77.0.2; `watch`: the
 * same with an ear for heartbeats.
 */
import { createInterface } from "node:readline"
import { unsignedHeartbeat } from "../../agent/core/detector/expected.ts"
import { loadAddon } from "../../agent/native/addon.ts"
import type { Heartbeats, HeartbeatWatch } from "../../agent/ports/heartbeat.ts"
import { nativeHeartbeats } from "../../agent/ports/heartbeat-native.ts"
import { nativeInterfaces } from "../../agent/ports/interfaces-native.ts"
import type { ReceivedDatagram } from "../../agent/ports/link-socket.ts"
import { type NativeLinkSocket, nativeLinkSockets } from "../../agent/ports/link-socket-native.ts"

const port = 7946
const addon = loadAddon()
const index = nativeInterfaces(addon)
  .list()
  .find(({ name }) => name === "eth0")?.index
if (index === undefined) throw new Error("no eth0")
const sockets = nativeLinkSockets(addon)
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
const blockFor = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

const hear = () => {
  let last: number | undefined
  sockets.open(
    { interfaceIndex: index, address: "10.77.0.2", port },
    {
      received: ({ bytes, address, age }) => {
        const at = performance.now() - age
        say({ event: "beat", sequence: Buffer.from(bytes).readUIntBE(10, 6), address, gap: last && at - last, age })
        last = at
      },
      faulted: ({ code }) => say({ event: "fault", code }),
    },
  )
}

const beats = { node: "n1", link: "10.77.0.0/24", boot: 1_000, mac: "02:00:00:00:00:01" }
const keys = [new Uint8Array(32).fill(7)]

/** As the guard does, every 150 ms. */
const windOf = (heartbeats: Heartbeats<NativeLinkSocket>) => {
  heartbeats.wind()
  return setInterval(() => heartbeats.wind(), 100)
}

const beat = (interval: number) => {
  const socket = sockets.open(
    { interfaceIndex: index, address: "10.77.0.1", port },
    { received: () => undefined, faulted: ({ code }) => say({ event: "fault", code }) },
  )
  const heartbeats = nativeHeartbeats(addon, interval)
  heartbeats.setKeys(keys)
  heartbeats.aim([{ socket, address: "10.77.0.2", port, packet: unsignedHeartbeat(beats) }])
  const winding = windOf(heartbeats)
  createInterface({ input: process.stdin }).on("line", line => {
    const [command, value] = line.split(" ")
    if (command === "block") blockFor(Number(value))
    if (command === "report") say({ event: "report", steadyFor: heartbeats.steadyFor(), ...heartbeats.report() })
    if (command === "send") socket.send(Buffer.from(value ?? "", "hex"), "10.77.0.2", port)
    if (command === "close") {
      clearInterval(winding)
      heartbeats.stop()
      socket.close()
    }
  })
}

/** Tells what came to the socket and what to the ear; obeys "expect", "end", "last", "report" and "block MS". */
const watch = () => {
  const request = { interfaceIndex: index, address: "10.77.0.2", port }
  const heartbeats = nativeHeartbeats(addon, 50)
  heartbeats.setKeys(keys)
  const listener = (event: string) => ({
    received: ({ bytes, age }: ReceivedDatagram) => say({ event, hex: Buffer.from(bytes).toString("hex"), age }),
    faulted: ({ code }: { code: string }) => say({ event: "fault", code }),
  })
  const socket = sockets.open(request, listener("socket"))
  const ear = heartbeats.listen(socket, request, { ...listener("ear"), silent: () => say({ event: "silent" }) })
  let watched: HeartbeatWatch | undefined
  createInterface({ input: process.stdin }).on("line", line => {
    const [command, value] = line.split(" ")
    if (command === "expect") {
      const sequence = Number(value)
      watched = ear.expect({ packet: unsignedHeartbeat(beats), sequence, heardAgo: 0, silence: 150 })
    }
    if (command === "end") say({ event: "end", ...watched?.end() })
    if (command === "last") say({ event: "last", ...watched?.last() })
    if (command === "report") say({ event: "report", ...heartbeats.report() })
    if (command === "block") blockFor(Number(value))
  })
}

createInterface({ input: process.stdin }).on("close", () => process.exit())
if (process.argv[2] === "hear") hear()
else if (process.argv[2] === "watch") watch()
else beat(Number(process.argv[3]))
say({ event: "ready" })
