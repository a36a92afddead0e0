/**
 * The speaker under test, in a network namespace: one session of the agent on the agent's own sockets. The argument is its start as a
 * recording writes it; commands come as JSON lines, and what happens goes out as JSON lines.
 */
import { randomInt } from "node:crypto"
import { appendFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { fromRecord, toRecord } from "../../../agent/core/bgp/recording.ts"
import { sessionReport } from "../../../agent/core/bgp/session/report.ts"
import type { Place } from "../../../agent/core/bgp/session/settings.ts"
import { loadAddon } from "../../../agent/native/addon.ts"
import { nativeBfdWire } from "../../../agent/ports/bfd-wire-native.ts"
import { nativeBgpTransport } from "../../../agent/ports/bgp-transport-native.ts"
import { realClock } from "../../../agent/ports/clock.ts"
import { kernelForwards } from "../../../agent/ports/forwarding.ts"
import { nativeInterfaces } from "../../../agent/ports/interfaces-native.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { createMetrics } from "../../../agent/ports/metrics.ts"
import { nativeMulticastGroups } from "../../../agent/ports/multicast-groups-native.ts"
import { nativePacketSockets } from "../../../agent/ports/packet-socket-native.ts"
import { realRandom } from "../../../agent/ports/random.ts"
import { createBfd } from "../../../agent/speaker/bfd/bfd.ts"
import { linksOf } from "../../../agent/speaker/bfd/links.ts"
import { addressesBeside } from "../../../agent/speaker/bgp/addresses.ts"
import { createBgpEars } from "../../../agent/speaker/bgp/ears.ts"
import { createGreeters } from "../../../agent/speaker/bgp/greeters.ts"
import { startRunner } from "../../../agent/speaker/bgp/runner.ts"
import type { SpeakerCommand, SpeakerStart } from "./speaker.ts"

const start = fromRecord(JSON.parse(process.argv[2] ?? "")) as SpeakerStart
const { settings, origin, record: file } = start
const addon = loadAddon()
const interfaces = nativeInterfaces(addon)
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(toRecord(line))}\n`)
const log = createLog({ level: "warn", clock: realClock, write: line => say({ line: "log", text: line }) }, "speaker")
const transport = nativeBgpTransport(addon, interfaces, realClock)
const password = async () => Buffer.from(start.password ?? "")
const began = realClock.monotonic()

const record = (line: object) => {
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`)
}

record({ at: 0, event: toRecord({ kind: "create", settings, start: origin }) })
const runner = startRunner(
  {
    // A recording begins at 0.
    clock: { ...realClock, monotonic: () => realClock.monotonic() - began },
    transport,
    password,
    addressesBeside: (local, where) => addressesBeside(local, where, interfaces.list()),
    stepped: (event, at, effects) => {
      record({ at: Math.round(at * 1e3) / 1e3, event: toRecord(event) })
      for (const effect of effects) record({ effect: toRecord(effect) })
    },
  },
  settings,
  origin,
  {
    changed: ({ from, to, reason }) => say({ line: "changed", from, to, reason }),
    failed: ({ explained }) => say({ line: "ended", explained }),
    malformed: () => undefined,
  },
)

const ears = start.listens
  ? createBgpEars({ clock: realClock, log, transport, password }, 179, caller => runner.accept(caller))
  : undefined

const bfd = createBfd(
  {
    clock: realClock,
    startWire: nativeBfdWire(addon, realClock, realRandom),
    links: () => linksOf(interfaces.list()),
    forwards: kernelForwards,
    newDiscriminator: () => randomInt(1, 2 ** 32),
  },
  {
    changed: ({ from, to, failure }) => {
      say({ line: "bfd", from, to, failure })
      if (failure) runner.feed({ kind: "bfd-down" })
    },
    trouble: (what, facts) => log.warn(what, { facts: JSON.stringify(facts) }),
  },
)

const watch = (place: Place | undefined) => {
  if (place === undefined) return
  const { address, device } = place
  ears?.expect([{ peer: settings.peer, address, vrf: "", password: settings.password }])
  if (start.bfd === undefined) return
  const profile = {
    name: "test",
    source: "resource",
    receiveInterval: start.bfd,
    transmitInterval: start.bfd,
    detectMultiplier: 3,
    echoInterval: 50,
    echoMode: false,
    passiveMode: false,
    minimumTtl: 254,
  } as const
  bfd.setSessions([
    { name: settings.peer, peer: address, interface: device, local: undefined, vrf: "", multihop: false, profile },
  ])
}

const { endpoint } = settings
if (endpoint.kind === "interface") {
  const greeters = createGreeters(
    {
      packetSockets: nativePacketSockets(addon),
      multicastGroups: nativeMulticastGroups(addon),
      clock: realClock,
      random: realRandom,
      metrics: createMetrics(),
      log,
    },
    {
      found: (_name, place) => {
        runner.feed({ kind: "place", place })
        watch(place)
      },
      told: (_name, reason) => say({ line: "log", text: reason }),
    },
  )
  greeters.want([endpoint.name], interfaces.list())
} else watch(runner.session().place)

createInterface({ input: process.stdin })
  .on("line", async text => {
    const { events, quit } = fromRecord(JSON.parse(text)) as SpeakerCommand
    for (const event of events) runner.feed(event)
    say({ line: "report", session: sessionReport(runner.session()) })
    if (!quit) return
    // As the speaker does it: the session first, then BFD.
    await runner.parted()
    await bfd.stop()
    process.exit()
  })
  .on("close", () => process.exit())

runner.feed({ kind: "table", routes: start.routes })
runner.feed({ kind: "complete" })
runner.feed({ kind: "start" })
say({ line: "ready" })
