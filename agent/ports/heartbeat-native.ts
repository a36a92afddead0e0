import type { Addon } from "../native/addon.ts"
import type { Millis } from "./clock.ts"
import type { EarListener, HeardLast, Heartbeats } from "./heartbeat.ts"
import { addressBytes, type NativeLinkSocket } from "./link-socket-native.ts"
import { faultOf } from "./socket-fault.ts"

const mostTargets = 64
const kinds = ["packet", "silent", "fault"] as const

/** Heartbeats every `interval` milliseconds from a thread of the addon, which runs, and keeps the process alive, until `stop`. */
export const nativeHeartbeats = (addon: Addon, interval: Millis): Heartbeats<NativeLinkSocket> => {
  // BOUNDED by the addon: 64 ears.
  const listeners = new Map<number, EarListener>()
  const handle = addon.heartbeatStart(interval, (kind, ear, errno, bytes, address, port, age) => {
    const listener = listeners.get(ear)
    if (kinds[kind] === "silent") listener?.silent()
    else if (bytes === undefined) listener?.faulted(faultOf(errno, "recvmsg(UDP)"))
    else listener?.received({ bytes, address: address ?? "", port: port ?? 0, age: (age ?? 0) / 1_000 })
  })
  const heard = (watch: number, end: boolean): HeardLast => {
    const last = addon.heartbeatHeard(handle, watch, end)
    return last === undefined ? { sequence: 0, age: Number.POSITIVE_INFINITY } : { ...last, age: last.age / 1_000 }
  }

  return {
    setKeys: keys => addon.heartbeatKeys(handle, Buffer.concat(keys)),
    aim: targets => {
      addon.heartbeatClear(handle)
      for (const { socket, address, port, packet } of targets.slice(0, mostTargets)) {
        addon.heartbeatAim(handle, socket.handle, addressBytes(address), port, packet)
      }
    },
    wind: () => addon.heartbeatWind(handle),
    steadyFor: () => addon.heartbeatSteady(handle) / 1_000,
    listen: (socket, { interfaceIndex, address, port }, listener) => {
      const ear = addon.heartbeatListen(handle, socket.handle, interfaceIndex, addressBytes(address), port)
      listeners.set(ear, listener)
      return {
        expect: ({ packet, sequence, heardAgo, silence }) => {
          const micros = [heardAgo, silence].map(ms => Math.max(0, ms * 1_000)) as [number, number]
          const watch = addon.heartbeatExpect(handle, ear, packet, sequence, ...micros)
          return { last: () => heard(watch, false), end: () => heard(watch, true) }
        },
        close: () => {
          if (listeners.delete(ear)) addon.heartbeatUnlisten(handle, ear)
        },
      }
    },
    report: () => {
      const counts = addon.heartbeatCounts(handle)
      return { ...counts, latest: counts.latest / 1_000 }
    },
    stop: () => {
      listeners.clear()
      addon.heartbeatStop(handle)
    },
  }
}
