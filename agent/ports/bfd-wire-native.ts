import { controlPort } from "../core/bfd/demultiplex.ts"
import type { EchoPlan } from "../core/bfd/plan.ts"
import { echoFilter } from "../core/bpf/echo-filter.ts"
import type { Address } from "../core/ip/address.ts"
import { formatAddress } from "../core/ip/format.ts"
import { parseAddress } from "../core/ip/parse.ts"
import type { Addon, Handle } from "../native/addon.ts"
import type { BfdEar, BfdLine, BfdLineRequest, BfdWire, BfdWireListener, StartBfdWire } from "./bfd-wire.ts"
import type { Clock } from "./clock.ts"
import { encodeFilter } from "./filter-bytes.ts"
import { addressBytes } from "./link-socket-native.ts"
import type { SocketFault } from "./packet-socket.ts"
import type { Random } from "./random.ts"
import { faultOf } from "./socket-fault.ts"

type NativeEar = BfdEar & { readonly number: number }

const nothing = new Uint8Array(0)

/** BFD's thread of the addon. */
export const nativeBfdWire =
  (addon: Addon, clock: Clock, random: Random): StartBfdWire =>
  listener => {
    // BOUNDED by the addon, 256.
    const ears = new Map<number, NativeEar>()
    const handle = addon.bfdStart((kind, which, age, ...datagram) => {
      const at = clock.monotonic() - age / 1_000
      if (kind === 0) receive(listener, ears.get(which), at, ...datagram)
      else if (kind === 1) listener.silent(which, at)
      else if (kind === 2) listener.echoLost(which)
      else listener.echoReturned(which)
    })
    return {
      listen: ({ hops, family, vrf, interfaceIndex }) => {
        const number = addon.bfdListen(handle, interfaceIndex ?? 0, family === "IPv4" ? 4 : 6, controlPort[hops])
        const close = () => {
          if (ears.delete(number)) addon.bfdUnlisten(handle, number)
        }
        const ear = { number, hops, vrf, close }
        ears.set(number, ear)
        return ear
      },
      open: request => openLine(addon, clock, handle, ears, request, random),
      wind: () => {
        const { latest, dropped } = addon.bfdWind(handle)
        return { latest: latest / 1_000, dropped }
      },
      stop: () => {
        ears.clear()
        addon.bfdStop(handle)
      },
    } satisfies BfdWire
  }

const receive = (
  listener: BfdWireListener,
  ear: BfdEar | undefined,
  at: number,
  bytes?: Uint8Array,
  _length?: number,
  from?: string,
  to?: string,
  interfaceIndex?: number,
  ttl?: number,
): void => {
  const [sender, receiver] = [parseAddress(from ?? ""), parseAddress(to ?? "")]
  // What was underway when its ear was closed.
  if (ear === undefined || bytes === undefined || sender === undefined || receiver === undefined) return
  listener.received({
    ear,
    bytes,
    from: sender,
    to: receiver,
    interfaceIndex: interfaceIndex ?? 0,
    ttl: ttl ?? 0,
    at,
  })
}

/** RFC 5881 section 4. */
const ports = { first: 49_152, last: 65_535 } as const
/** With half of the ports taken, one in a million sessions would not find one. */
const triesMost = 20

/** Each session has a source port of its own, unpredictable and kept for its life. Throws what the last try threw. */
const openLine = (
  addon: Addon,
  clock: Clock,
  handle: Handle,
  ears: ReadonlyMap<number, NativeEar>,
  { ear, interfaceIndex, discriminator, lowestTtl, local, peer }: BfdLineRequest,
  random: Random,
): BfdLine => {
  const number = [...ears].find(([, known]) => known === ear)?.[0] ?? 0
  const open = (port: number) =>
    addon.bfdOpen(
      handle,
      number,
      interfaceIndex ?? 0,
      discriminator,
      lowestTtl,
      addressBytes(formatAddress(local)),
      port,
      addressBytes(formatAddress(peer)),
      controlPort[ear.hops],
    )
  for (let tries = 1; ; tries += 1) {
    const port = ports.first + Math.floor(random() * (ports.last - ports.first + 1))
    try {
      return lineOf(addon, clock, handle, open(port), port, local)
    } catch (error) {
      const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE"
      if (!taken || tries === triesMost) throw error
    }
  }
}

const lineOf = (
  addon: Addon,
  clock: Clock,
  handle: Handle,
  line: number,
  localPort: number,
  local: Address,
): BfdLine => {
  let open = true
  let echo: EchoPlan | undefined
  const setEcho = (next: EchoPlan | undefined): SocketFault | undefined => {
    if (next?.interval === echo?.interval && next?.detection === echo?.detection) return undefined
    const filter = next === undefined ? nothing : encodeFilter(echoFilter(local))
    const errno = addon.bfdEcho(handle, line, next?.interval ?? 0, next?.detection ?? 0, filter)
    echo = errno === 0 ? next : undefined
    return errno === 0 ? undefined : faultOf(errno, "socket(AF_PACKET)")
  }
  return {
    localPort,
    setPlan: plan => {
      if (!open) return undefined
      const { packet = nothing, interval, detection = 0, heardAgo, expected = nothing, tellAll } = plan
      addon.bfdPlan(handle, line, packet, interval, detection, heardAgo, expected, tellAll)
      return setEcho(plan.echo)
    },
    send: packet => {
      const errno = open ? addon.bfdSend(handle, line, packet) : 0
      return errno === 0 ? undefined : faultOf(errno, "sendto(UDP)")
    },
    counts: () => {
      const { sent, alike, heardAgo, failed, echoesSent, echoesReturned, error, echoError } = addon.bfdCounts(
        handle,
        line,
      )
      const fault = error === 0 ? undefined : faultOf(error, "sendto(UDP)")
      const echoFault = echoError === 0 ? undefined : faultOf(echoError, "send(AF_PACKET)")
      const heardAt = heardAgo < 0 ? undefined : clock.monotonic() - heardAgo / 1_000
      return { sent, alike, heardAt, failed, echoesSent, echoesReturned, fault, echoFault }
    },
    close: () => {
      if (open) addon.bfdClose(handle, line)
      open = false
    },
  }
}
