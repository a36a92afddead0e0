import type { Addon } from "../native/addon.ts"
import type { Clock, Millis, Timer } from "./clock.ts"
import type { Heartbeats, HeartbeatTarget } from "./heartbeat.ts"
import { addressBytes, type NativeLinkSocket } from "./link-socket-native.ts"

type Loaded = { readonly number: number; readonly seal: () => Uint8Array }

/** So many milliseconds after the event loop stopped the thread falls silent. */
const stockFor: Millis = 500
/** Between two fillings of the stock: the thread always has at least 300 ms' worth while the event loop turns. */
const refillEvery: Millis = 200
const mostTargets = 64
const nothing = new Uint8Array()

/** Heartbeats every `interval` milliseconds from a thread of the addon. */
export const nativeHeartbeats = (addon: Addon, clock: Clock, interval: Millis): Heartbeats<NativeLinkSocket> => {
  const handle = addon.heartbeatStart(interval)
  const stock = Math.floor(stockFor / interval)
  let targets: readonly Loaded[] = []
  let timer: Timer | undefined

  const fill = () => {
    for (const { number, seal } of targets) {
      for (let held = addon.heartbeatLoad(handle, number, nothing); held >= 0 && held < stock; ) {
        held = addon.heartbeatLoad(handle, number, seal())
      }
    }
  }
  const refill = () => {
    fill()
    timer = targets.length === 0 ? undefined : clock.after(refillEvery, refill)
  }
  const load = ({ socket, address, port, seal }: HeartbeatTarget<NativeLinkSocket>): Loaded => ({
    number: addon.heartbeatAim(handle, socket.handle, addressBytes(address), port),
    seal,
  })
  return {
    aim: next => {
      timer?.cancel()
      addon.heartbeatClear(handle)
      targets = next.slice(0, mostTargets).map(load)
      refill()
    },
    report: () => {
      const { sent, empty, failed, latest } = addon.heartbeatCounts(handle)
      return { sent, empty, failed, latest: latest / 1_000 }
    },
    stop: () => {
      timer?.cancel()
      targets = []
      addon.heartbeatStop(handle)
    },
  }
}
