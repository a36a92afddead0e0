import { randomInt } from "node:crypto"
import { uptime } from "node:os"
import { crc32 } from "node:zlib"
import type { Addon } from "../../native/addon.ts"
import type { StartBfdWire } from "../../ports/bfd-wire.ts"
import { nativeBfdWire } from "../../ports/bfd-wire-native.ts"
import type { BgpTransport } from "../../ports/bgp-transport.ts"
import { nativeBgpTransport } from "../../ports/bgp-transport-native.ts"
import type { Clock } from "../../ports/clock.ts"
import { type Forwards, kernelForwards } from "../../ports/forwarding.ts"
import { nativeInterfaces } from "../../ports/interfaces-native.ts"
import type { Random } from "../../ports/random.ts"

/** What BGP needs of the host besides what every speaker does. */
export type BgpPorts = {
  readonly transport: BgpTransport
  readonly startBfdWire: StartBfdWire
  readonly forwards: Forwards
  /** 1 to 2^32-1, not to be guessed. */
  readonly newNumber: () => number
  readonly crc32: (text: string) => number
  /** Seconds since the host started. */
  readonly uptime: () => number
}

export const nativeBgpPorts = (addon: Addon, clock: Clock, random: Random): BgpPorts => ({
  transport: nativeBgpTransport(addon, nativeInterfaces(addon), clock),
  startBfdWire: nativeBfdWire(addon, clock, random),
  forwards: kernelForwards,
  newNumber: () => randomInt(1, 2 ** 32),
  crc32: text => crc32(text),
  uptime,
})
