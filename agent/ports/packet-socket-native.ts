import { onInterface } from "../core/bpf/arrival.ts"
import type { Program } from "../core/bpf/program.ts"
import type { Addon } from "../native/addon.ts"
import { encodeFilter } from "./filter-bytes.ts"
import type { Audience, PacketListener, PacketSockets } from "./packet-socket.ts"
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
      send: frame => {
        const errno = addon.packetSend(handle, frame)
        return errno === 0 ? undefined : faultOf(errno, "send(AF_PACKET)")
      },
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
): void => {
  if (frame === undefined) listener.faulted(faultOf(errno, "recv(AF_PACKET)"))
  else
    listener.received({
      bytes: frame,
      truncated: (wireLength ?? 0) > frameMax,
      audience: audiences[packetType ?? 0] ?? "other-host",
      age: (age ?? 0) / 1_000,
    })
}
