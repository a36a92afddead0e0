/**
 * Runs in a network namespace of heartbeat.test.ts. `beat INTERVAL`: sends heartbeats from 10.77.0.1 to 10.77.0.2 and obeys
 * "block MS", "hog MS", "report", "close"; `hear`: prints one JSON line for each datagram that comes to 10.77.0.2.
 */
import { createInterface } from "node:readline"
import { loadAddon } from "../../agent/native/addon.ts"
import { realClock } from "../../agent/ports/clock.ts"
import { nativeHeartbeats } from "../../agent/ports/heartbeat-native.ts"
import { nativeInterfaces } from "../../agent/ports/interfaces-native.ts"
import { nativeLinkSockets } from "../../agent/ports/link-socket-native.ts"

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
        say({ event: "beat", sequence: Buffer.from(bytes).readUInt32BE(), address, gap: last && at - last, age })
        last = at
      },
      faulted: ({ code }) => say({ event: "fault", code }),
    },
  )
}

const beat = (interval: number) => {
  const socket = sockets.open(
    { interfaceIndex: index, address: "10.77.0.1", port },
    { received: () => undefined, faulted: ({ code }) => say({ event: "fault", code }) },
  )
  const heartbeats = nativeHeartbeats(addon, realClock, interval)
  let sequence = 0
  const seal = () => {
    sequence += 1
    const bytes = new Uint8Array(80)
    new DataView(bytes.buffer).setUint32(0, sequence)
    return bytes
  }
  heartbeats.aim([{ socket, address: "10.77.0.2", port, seal }])
  createInterface({ input: process.stdin }).on("line", line => {
    const [command, value] = line.split(" ")
    if (command === "block") blockFor(Number(value))
    if (command === "report") say({ event: "report", ...heartbeats.report() })
    if (command === "close") {
      heartbeats.stop()
      socket.close()
    }
  })
}

createInterface({ input: process.stdin }).on("close", () => process.exit())
if (process.argv[2] === "hear") hear()
else beat(Number(process.argv[3]))
say({ event: "ready" })
