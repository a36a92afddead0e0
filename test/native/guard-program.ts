/**
 * Runs in a network namespace of guard.test.ts. `node INDEX COUNT`: a speaker with the guard, ARP and nothing else, that
 * believes every other node alive, so that only the detector finds a death. `client VIP`: asks for the VIP every 10 ms and
 * prints who answered and when.
 */
import { once } from "node:events"
import { createServer } from "node:net"
import { createInterface } from "node:readline"
import { gratuitous, readArp, replyTo, writeArp } from "../../agent/core/arp/packet.ts"
import { encodeMark } from "../../agent/core/detector/mark.ts"
import { detectorKey } from "../../agent/core/detector/packet.ts"
import { parseAddress } from "../../agent/core/ip/parse.ts"
import { parseRange } from "../../agent/core/ip/range.ts"
import { broadcastMac, formatMac, parseMac, zeroMac } from "../../agent/core/net/mac.ts"
import type { Wanted } from "../../agent/core/ownership/state.ts"
import { wantedOf } from "../../agent/core/ownership/wanted.ts"
import { loadAddon } from "../../agent/native/addon.ts"
import { realClock } from "../../agent/ports/clock.ts"
import { nodeCrypto } from "../../agent/ports/crypto.ts"
import { nativeHeartbeats } from "../../agent/ports/heartbeat-native.ts"
import { nativeInterfaces } from "../../agent/ports/interfaces-native.ts"
import { heldLifelines, tcpLifelines } from "../../agent/ports/lifeline-tcp.ts"
import { nativeLinkSockets } from "../../agent/ports/link-socket-native.ts"
import { nativePacketSockets } from "../../agent/ports/packet-socket-native.ts"
import { signingCrypto } from "../../agent/ports/signing-crypto.ts"
import { createGuard } from "../../agent/speaker/guard.ts"

const port = 7946
const lan = "10.78.0.0/24"
const addressOf = (index: number) => `10.78.0.${index}`
const nameOf = (index: number) => `n${index}`
const number = (text: string) => text.split(".").reduce((value, part) => value * 256 + Number(part), 0)
const textOf = (value: number) => [24, 16, 8, 0].map(shift => (value >>> shift) & 255).join(".")
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)

const addon = loadAddon()
const eth0 = nativeInterfaces(addon)
  .list()
  .find(({ name }) => name === "eth0")
const mac = parseMac(eth0?.mac ?? "")
if (eth0 === undefined || mac === undefined) throw new Error("no eth0")

const everything = [{ code: 0x06, jt: 0, jf: 0, k: 65_536 }]
const wire = (received: (bytes: Uint8Array, age: number) => void) =>
  nativePacketSockets(addon).open(
    { interfaceIndex: eth0.index, etherType: 0x0806, frameMax: 64, filter: everything },
    { received: ({ bytes, age }) => received(bytes, age), faulted: ({ code }) => say({ event: "fault", code }) },
  )
const request = (from: string, target: string, to?: string) =>
  writeArp({
    destination: parseMac(to ?? "") ?? broadcastMac,
    source: mac,
    packet: {
      operation: "request",
      senderMac: mac,
      senderIp: number(from),
      targetMac: zeroMac,
      targetIp: number(target),
    },
  })

const runClient = (vip: string) => {
  const socket = wire(bytes => {
    const read = readArp(bytes)
    if (!read.ok || read.frame.packet.operation !== "reply" || read.frame.packet.senderIp !== number(vip)) return
    say({ event: "answer", at: performance.now(), mac: formatMac(read.frame.packet.senderMac) })
  })
  setInterval(() => socket.send(request("10.78.0.250", vip)), 10)
}

const runNode = async (index: number, count: number, vips: readonly string[]) => {
  const own = addressOf(index)
  // Before the first heartbeat: whoever hears one connects.
  const server = createServer(heldLifelines().hold).listen(port, own)
  await once(server, "listening")
  /** What is answered for, and at which MAC it is. */
  const owned = new Map<string, Uint8Array>()
  const boot = Date.now()
  encodeMark({ boot, links: [{ link: lan, address: own }] })
  let discardBefore = 0
  const socket = wire((bytes, age) => {
    const read = readArp(bytes)
    if (!read.ok || formatMac(read.frame.source) === formatMac(mac)) return
    const { packet } = read.frame
    guard.frame(lan, formatMac(packet.senderMac), textOf(packet.senderIp), age, formatMac(read.frame.source))
    if (age > 100) guard.stalled(age)
    if (performance.now() - age < discardBefore) return
    const at = owned.get(textOf(packet.targetIp))
    if (packet.operation === "request" && at !== undefined) socket.send(writeArp(replyTo(packet, mac, at)))
  })
  const announce = (vip: string) => {
    for (const frame of gratuitous(number(vip), mac)) socket.send(writeArp(frame))
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
        if (effect.type === "start") owned.set(effect.vip, mac)
        if (effect.type === "stand-in") owned.set(effect.vip, parseMac(effect.mac) ?? zeroMac)
        if (effect.type === "stop" || effect.type === "stand-down") owned.delete(effect.vip)
        if (effect.type === "start" || effect.type === "announce") announce(effect.vip)
        say({ event: effect.type, at: performance.now(), ...effect })
      },
      performed: () => undefined,
      ask: (_, addresses, to) => {
        for (const address of addresses) socket.send(request(own, address, to))
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
      links: [{ link: lan, address: addressOf(other) }],
    })),
  )
  const setLink = () => {
    const now = nativeInterfaces(addon).list()
    const up = now.find(({ name }) => name === "eth0")?.running === true
    const link = {
      link: lan,
      mac: eth0.mac ?? "",
      address: own,
      up,
      gateways: ["10.78.0.250"],
      interfaceIndex: eth0.index,
    }
    guard.setLinks([link])
  }
  setLink()
  nativeInterfaces(addon).watch(setLink, () => undefined)
  guard.setWanted(wanted(index, count, vips))
  createInterface({ input: process.stdin }).on("line", line => {
    if (line !== "leave") return
    guard.leave(2_000, true).then(() => {
      guard.stop()
      process.exit()
    })
  })
}

const wanted = (index: number, count: number, vips: readonly string[]): readonly Wanted[] => {
  const subnet = parseRange(lan)
  if (!subnet.ok) throw new Error(subnet.message)
  const all = Array.from({ length: count }, (_, at) => nameOf(at + 1))
  const place = (node: string, vip: string) => Buffer.from(nodeCrypto.sha256(`${node}#${vip}`)).toString("hex")
  const elections = vips.flatMap(vip => {
    const address = parseAddress(vip)
    const eligible = [...all].sort((a, b) => (place(a, vip) < place(b, vip) ? -1 : 1)).map(node => ({ node, score: 0 }))
    return address === undefined ? [] : [{ address, ordered: address, eligible }]
  })
  return wantedOf(elections, nameOf(index), [{ link: lan, subnets: [subnet.range] }], nodeCrypto)
}

createInterface({ input: process.stdin }).on("close", () => process.exit())
const [role, first = "", second = "", ...vips] = process.argv.slice(2)
if (role === "client") runClient(first)
else await runNode(Number(first), Number(second), vips)
