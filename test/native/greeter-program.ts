/**
 * Runs in a network namespace of a test: router advertisements on the interfaces that the arguments name. Each line of output is where a
 * peer was found, or nowhere, or a reason.
 */
import { formatAddress } from "../../agent/core/ip/format.ts"
import { loadAddon } from "../../agent/native/addon.ts"
import { realClock } from "../../agent/ports/clock.ts"
import { nativeInterfaces } from "../../agent/ports/interfaces-native.ts"
import { createLog } from "../../agent/ports/log.ts"
import { createMetrics } from "../../agent/ports/metrics.ts"
import { nativeMulticastGroups } from "../../agent/ports/multicast-groups-native.ts"
import { nativePacketSockets } from "../../agent/ports/packet-socket-native.ts"
import { realRandom } from "../../agent/ports/random.ts"
import { createGreeters } from "../../agent/speaker/bgp/greeters.ts"

const names = process.argv.slice(2)
const addon = loadAddon()
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
const interfaces = nativeInterfaces(addon)
const greeters = createGreeters(
  {
    packetSockets: nativePacketSockets(addon),
    multicastGroups: nativeMulticastGroups(addon),
    clock: realClock,
    random: realRandom,
    metrics: createMetrics(),
    log: createLog({ level: "info", clock: realClock, write: line => void process.stderr.write(line) }, "greeters"),
  },
  {
    found: (name, place) => say({ name, found: place === undefined ? "nowhere" : formatAddress(place.address) }),
    told: (name, reason) => say({ name, reason }),
  },
)
const look = () => greeters.want(names, interfaces.list())
const watch = interfaces.watch(look, fault => say({ fault }))
look()
process.on("SIGTERM", () => {
  watch.close()
  greeters.stop()
})
