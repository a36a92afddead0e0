import { controlPort, type Hops } from "../../../agent/core/bfd/demultiplex.ts"
import type { BfdLink } from "../../../agent/core/bfd/place.ts"
import type { Plan } from "../../../agent/core/bfd/plan.ts"
import { millisOf } from "../../../agent/core/bfd/time.ts"
import type { Address } from "../../../agent/core/ip/address.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import type { BfdEar, BfdLine, BfdLineRequest, BfdWireListener, StartBfdWire } from "../../../agent/ports/bfd-wire.ts"
import type { Clock, Millis } from "../../../agent/ports/clock.ts"
import { type Bfd, type BfdChange, createBfd } from "../../../agent/speaker/bfd/bfd.ts"
import { Random } from "../../fuzz/random.ts"
import { address } from "../allocate/fixtures.ts"

/** What a link does to one packet: undefined loses it, a number delivers it after so many milliseconds. */
export type Weather = (from: string, to: string) => Millis | undefined

/** Hosts that speak BFD on one network, in virtual time. The same seed gives the same run. */
export class VirtualNet {
  now = 0
  weather: Weather = () => 1
  /** What arrives of the TTL that was sent, by the two ends; 255 on one link. */
  ttl: (from: string, to: string) => number = () => 255
  readonly random: Random
  readonly hosts: Host[] = []
  #serial = 0
  readonly #due: { readonly at: Millis; readonly serial: number; run: () => void }[] = []

  constructor(seed = 1) {
    this.random = new Random(seed)
  }

  host(name: string, ...addresses: readonly string[]): Host {
    const host = new Host(this, name, addresses)
    this.hosts.push(host)
    return host
  }

  at(at: Millis, run: () => void): () => void {
    const entry = { at: Math.max(at, this.now), serial: this.#serial++, run }
    this.#due.push(entry)
    return () => {
      entry.run = () => undefined
    }
  }

  /** Lets time pass. */
  pass(ms: Millis): void {
    const end = this.now + ms
    for (;;) {
      let first = -1
      for (const [at, entry] of this.#due.entries()) {
        const best = this.#due[first]
        const earlier = best === undefined || entry.at < best.at || (entry.at === best.at && entry.serial < best.serial)
        if (entry.at <= end && earlier) first = at
      }
      const [entry] = first < 0 ? [] : this.#due.splice(first, 1)
      if (entry === undefined) break
      this.now = entry.at
      entry.run()
    }
    this.now = end
  }

  send(from: Host, source: string, to: Address, hops: Hops, bytes: Uint8Array): void {
    const target = formatAddress(to)
    const delay = this.weather(source, target)
    if (delay === undefined) return
    const ttl = this.ttl(source, target)
    const copy = bytes.slice()
    this.at(this.now + delay, () => {
      for (const host of this.hosts)
        if (host !== from && host.addresses.includes(target)) host.arrive(source, target, hops, ttl, copy)
    })
  }
}

type VirtualEar = BfdEar & { readonly interfaceIndex: number | undefined }

class Line {
  readonly request: BfdLineRequest
  plan: Plan | undefined
  sent = 0
  alike = 0
  done: Millis | undefined
  due: Millis | undefined
  heard = 0
  told = false
  cancel: () => void = () => undefined

  constructor(request: BfdLineRequest) {
    this.request = request
  }
}

/** One node: a `createBfd` on a wire that does in virtual time what the thread of the addon does. */
export class Host {
  readonly net: VirtualNet
  readonly name: string
  readonly addresses: readonly string[]
  readonly bfd: Bfd
  readonly changes: BfdChange[] = []
  readonly troubles: string[] = []
  forwards: boolean | undefined = false
  interfaceIndex = 3
  /** Of its one interface; the device of it, where there is one. */
  vrf = ""
  vrfDevice: number | undefined
  /** Ports that another program has; opening an ear fails. */
  readonly taken = new Set<number>()
  wires = 0
  #listener: BfdWireListener | undefined
  #ears: VirtualEar[] = []
  #lines: Line[] = []
  #blockedUntil = 0
  #pausedUntil = 0
  #waiting: (() => void)[] = []
  #nextDiscriminator: number

  constructor(net: VirtualNet, name: string, addresses: readonly string[]) {
    this.net = net
    this.name = name
    this.addresses = addresses
    this.#nextDiscriminator = 1 + net.random.below(2 ** 31)
    this.bfd = createBfd(
      {
        clock: this.clock,
        startWire: this.#startWire,
        links: () => this.#links(),
        forwards: () => this.forwards,
        newDiscriminator: () => this.#nextDiscriminator++,
      },
      {
        changed: change => this.changes.push(change),
        trouble: (what, facts) => this.troubles.push(`${what} ${JSON.stringify(facts)}`),
      },
    )
  }

  get clock(): Clock {
    const { net } = this
    return {
      wall: () => net.now,
      monotonic: () => net.now,
      after: (ms, run) => ({ cancel: net.at(net.now + ms, () => this.#onLoop(run)) }),
    }
  }

  /** "Down -> Init ML482", … */
  get story(): readonly string[] {
    return this.changes.map(({ from, to, reason }) => `${from} -> ${to} ${reason}`)
  }

  get status() {
    const [status, ...more] = this.bfd.status()
    if (status === undefined || more.length > 0) throw new Error(`${more.length + 1} sessions, not one`)
    return status
  }

  /** The event loop does nothing for so long; the thread goes on. */
  block(ms: Millis): void {
    this.#blockedUntil = this.net.now + ms
    this.net.at(this.#blockedUntil, () => this.#drain())
  }

  /** The whole process stands still; the kernel goes on receiving. */
  pause(ms: Millis): void {
    this.block(ms)
    this.#pausedUntil = this.net.now + ms
    for (const line of this.#lines) this.#schedule(line)
  }

  arrive(from: string, to: string, hops: Hops, ttl: number, bytes: Uint8Array): void {
    const at = this.net.now
    const look = () => {
      const device = hops === "single" ? this.interfaceIndex : this.vrfDevice
      const found = this.#ears.find(ear => ear.hops === hops && ear.interfaceIndex === device)
      if (found === undefined || this.#recognize(found, bytes, ttl, at)) return
      const datagram = { ear: found, bytes, interfaceIndex: this.interfaceIndex, ttl, at }
      this.#onLoop(() => this.#listener?.received({ ...datagram, from: address(from), to: address(to) }))
    }
    // The kernel keeps what comes while the process is paused.
    if (at < this.#pausedUntil) this.net.at(this.#pausedUntil, look)
    else look()
  }

  /** Interfaces that the sockets of its sessions are bound to. */
  get bound(): readonly (number | undefined)[] {
    return this.#lines.map(({ request }) => request.interfaceIndex)
  }

  readonly #startWire: StartBfdWire = listener => {
    this.#listener = listener
    this.wires += 1
    return {
      listen: ({ hops, vrf, interfaceIndex }) => {
        if (this.taken.has(controlPort[hops]))
          throw Object.assign(new Error("EADDRINUSE: address already in use, bind(UDP)"), { code: "EADDRINUSE" })
        const ear: VirtualEar = {
          hops,
          vrf,
          interfaceIndex,
          close: () => {
            this.#ears = this.#ears.filter(other => other !== ear)
          },
        }
        this.#ears.push(ear)
        return ear
      },
      open: request => this.#open(request),
      wind: () => ({ latest: 0, dropped: 0 }),
      stop: () => {
        this.#listener = undefined
        for (const line of this.#lines) line.cancel()
        this.#lines = []
        this.#ears = []
        this.wires -= 1
      },
    }
  }

  #links(): readonly BfdLink[] {
    const addresses = this.addresses.map(text => ({
      address: address(text),
      prefixLength: text.includes(":") ? 64 : 24,
    }))
    const eth0 = { index: this.interfaceIndex, name: "eth0", vrf: this.vrf, addresses }
    return this.vrfDevice === undefined
      ? [eth0]
      : [eth0, { index: this.vrfDevice, name: this.vrf, vrf: "", addresses: [] }]
  }

  #open(request: BfdLineRequest): BfdLine {
    const line = new Line(request)
    this.#lines.push(line)
    const source = request.local.value === 0n ? (this.addresses[0] ?? "") : formatAddress(request.local)
    return {
      localPort: 49_152,
      setPlan: plan => {
        const before = line.plan
        line.plan = plan
        const heard = this.net.now - millisOf(plan.heardAgo)
        line.heard = Math.max(line.heard, heard)
        line.told = false
        if (plan.packet === undefined) line.due = undefined
        else if (before?.packet === undefined || before.interval !== plan.interval)
          line.due = Math.max(line.done === undefined ? 0 : line.done + this.#gap(plan), this.net.now)
        this.#schedule(line)
        return undefined
      },
      send: bytes => {
        this.#put(line, source, bytes)
        if (((bytes[1] ?? 0) & 0x10) === 0 && line.plan?.packet !== undefined) {
          line.done = this.net.now
          line.due = this.net.now + this.#gap(line.plan)
          this.#schedule(line)
        }
        return undefined
      },
      counts: () => ({
        sent: line.sent,
        alike: line.alike,
        heardAt: line.heard === 0 ? undefined : line.heard,
        failed: 0,
        echoesSent: 0,
        echoesReturned: 0,
        fault: undefined,
        echoFault: undefined,
      }),
      close: () => {
        line.cancel()
        this.#lines = this.#lines.filter(other => other !== line)
      },
    }
  }

  #gap(plan: Plan): Millis {
    return millisOf(plan.interval) * (0.75 + 0.15 * this.net.random.next())
  }

  #put(line: Line, source: string, bytes: Uint8Array): void {
    line.sent += 1
    this.net.send(this, source, line.request.peer, line.request.ear.hops, bytes)
  }

  /** One timer a line: for its next packet, or for the end of the detection time. */
  #schedule(line: Line): void {
    line.cancel()
    const { plan } = line
    if (plan === undefined || line.told) return
    const silentAt = plan.detection === undefined ? Number.POSITIVE_INFINITY : line.heard + millisOf(plan.detection)
    // What came while it stood still is read first.
    const soonest = this.#pausedUntil > this.net.now ? this.#pausedUntil + 0.001 : 0
    const next = Math.max(Math.min(line.due ?? Number.POSITIVE_INFINITY, silentAt), soonest)
    if (!Number.isFinite(next)) return
    line.cancel = this.net.at(next, () => {
      const { now } = this.net
      if (now >= silentAt) {
        line.told = true
        const { heard } = line
        this.#onLoop(() => this.#listener?.silent(line.request.discriminator, heard))
      } else if (plan.packet !== undefined) {
        this.#put(line, formatAddress(line.request.local), plan.packet)
        line.done = now
        line.due = Math.max((line.due ?? now) + this.#gap(plan), now + 0.75 * millisOf(plan.interval))
      }
      this.#schedule(line)
    })
  }

  #recognize(ear: VirtualEar, bytes: Uint8Array, ttl: number, at: Millis): boolean {
    const wanted = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8)
    const line = this.#lines.find(({ request }) => request.discriminator === wanted)
    const expected = line?.plan?.expected
    if (line === undefined || expected === undefined || line.request.ear !== ear || ttl < line.request.lowestTtl)
      return false
    const alike = bytes.length === 24 && bytes.every((byte, index) => byte === expected[index])
    const up = ((bytes[1] ?? 0) & 0xc5) === 0xc0
    const same = bytes.subarray(4, 12).every((byte, index) => byte === expected[4 + index])
    if (!alike && !(bytes.length === 24 && up && same)) return false
    line.heard = Math.max(line.heard, at)
    this.#schedule(line)
    if (!alike || line.plan?.tellAll === true) return false
    line.alike += 1
    return true
  }

  #onLoop(run: () => void): void {
    if (this.net.now < this.#blockedUntil) this.#waiting.push(run)
    else run()
  }

  #drain(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const run of waiting) run()
  }
}
