/**
 * BGP in a network namespace, as the speaker runs it. The argument is its start as JSON; prints one JSON line for each change, and
 * obeys lines of JSON: {"peers": […]}, {"routes": […]}, {"status": true}, {"stop": "leave"}.
 */
import { randomInt } from "node:crypto"
import { createInterface } from "node:readline"
import { toRecord } from "../../agent/core/bgp/recording.ts"
import { plainAttributes, routeAttributes } from "../../agent/core/bgp/rib/route.ts"
import { sessionReport } from "../../agent/core/bgp/session/report.ts"
import { type BgpPeer, noBgp } from "../../agent/core/config/bgp/model.ts"
import { parseAddress } from "../../agent/core/ip/parse.ts"
import { phraseOf } from "../../agent/core/sentence.ts"
import { loadAddon } from "../../agent/native/addon.ts"
import { nativeBfdWire } from "../../agent/ports/bfd-wire-native.ts"
import { nativeBgpTransport } from "../../agent/ports/bgp-transport-native.ts"
import { realClock } from "../../agent/ports/clock.ts"
import { kernelForwards } from "../../agent/ports/forwarding.ts"
import { nativeInterfaces } from "../../agent/ports/interfaces-native.ts"
import { createLog } from "../../agent/ports/log.ts"
import { createMetrics } from "../../agent/ports/metrics.ts"
import { nativeMulticastGroups } from "../../agent/ports/multicast-groups-native.ts"
import { nativePacketSockets } from "../../agent/ports/packet-socket-native.ts"
import { realRandom } from "../../agent/ports/random.ts"
import { createBgp } from "../../agent/speaker/bgp/bgp.ts"
import type { BgpCommand, BgpStart, PeerText } from "./bgp-child.ts"

const addon = loadAddon()
const interfaces = nativeInterfaces(addon)
const say = (value: object) => process.stdout.write(`${JSON.stringify(toRecord(value))}\n`)
const start = JSON.parse(process.argv[2] ?? "") as BgpStart

const address = (text: string) => {
  const parsed = parseAddress(text)
  if (parsed === undefined) throw new Error(`"${text}" is no address`)
  return parsed
}

// BOUNDED by the peers of the test.
const passwords = new Map<string, string>()

const peerOf = ({ name, asn, address: text, password, bfd, ...rest }: PeerText): BgpPeer => {
  if (password !== undefined) passwords.set(name, password)
  return {
    name,
    source: "resource",
    myASN: start.asn,
    remote: { kind: "as", asn },
    localASN: undefined,
    endpoint: { kind: "address", address: address(text) },
    sourceAddress: rest.source === undefined ? undefined : address(rest.source),
    port: rest.port ?? 179,
    timers: { holdTime: rest.holdTime ?? 9, keepaliveTime: undefined, connectTime: 1 },
    routerID: undefined,
    nodeSelectors: [],
    password: password === undefined ? { from: "nothing" } : { from: "peer", revision: password },
    bfdProfile: bfd === undefined ? undefined : "test",
    gracefulRestart: rest.gracefulRestart ?? false,
    ebgpMultiHop: false,
    ttlSecurityHops: rest.ttlSecurityHops,
    vrf: "",
    dualStackAddressFamily: true,
  }
}

const routesOf = (texts: readonly string[]) =>
  texts.map(text => {
    const [base = "", length = "0"] = text.split("/")
    return { prefix: { base: address(base), length: Number(length) }, attributes: routeAttributes(plainAttributes) }
  })

let { peers, routes } = start
const want = () => {
  const interval = peers.find(({ bfd }) => bfd !== undefined)?.bfd ?? 300
  const profile = {
    name: "test",
    source: "resource",
    receiveInterval: interval,
    transmitInterval: interval,
    detectMultiplier: 3,
    echoInterval: 50,
    echoMode: false,
    passiveMode: false,
    minimumTtl: 254,
  } as const
  const table = routesOf(routes)
  bgp.want({
    config: { ...noBgp, peers: peers.map(peerOf), bfdProfiles: [profile] },
    labels: {},
    nodeAddresses: [],
    routesOf: () => table,
  })
}

const bgp = createBgp(
  {
    clock: realClock,
    random: realRandom,
    metrics: createMetrics(),
    packetSockets: nativePacketSockets(addon),
    multicastGroups: nativeMulticastGroups(addon),
    log: createLog({ level: "warn", clock: realClock, write: line => void process.stderr.write(line) }, "bgp"),
    transport: nativeBgpTransport(addon, interfaces, realClock),
    startBfdWire: nativeBfdWire(addon, realClock, realRandom),
    forwards: kernelForwards,
    interfaces: interfaces.list,
    newNumber: () => randomInt(1, 2 ** 32),
    password: async peer => Buffer.from(passwords.get(peer) ?? ""),
  },
  {
    defaults: { namespace: "test", nodeId: 1, accepts: start.listens ?? false, restartTime: 120 },
    listenPort: (start.listens ?? false) ? 179 : 0,
    preserved: true,
  },
  {
    changed: ({ from, to, reason, facts }, { settings }) =>
      say({ change: { peer: settings.peer, from, to, reason, why: phraseOf(reason, facts), at: Date.now() } }),
    failed: () => undefined,
    malformed: () => undefined,
    bfdChanged: ({ names, from, to, failure }) => say({ bfd: { names, from, to, failure } }),
  },
)

createInterface({ input: process.stdin })
  .on("line", async text => {
    const command = JSON.parse(text) as BgpCommand
    if (command.peers !== undefined || command.routes !== undefined) {
      peers = command.peers ?? peers
      routes = command.routes ?? routes
      want()
    }
    if (command.status === true) {
      const sessions = [...bgp.sessions().values()].map(sessionReport)
      say({ status: { sessions, deaf: bgp.deaf(), strangers: bgp.strangers() } })
    }
    if (command.stop === undefined) return
    const { stop } = command
    await bgp.stop(stop === "shutdown" ? { kind: stop, text: "maintenance" } : { kind: stop })
    say({ stopped: true })
    process.exit()
  })
  .on("close", () => process.exit())

want()
say({ ready: true })
