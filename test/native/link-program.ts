/**
 * Runs in a network namespace of a test: the speaker's ears, herald and claim watch on real interfaces, without a cluster. Each line of
 * input is a JSON list of addresses to own, or "metrics"; each line of output a log record, or an answer.
 */
import { createInterface } from "node:readline"
import type { Address } from "../../agent/core/ip/address.ts"
import { parseAddress } from "../../agent/core/ip/parse.ts"
import { loadAddon } from "../../agent/native/addon.ts"
import { realClock } from "../../agent/ports/clock.ts"
import { nativeInterfaces } from "../../agent/ports/interfaces-native.ts"
import { createLog } from "../../agent/ports/log.ts"
import { createMetrics } from "../../agent/ports/metrics.ts"
import { nativeMulticastGroups } from "../../agent/ports/multicast-groups-native.ts"
import { nativePacketSockets } from "../../agent/ports/packet-socket-native.ts"
import { createClaimWatch } from "../../agent/speaker/claim-watch.ts"
import { createEars } from "../../agent/speaker/ears.ts"
import { createHerald } from "../../agent/speaker/herald.ts"
import { followLinks } from "../../agent/speaker/links.ts"

const addon = loadAddon()
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
const metrics = createMetrics()
const log = createLog({ level: "debug", clock: realClock, write: line => void process.stdout.write(line) }, "links")
const edges = {
  ...{ clock: realClock, metrics, log },
  interfaces: nativeInterfaces(addon),
  packetSockets: nativePacketSockets(addon),
  multicastGroups: nativeMulticastGroups(addon),
}
const ears = createEars(edges, {
  trouble: () => links.rescan(),
  answered: () => undefined,
  heard: () => undefined,
  claimed: ({ address, mac }, name) => claims.claimed({ address, mac, interface: name }, true),
})
const herald = createHerald(edges, ears, 0)
const claims = createClaimWatch(edges, { defend: herald.once, tell: (_, message) => say({ told: message }) })
const links = followLinks(
  edges,
  () => false,
  (found, changed) => {
    ears.setLinks(found)
    if (changed) herald.links(found)
  },
)

const own = (texts: readonly string[]) => {
  const addresses = texts.map((text): Address => {
    const address = parseAddress(text)
    if (address === undefined) throw new Error(`${text} is no address`)
    return address
  })
  const wishes = addresses.map(address => ({ address, interfaces: "all" as const }))
  ears.setVoices(wishes)
  herald.own(wishes)
  claims.own(addresses)
}

const main = async (): Promise<void> => {
  links.start()
  for await (const line of createInterface({ input: process.stdin })) {
    const wish = JSON.parse(line) as readonly string[] | "metrics"
    if (wish === "metrics") say({ metrics: metrics.text() })
    else {
      own(wish)
      say({ owned: wish.length })
    }
  }
  process.exit(0)
}

void main()
