import assert from "node:assert/strict"
import { test } from "node:test"
import {
  type Announcer,
  type AnnouncerEvent,
  announcerAtStart,
  framesPerWindow,
  step,
} from "../../../agent/core/announcer/announcer.ts"
import { readArp } from "../../../agent/core/arp/packet.ts"
import type { Address } from "../../../agent/core/ip/address.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import type { IpFamily } from "../../../agent/core/model.ts"
import { readNdp } from "../../../agent/core/ndp/packet.ts"
import { address } from "../allocate/fixtures.ts"

const link = (name: string, last = 1, families: readonly IpFamily[] = ["IPv4", "IPv6"]) => ({
  name,
  mac: Uint8Array.of(2, 0, 0, 0, 0, last),
  families,
})
const own = (...texts: readonly string[]): AnnouncerEvent => ({
  kind: "own",
  wishes: texts.map(text => ({ address: address(text), interfaces: "all" })),
})

/** Runs the announcer on virtual time: every wake-up that it asks for is given, at the very millisecond. */
class Clock {
  state: Announcer = announcerAtStart
  readonly sent: string[] = []
  private wakeAt: number | undefined
  private now = 0

  constructor(...names: readonly string[]) {
    this.happen(0, { kind: "links", links: names.map((name, at) => link(name, at + 1)) })
  }

  happen(at: number, event: AnnouncerEvent): void {
    this.until(at)
    this.take(event)
  }

  until(at: number): void {
    while (this.wakeAt !== undefined && this.wakeAt <= at) {
      this.now = this.wakeAt
      this.take({ kind: "tick" })
    }
    this.now = at
  }

  private take(event: AnnouncerEvent): void {
    const { next, effects, wakeAt } = step(this.state, event, this.now)
    assert.ok(wakeAt === undefined || wakeAt > this.now, "asked to be woken at once, for ever")
    this.state = next
    this.wakeAt = wakeAt
    for (const { address: ip, interface: name, frame } of effects) {
      this.sent.push(`${this.now} ${formatAddress(ip)} ${name} ${formOf(frame)}`)
    }
  }
}

const formOf = (frame: Uint8Array): string => {
  const arp = readArp(frame)
  if (arp.ok) return arp.frame.packet.operation
  const ndp = readNdp(frame)
  assert.ok(ndp.ok, "neither ARP nor NDP")
  return ndp.frame.message.kind
}

/** A clock whose announcer also refreshes. */
const refreshing = (every: number, ...names: readonly string[]): Clock => {
  const clock = new Clock()
  clock.state = { ...announcerAtStart, refreshEvery: every }
  clock.happen(0, { kind: "links", links: names.map((name, at) => link(name, at + 1)) })
  return clock
}

const times = (clock: Clock, text: string): readonly number[] => [
  ...new Set(clock.sent.filter(line => line.includes(` ${text} `)).map(line => Number(line.split(" ")[0]))),
]

test("an address taken over is announced at once in both forms, and every 1.1 s for five seconds", () => {
  const clock = new Clock("eth0")
  clock.happen(1000, own("10.0.0.1"))
  clock.until(60_000)
  assert.deepEqual(clock.sent.slice(0, 2), ["1000 10.0.0.1 eth0 request", "1000 10.0.0.1 eth0 reply"])
  assert.deepEqual(times(clock, "10.0.0.1"), [1000, 2100, 3200, 4300, 5400])
  assert.equal(clock.sent.length, 10)
})

test("what is owned already is not announced again", () => {
  const clock = new Clock("eth0")
  clock.happen(0, own("10.0.0.1"))
  clock.until(20_000)
  const before = clock.sent.length
  clock.happen(20_000, own("10.0.0.1"))
  clock.until(40_000)
  assert.equal(clock.sent.length, before)
})

test("announcing again within the five seconds makes them start anew, without a frame of its own", () => {
  const clock = new Clock("eth0")
  clock.happen(0, own("10.0.0.1"))
  clock.happen(3000, { kind: "again", addresses: [address("10.0.0.1")] })
  clock.until(60_000)
  assert.deepEqual(times(clock, "10.0.0.1"), [0, 1100, 2200, 3300, 4400, 5500, 6600, 7700])
})

test("announcing again after them starts at once", () => {
  const clock = new Clock("eth0")
  clock.happen(0, own("10.0.0.1"))
  clock.happen(10_000, { kind: "again", addresses: [address("10.0.0.1")] })
  clock.until(60_000)
  assert.deepEqual(times(clock, "10.0.0.1").slice(5), [10_000, 11_100, 12_200, 13_300, 14_400])
})

test("an address given up is not announced any more", () => {
  const clock = new Clock("eth0")
  clock.happen(0, own("10.0.0.1"))
  clock.happen(1500, own())
  clock.until(60_000)
  assert.deepEqual(times(clock, "10.0.0.1"), [0, 1100])
  assert.deepEqual([clock.state.fresh, clock.state.repeats], [[], []])
})

test("an address given up and taken over again is announced at once, on a schedule of its own", () => {
  const clock = new Clock("eth0")
  clock.happen(0, own("10.0.0.1"))
  clock.happen(500, own())
  clock.happen(600, own("10.0.0.1"))
  clock.until(60_000)
  assert.deepEqual(times(clock, "10.0.0.1"), [0, 600, 1700, 2800, 3900, 5000])
})

test("what is not owned cannot be announced again", () => {
  const clock = new Clock("eth0")
  clock.happen(0, { kind: "again", addresses: [address("10.0.0.1")] })
  assert.deepEqual(clock.sent, [])
})

test("an address goes out on its interfaces only, with the address of each", () => {
  const clock = new Clock("eth0", "eth1", "eth2")
  clock.happen(0, { kind: "own", wishes: [{ address: address("10.0.0.1"), interfaces: ["eth2", "eth1", "gone"] }] })
  assert.deepEqual(clock.sent, [
    "0 10.0.0.1 eth1 request",
    "0 10.0.0.1 eth1 reply",
    "0 10.0.0.1 eth2 request",
    "0 10.0.0.1 eth2 reply",
  ])
})

test("an interface more makes the address be announced again, an interface less does not", () => {
  const wish = (...interfaces: readonly string[]): AnnouncerEvent => ({
    kind: "own",
    wishes: [{ address: address("10.0.0.1"), interfaces }],
  })
  const clock = new Clock("eth0", "eth1")
  clock.happen(0, wish("eth0"))
  clock.happen(20_000, wish("eth0", "eth1"))
  clock.happen(40_000, wish("eth1"))
  clock.until(80_000)
  assert.deepEqual([...new Set(times(clock, "10.0.0.1").map(at => Math.floor(at / 20_000)))], [0, 1])
})

test("an interface that appears or changes its address gets everything announced", () => {
  const clock = new Clock("eth0")
  clock.happen(0, own("10.0.0.1"))
  clock.happen(10_000, { kind: "links", links: [link("eth0"), link("eth1", 2)] })
  clock.happen(20_000, { kind: "links", links: [link("eth0"), link("eth1", 9)] })
  clock.happen(30_000, { kind: "links", links: [link("eth0")] })
  clock.until(60_000)
  const starts = times(clock, "10.0.0.1").filter((at, place, all) => at - (all[place - 1] ?? -9999) > 2000)
  assert.deepEqual(starts, [0, 10_000, 20_000])
})

test("an IPv6 address is announced by one advertisement at the times of an IPv4 address", () => {
  const clock = new Clock("eth0")
  clock.happen(0, own("2001:db8::1", "10.0.0.1"))
  clock.until(60_000)
  assert.deepEqual(times(clock, "2001:db8::1"), [0, 1100, 2200, 3300, 4400])
  assert.deepEqual(clock.sent.slice(0, 3), [
    "0 10.0.0.1 eth0 request",
    "0 10.0.0.1 eth0 reply",
    "0 2001:db8::1 eth0 advertisement",
  ])
})

test("a family goes out only where the interface speaks it, and at once where it learns to", () => {
  const clock = new Clock()
  const links = (...families: readonly IpFamily[]): AnnouncerEvent => ({
    kind: "links",
    links: [link("eth0", 1, families)],
  })
  clock.happen(0, links("IPv4"))
  clock.happen(0, own("2001:db8::1", "10.0.0.1"))
  clock.happen(20_000, links("IPv4", "IPv6"))
  clock.happen(40_000, links("IPv6"))
  clock.happen(60_000, links("IPv6"))
  clock.until(80_000)
  assert.deepEqual(times(clock, "10.0.0.1"), [0, 1100, 2200, 3300, 4400])
  assert.deepEqual(times(clock, "2001:db8::1"), [20_000, 21_100, 22_200, 23_300, 24_400])
})

test("announcing once sends one burst, and none more while one is due anyway", () => {
  const clock = new Clock("eth0")
  const once: AnnouncerEvent = { kind: "once", addresses: [address("10.0.0.1"), address("10.0.0.9")] }
  clock.happen(0, own("10.0.0.1"))
  clock.happen(500, once)
  clock.happen(20_000, once)
  clock.until(60_000)
  assert.deepEqual(times(clock, "10.0.0.1"), [0, 1100, 2200, 3300, 4400, 20_000])
})

test("an address is refreshed about once a minute, at whole seconds, for as long as it is owned", () => {
  const clock = refreshing(60_000, "eth0")
  clock.happen(0, own("10.0.0.1", "2001:db8::1"))
  clock.until(3_600_000)
  for (const text of ["10.0.0.1", "2001:db8::1"]) {
    const refreshes = times(clock, text).slice(4)
    const waits = refreshes.slice(1).map((at, place) => at - (refreshes[place] ?? 0))
    assert.ok(waits.length >= 55 && waits.length <= 65, `${waits.length} in an hour`)
    assert.ok(waits.every(wait => wait >= 45_000 && wait <= 76_000))
    assert.ok(new Set(waits).size > 5, "always the same time is no jitter")
    assert.ok(refreshes.slice(1).every(at => at % 1000 === 0))
  }
  const before = clock.sent.length
  clock.happen(3_600_000, own())
  clock.until(7_200_000)
  assert.equal(clock.sent.length, before)
  assert.deepEqual(clock.state.refreshes, [])
})

test("refreshes of a thousand addresses taken over together spread over half a minute", () => {
  const clock = refreshing(60_000, "eth0")
  clock.happen(0, { kind: "own", wishes: many(1000).map(ip => ({ address: ip, interfaces: "all" })) })
  clock.until(300_000)
  const later = clock.sent.map(line => Number(line.split(" ")[0])).filter(at => at > 10_000)
  const perSecond = new Map<number, number>()
  for (const at of later) perSecond.set(Math.floor(at / 1000), (perSecond.get(Math.floor(at / 1000)) ?? 0) + 1)
  assert.ok(later.length > 6_000)
  assert.ok(Math.max(...perSecond.values()) < 160, `${Math.max(...perSecond.values())} frames in one second`)
})

test("what is announced anew is not refreshed before that is over, and never twice as often", () => {
  const clock = refreshing(60_000, "eth0")
  clock.happen(0, own("10.0.0.1"))
  for (let at = 30_000; at < 600_000; at += 30_000)
    clock.happen(at, { kind: at % 60_000 === 0 ? "again" : "once", addresses: [address("10.0.0.1")] })
  clock.until(1_800_000)
  assert.equal(clock.state.refreshes.length, 1)
  const refreshes = times(clock, "10.0.0.1").filter(at => at > 700_000)
  assert.ok(refreshes.length >= 14 && refreshes.length <= 25, `${refreshes.length} in 18 minutes`)
})

const many = (count: number): readonly Address[] =>
  Array.from({ length: count }, (_, n) => ({ family: "IPv4", value: BigInt(0x0a000000 + n) }))

test("five hundred addresses taken over at once are all announced after 80 ms, none twice", () => {
  const clock = new Clock("eth0")
  clock.happen(0, { kind: "own", wishes: many(500).map(ip => ({ address: ip, interfaces: "all" })) })
  clock.until(80)
  assert.equal(clock.sent.length, 1000)
  assert.equal(new Set(clock.sent.map(line => line.split(" ").slice(1).join(" "))).size, 1000)
})

test("windows of 10 ms hold at most 128 frames each, whatever comes", () => {
  const clock = new Clock("eth0", "eth1")
  for (let n = 0; n < 20; n += 1) {
    clock.happen(n, { kind: "own", wishes: many(100 + 40 * n).map(ip => ({ address: ip, interfaces: "all" })) })
    clock.happen(n, { kind: "again", addresses: many(50) })
  }
  clock.until(12_000)
  const at = clock.sent.map(line => Number(line.split(" ")[0]))
  assert.ok(at.length > 10_000)
  // A span of 100 ms touches eleven windows at most.
  for (const [place, time] of at.entries()) assert.ok((at[place + 11 * framesPerWindow] ?? 12_000) - time >= 100)
})

test("takeovers go before repetitions", () => {
  const clock = new Clock("eth0")
  clock.happen(0, { kind: "own", wishes: many(300).map(ip => ({ address: ip, interfaces: "all" })) })
  clock.happen(1105, { kind: "own", wishes: many(301).map(ip => ({ address: ip, interfaces: "all" })) })
  clock.until(1110)
  const [first] = clock.sent.filter(line => line.startsWith("1110 "))
  assert.equal(first, `1110 ${formatAddress({ family: "IPv4", value: BigInt(0x0a000000 + 300) })} eth0 request`)
})

test("an address on more interfaces than one window holds is still announced", () => {
  const clock = new Clock(...Array.from({ length: 100 }, (_, n) => `eth${n}`))
  clock.happen(0, own("10.0.0.1", "10.0.0.2"))
  clock.until(20)
  assert.equal(clock.sent.length, 400)
})
