import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type AnnouncerEvent, announceFor, announcerAtStart, step } from "../../../agent/core/announcer/announcer.ts"
import { type ArpFrame, readArp, writeArp } from "../../../agent/core/arp/packet.ts"
import { type Ear, respond } from "../../../agent/core/arp/responder.ts"
import { isZeroMac } from "../../../agent/core/net/mac.ts"

const ip = fc.integer({ min: 0, max: 0xffffffff })
const mac = fc.uint8Array({ minLength: 6, maxLength: 6 })
const station = mac.map(bytes => bytes.with(0, (bytes[0] ?? 0) & 0xfe)).filter(bytes => !isZeroMac(bytes))

const packets = fc.tuple(fc.constantFrom("request" as const, "reply" as const), station, ip, mac, ip)
const frames: fc.Arbitrary<ArpFrame> = fc
  .tuple(mac, mac, packets)
  .map(([destination, source, [operation, senderMac, senderIp, targetMac, targetIp]]) => ({
    destination,
    source,
    packet: { operation, senderMac, senderIp, targetMac, targetIp },
  }))

const ear: Ear = { interface: "eth0", mac: Uint8Array.of(2, 0, 0, 0, 0, 1), announces: () => "here" }

test("whatever is written is read back, with any padding", () => {
  fc.assert(
    fc.property(frames, fc.uint8Array({ maxLength: 30 }), (frame, padding) => {
      const reading = readArp(Uint8Array.from([...writeArp(frame), ...padding]))
      assert.ok(reading.ok)
      assert.deepEqual(reading.frame, frame)
    }),
  )
})

test("any bytes at all are read or refused with a reason, and refused ones are never answered", () => {
  const damaged = fc.tuple(frames, fc.nat(41), fc.nat(255)).map(([frame, at, byte]) => writeArp(frame).with(at, byte))
  const cut = fc.tuple(frames, fc.nat(42)).map(([frame, length]) => writeArp(frame).subarray(0, length))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), damaged, cut), bytes => {
      const response = respond(bytes, ear)
      const reading = readArp(bytes)
      assert.equal(response.reason === "ML334", !reading.ok)
      if (response.reply === undefined) return
      assert.ok(reading.ok && reading.frame.packet.operation === "request")
      const answer = readArp(response.reply)
      assert.ok(answer.ok)
      assert.equal(answer.frame.packet.senderIp, reading.frame.packet.targetIp)
      assert.deepEqual(answer.frame.destination, reading.frame.packet.senderMac)
    }),
    { numRuns: 1000 },
  )
})

type Happening = { readonly wait: number; readonly event: AnnouncerEvent }

const addresses = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 6 })
const addressOf = (n: number) => ({ family: "IPv4", value: BigInt(n) }) as const
const links = fc
  .uniqueArray(fc.constantFrom("eth0", "eth1", "eth2"), { maxLength: 3 })
  .map(names =>
    names.map(name => ({ name, mac: Uint8Array.of(2, 0, 0, 0, 0, name.length), families: ["IPv4" as const] })),
  )

const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.record({
    wait: fc.nat(3000),
    event: fc.oneof(
      addresses.map(list => ({
        kind: "own" as const,
        wishes: list.map(n => ({ address: addressOf(n), interfaces: n % 2 === 0 ? ("all" as const) : ["eth0"] })),
      })),
      links.map(list => ({ kind: "links" as const, links: list })),
      addresses.map(list => ({ kind: "again" as const, addresses: list.map(addressOf) })),
    ),
  }),
  { maxLength: 12 },
)

test("only owned addresses are announced, only where they may be, and the announcer comes to rest", () => {
  fc.assert(
    fc.property(happenings, list => {
      let state = announcerAtStart
      let now = 0
      let wakeAt: number | undefined
      const take = (event: AnnouncerEvent) => {
        const taken = step(state, event, now)
        state = taken.next
        wakeAt = taken.wakeAt
        for (const { address, interface: name } of taken.effects) {
          const owned = [...state.owned.values()].find(one => one.address.value === address.value)
          assert.ok(owned !== undefined, "an address that is not owned was announced")
          assert.ok(owned.interfaces === "all" || owned.interfaces.includes(name))
          assert.ok(state.links.some(link => link.name === name))
        }
        assert.ok(state.fresh.length + state.repeats.length <= state.owned.size, "something is queued twice")
        assert.ok(wakeAt === undefined || wakeAt > now)
      }
      const sleepUntil = (at: number) => {
        while (wakeAt !== undefined && wakeAt <= at) {
          now = wakeAt
          take({ kind: "tick" })
        }
        now = at
      }
      for (const { wait, event } of list) {
        sleepUntil(now + wait)
        take(event)
      }
      sleepUntil(now + 2 * announceFor)
      assert.equal(wakeAt, undefined)
    }),
    { numRuns: 300 },
  )
})
