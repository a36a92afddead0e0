/**
 * Runs in a network namespace of guard.test.ts. `node INDEX COUNT VIP…`: a speaker with the guard, ARP or neighbour discovery and nothing else,
 * that believes every other node alive, so that only the detector finds a death. `client VIP`: asks for the VIP every 10 ms and
 * prints who answered and when. The VIPs are of one family, and so is the link.
 */
import { once } from "node:events"
import { createServer } from "node:net"
import { createInterface } from "node:readline"
import { encodeMark } from "../../agent/core/detector/mark.ts"
import { detectorKey } from "../../agent/core/detector/packet.ts"
import { formatAddress } from "../../agent/core/ip/format.ts"
import { heardIn } from "../../agent/core/net/heard.ts"
import { formatMac, parseMac, zeroMac } from "../../agent/core/net/mac.ts"
import type { Wanted } from "../../agent/core/ownership/state.ts"
import { wantedOf } from "../../agent/core/ownership/wanted.ts"
import { loadAddon } from "../../agent/native/addon.ts"
import { realClock } from "../../agent/ports/clock.ts"
import { nodeCrypto } from "../../agent/ports/crypto.ts"
import { kernelGateways } from "../../agent/ports/gateways.ts"
import { nativeHeartbeats } from "../../agent/ports/heartbeat-native.ts"
import { nativeInterfaces } from "../../agent/ports/interfaces-native.ts"
import { heldLifelines, tcpLifelines } from "../../agent/ports/lifeline-tcp.ts"
import { nativeLinkSockets } from "../../agent/ports/link-socket-native.ts"
import { nativePacketSockets } from "../../agent/ports/packet-socket-native.ts"
import { signingCrypto } from "../../agent/ports/signing-crypto.ts"
import { createGuard } from "../../agent/speaker/guard.ts"
import { known, speechOf } from "./guard-speech.ts"

const port = 7946
const nameOf = (index: number) => `n${index}`
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
/** The client's, which is the router too. */
const outside = 250

const addon = loadAddon()
const eth0 = nativeInterfaces(addon)
  .list()
  .find(({ name }) => name === "eth0")
const mac = parseMac(eth0?.mac ?? "")
if (eth0 === undefined || mac === undefined) throw new Error("no eth0")

const [role, first = "", second = "", ...rest] = process.argv.slice(2)
const vips = role === "client" ? [first] : rest
const speech = speechOf(known(vips[0] ?? "").family)

const wire = (received: (bytes: Uint8Array, age: number) => void) => {
  const { etherType, frameMax, filter } = speech
  const socket = nativePacketSockets(addon).open(
    { interfaceIndex: eth0.index, etherType, frameMax, filter },
    { received: ({ bytes, age }) => received(bytes, age), faulted: ({ code }) => say({ event: "fault", code }) },
  )
  for (const vip of vips) {
    const group = speech.groupOf(known(vip))
    if (group !== undefined) socket.join(group)
  }
  return socket
}

const runClient = (vip: string) => {
  const socket = wire(bytes => {
    const station = heardIn(bytes, speech.family)
    if (station?.claims === undefined || formatAddress(station.claims) !== vip) return
    say({ event: "answer", at: performance.now(), mac: formatMac(station.mac) })
  })
  setInterval(() => socket.send(speech.question(speech.host(outside), vip, mac)), 10)
}

const runNode = async (index: number, count: number) => {
  const own = speech.host(index)
  // Before the first heartbeat: whoever hears one connects.
  const server = createServer(heldLifelines().hold).listen(port, own)
  await once(server, "listening")
  /** What is answered for, and at which MAC it is. */
  const owned = new Map<bigint, Uint8Array>()
  const boot = Date.now()
  encodeMark({ boot, links: [{ link: speech.lan, address: own }] })
  let discardBefore = 0
  const socket = wire((bytes, age) => {
    const station = heardIn(bytes, speech.family)
    if (station === undefined || formatMac(station.source) === formatMac(mac)) return
    const claims = station.claims && formatAddress(station.claims)
    guard.frame(speech.lan, formatMac(station.mac), claims, age, formatMac(station.source))
    if (age > 100) guard.stalled(age)
    if (performance.now() - age < discardBefore) return
    const { reply } = speech.respond(bytes, {
      interface: "eth0",
      mac,
      announces: value => (owned.has(value) ? "here" : "no"),
      inStead: value => owned.get(value),
    })
    if (reply !== undefined) socket.send(reply)
  })
  const announce = (vip: string) => {
    for (const frame of speech.announcement(vip, mac)) socket.send(frame)
  }
  const linkSockets = nativeLinkSockets(addon)
  const guard = createGuard(
    {
      clock: realClock,
      linkSockets,
      heartbeats: nativeHeartbeats(addon, 50),
      lifelines: tcpLifelines(realClock),
      crypto: nodeCrypto,
      signing: signingCrypto,
    },
    {
      node: nameOf(index),
      boot,
      keys: [detectorKey(new TextEncoder().encode("a secret of the test"), signingCrypto)],
      policy: { failbackAfter: undefined, mixed: false },
      port,
    },
    {
      done: effect => {
        if (effect.type === "start") owned.set(known(effect.vip).value, mac)
        if (effect.type === "stand-in") owned.set(known(effect.vip).value, parseMac(effect.mac) ?? zeroMac)
        if (effect.type === "stop" || effect.type === "stand-down") owned.delete(known(effect.vip).value)
        if (effect.type === "start" || effect.type === "announce") announce(effect.vip)
        say({ event: effect.type, at: performance.now(), ...effect })
      },
      performed: () => undefined,
      steadyUntil: () => undefined,
      ask: (_, addresses, to) => {
        for (const address of addresses) socket.send(speech.question(own, address, mac, to))
      },
      discardOlder: () => {
        discardBefore = performance.now()
      },
      passOn: () => undefined,
      trouble: (what, facts) => say({ event: "trouble", what, facts }),
    },
  )
  const peers = Array.from({ length: count }, (_, at) => at + 1).filter(other => other !== index)
  guard.setPeers(
    peers.map(other => ({
      node: nameOf(other),
      alive: true,
      boot: undefined,
      links: [{ link: speech.lan, address: speech.host(other) }],
    })),
  )
  const setLink = () => {
    const now = nativeInterfaces(addon).list()
    const up = now.find(({ name }) => name === "eth0")?.running === true
    const link = {
      link: speech.lan,
      mac: eth0.mac ?? "",
      address: own,
      up,
      gateways: kernelGateways().get("eth0") ?? [],
      interfaceIndex: eth0.index,
    }
    guard.setLinks([link])
  }
  setLink()
  nativeInterfaces(addon).watch(setLink, () => undefined)
  guard.setWanted(wanted(index, count))
  createInterface({ input: process.stdin }).on("line", line => {
    if (line !== "leave") return
    guard.leave(2_000, true).then(() => {
      guard.stop()
      process.exit()
    })
  })
}

const wanted = (index: number, count: number): readonly Wanted[] => {
  const all = Array.from({ length: count }, (_, at) => nameOf(at + 1))
  const place = (node: string, vip: string) => Buffer.from(nodeCrypto.sha256(`${node}#${vip}`)).toString("hex")
  const elections = vips.map(vip => {
    const address = known(vip)
    const eligible = [...all].sort((a, b) => (place(a, vip) < place(b, vip) ? -1 : 1)).map(node => ({ node, score: 0 }))
    return { address, ordered: address, eligible }
  })
  return wantedOf(elections, nameOf(index), [{ link: speech.lan, subnets: [speech.subnet] }], nodeCrypto)
}

createInterface({ input: process.stdin }).on("close", () => process.exit())
if (role === "client") runClient(first)
else await runNode(Number(first), Number(second))
