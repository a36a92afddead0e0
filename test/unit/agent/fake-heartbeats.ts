import type { Clock } from "../../../agent/ports/clock.ts"
import type { EarListener, Heartbeats, HeartbeatTarget } from "../../../agent/ports/heartbeat.ts"
import type { ReceivedDatagram } from "../../../agent/ports/link-socket.ts"
import { signingCrypto } from "../../../agent/ports/signing-crypto.ts"

const sequenceAt = 10
const tag = 16

type Watch = {
  readonly packet: Buffer
  readonly silence: number
  readonly silent: () => void
  sequence: number
  heard: number
  due: number
}

/** The thread of heartbeats in virtual time: `arrive` is what its socket hears, true where that is nothing for anybody else. */
export const fakeHeartbeats = (clock: Clock, interval = 50, running: () => boolean = () => true) => {
  let keys: readonly Uint8Array[] = []
  let targets: readonly HeartbeatTarget[] = []
  let wound = Number.NEGATIVE_INFINITY
  let beaten = Number.NEGATIVE_INFINITY
  let steadySince = 0
  let sequence = 0
  const counts = { sent: 0, empty: 0, failed: 0, latest: 0, alike: 0, dropped: 0 }
  const ears = new Set<{ readonly listener: EarListener; readonly watches: Set<Watch> }>()

  const sign = (packet: Buffer) =>
    signingCrypto.hmacSha256(keys[0] ?? Buffer.of(), packet.subarray(0, -tag)).subarray(0, tag)
  const beat = () => {
    clock.after(interval, beat)
    if (!running()) return
    const now = clock.monotonic()
    if (now - wound <= 500) {
      if (now - beaten > 2 * interval) steadySince = now
      beaten = now
    }
    for (const { socket, packet, address, port } of targets) {
      if (now - wound > 500) {
        counts.empty += 1
        continue
      }
      sequence += 1
      const bytes = Buffer.from(packet)
      bytes.writeUIntBE(sequence, sequenceAt, 6)
      sign(bytes).forEach((byte, at) => void bytes.writeUInt8(byte, bytes.length - tag + at))
      socket.send(bytes, address, port)
      counts.sent += 1
    }
  }
  const judge = () => {
    clock.after(1, judge)
    if (!running()) return
    for (const { watches } of ears)
      for (const watch of watches) {
        if (watch.due > clock.monotonic()) continue
        watch.due = clock.monotonic() + interval
        watch.silent()
      }
  }
  clock.after(interval, beat)
  clock.after(1, judge)

  const alike = (watch: Watch, bytes: Buffer) =>
    watch.packet.length === bytes.length &&
    watch.packet.subarray(0, sequenceAt).equals(bytes.subarray(0, sequenceAt)) &&
    watch.packet.subarray(sequenceAt + 6, -tag).equals(bytes.subarray(sequenceAt + 6, -tag))

  const take = (watches: ReadonlySet<Watch>, bytes: Buffer, age: number): boolean => {
    const watch = [...watches].find(one => alike(one, bytes))
    const number = bytes.readUIntBE(sequenceAt, 6)
    if (
      watch === undefined ||
      number <= watch.sequence ||
      !sign(bytes).every((byte, at) => byte === bytes.at(at - tag))
    )
      return false
    watch.sequence = number
    watch.heard = Math.max(watch.heard, clock.monotonic() - age)
    watch.due = watch.heard + watch.silence
    counts.alike += 1
    return true
  }

  const heartbeats: Heartbeats = {
    setKeys: next => {
      keys = next
    },
    aim: next => {
      targets = next
    },
    wind: () => {
      wound = clock.monotonic()
    },
    steadyFor: () => (clock.monotonic() - beaten > 2 * interval ? 0 : clock.monotonic() - steadySince),
    listen: (_, __, listener) => {
      const ear = { listener, watches: new Set<Watch>() }
      ears.add(ear)
      return {
        expect: ({ packet, sequence, heardAgo, silence }) => {
          const heard = clock.monotonic() - heardAgo
          const watch: Watch = {
            ...{ packet: Buffer.from(packet), silence, silent: listener.silent },
            ...{ sequence, heard, due: heard + silence },
          }
          ear.watches.add(watch)
          const last = () => ({ sequence: watch.sequence, age: clock.monotonic() - watch.heard })
          return {
            last,
            end: () => {
              ear.watches.delete(watch)
              return last()
            },
          }
        },
        close: () => void ears.delete(ear),
      }
    },
    report: () => ({ ...counts }),
    stop: () => {
      targets = []
      ears.clear()
    },
  }
  return {
    heartbeats,
    counts,
    /** False for what is no heartbeat. */
    arrive: (datagram: ReceivedDatagram): boolean => {
      const bytes = Buffer.from(datagram.bytes)
      if (bytes[0] !== 0xc7 || bytes[2] !== 1) return false
      for (const { listener, watches } of ears) if (!take(watches, bytes, datagram.age)) listener.received(datagram)
      return ears.size > 0
    },
  }
}
