/**
 * BFD in a network namespace, as the speaker runs it. The argument is the sessions as JSON; prints one JSON line for each change
 * and obeys lines of JSON: {"sessions": […]}, {"status": true}, {"block": MS}, {"off": NAME}, {"on": NAME}, {"refresh": true},
 * {"stop": true}.
 */
import { randomInt } from "node:crypto"
import { createInterface } from "node:readline"
import type { BfdWanted } from "../../agent/core/bfd/place.ts"
import { parseAddress } from "../../agent/core/ip/parse.ts"
import { loadAddon } from "../../agent/native/addon.ts"
import { nativeBfdWire } from "../../agent/ports/bfd-wire-native.ts"
import { realClock } from "../../agent/ports/clock.ts"
import { kernelForwards } from "../../agent/ports/forwarding.ts"
import { nativeInterfaces } from "../../agent/ports/interfaces-native.ts"
import { realRandom } from "../../agent/ports/random.ts"
import { createBfd } from "../../agent/speaker/bfd/bfd.ts"
import { linksOf } from "../../agent/speaker/bfd/links.ts"
import type { Command, SessionText } from "./bfd-child.ts"

const addon = loadAddon()
const interfaces = nativeInterfaces(addon)
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)

const address = (text: string) => {
  const parsed = parseAddress(text)
  if (parsed === undefined) throw new Error(`"${text}" is no address`)
  return parsed
}

const wantedOf = ({ name, peer, local, interface: link, multihop, ...profile }: SessionText): BfdWanted => ({
  name,
  peer: address(peer),
  local: local === undefined ? undefined : address(local),
  interface: link,
  vrf: "",
  multihop: multihop ?? false,
  profile: {
    name: "test",
    source: "resource",
    receiveInterval: 300,
    transmitInterval: 300,
    detectMultiplier: 3,
    echoInterval: 50,
    echoMode: false,
    passiveMode: false,
    minimumTtl: 254,
    ...profile,
  },
})

const bfd = createBfd(
  {
    clock: realClock,
    startWire: nativeBfdWire(addon, realClock, realRandom),
    links: () => linksOf(interfaces.list()),
    forwards: kernelForwards,
    newDiscriminator: () => randomInt(1, 2 ** 32),
  },
  {
    changed: change => say({ event: "changed", at: Date.now(), ...change }),
    trouble: (what, facts) => say({ event: "trouble", what, ...facts }),
  },
)

const blockFor = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

const obey = async (command: Command): Promise<void> => {
  if (command.sessions !== undefined) bfd.setSessions(command.sessions.map(wantedOf))
  if (command.block !== undefined) blockFor(command.block)
  if (command.off !== undefined) bfd.adminDown(command.off)
  if (command.on !== undefined) bfd.adminUp(command.on)
  if (command.refresh === true) bfd.refresh()
  if (command.status === true) say({ event: "status", sessions: bfd.status(), strays: bfd.strays() })
  if (command.stop === true) {
    await bfd.stop()
    say({ event: "stopped" })
    process.exit()
  }
}

createInterface({ input: process.stdin })
  .on("line", line => void obey(JSON.parse(line) as Command))
  .on("close", () => process.exit())
bfd.setSessions((JSON.parse(process.argv[2] ?? "[]") as SessionText[]).map(wantedOf))
say({ event: "ready" })
