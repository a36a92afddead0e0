import { onInterface } from "../core/bpf/arrival.ts"
import type { Program } from "../core/bpf/program.ts"
import type { Addon } from "../native/addon.ts"
import { encodeFilter } from "./filter-bytes.ts"
import type { Audience, PacketListener, PacketSockets, SocketFault } from "./packet-socket.ts"
import { faultOf } from "./socket-fault.ts"

/** Packet sockets of Linux, through the addon. */
export const nativePacketSockets = (addon: Addon): PacketSockets => ({
  open: ({ interfaceIndex, etherType, frameMax, filter }, listener) => {
    let open = true
    const encode = (program: Program) => encodeFilter(onInterface(interfaceIndex, program))
    const handle = addon.packetOpen(interfaceIndex, etherType, frameMax, encode(filter), (errno, ...frame) => {
      if (open) tell(listener, frameMax, errno, ...frame)
    })
    return {
      send: frame => sendFault(addon.packetSend(handle, frame)),
      setAnswers: (mac, at) => addon.packetAnswers(handle, mac, tableOf(at)),
      license: ({ until, since, freshFor }) => addon.packetLicense(handle, until, since, freshFor),
      setFilter: program => addon.packetFilter(handle, encode(program)),
      join: mac => addon.packetJoin(handle, mac),
      leave: mac => addon.packetLeave(handle, mac),
      close: () => {
        open = false
        addon.packetClose(handle)
      },
    }
  },
})

/** In the order of PACKET_HOST to PACKET_OTHERHOST. */
const audiences: readonly Audience[] = ["host", "broadcast", "multicast", "other-host"]

const tell = (
  listener: PacketListener,
  frameMax: number,
  errno: number,
  frame?: Uint8Array,
  packetType?: number,
  wireLength?: number,
  age?: number,
  answered = -1,
): void => {
  if (frame === undefined) listener.faulted(faultOf(errno, "recv(AF_PACKET)"))
  else
    listener.received({
      bytes: frame,
      truncated: (wireLength ?? 0) > frameMax,
      audience: audiences[packetType ?? 0] ?? "other-host",
      age: (age ?? 0) / 1_000,
      ...(answered < 0 ? {} : { answered: { fault: sendFault(answered) } }),
    })
}

const sendFault = (errno: number): SocketFault | undefined =>
  errno === 0 ? undefined : faultOf(errno, "send(AF_PACKET)")

/** Entries of ten bytes, ascending by address. */
const tableOf = (at: ReadonlyMap<number, Uint8Array>): Uint8Array => {
  const table = new Uint8Array(at.size * 10)
  const view = new DataView(table.buffer)
  for (const [place, [ip, mac]] of [...at].sort(([a], [b]) => a - b).entries()) {
    view.setUint32(place * 10, ip)
    table.set(mac, place * 10 + 4)
  }
  return table
}
