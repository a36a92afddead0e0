import assert from "node:assert/strict"
import { afterEach, before, beforeEach, test } from "node:test"
import { respond } from "../../agent/core/arp/responder.ts"
import { compileAddon } from "../../agent/native/compile.ts"
import { arpRequest } from "./arp-frame.ts"
import { Probe } from "./probe.ts"
import { makeSegment, type Segment } from "./segment.ts"

const [vip, other, nobody] = ["10.77.0.200", "10.77.0.202", "10.77.0.201"]
const elsewhere = "0200000000aa"
const licence = { until: 1e15, since: 0, freshFor: 60_000 }
let segment: Segment
let probe: Probe
let peer: Probe

before(compileAddon)
beforeEach(async () => {
  segment = makeSegment()
  // The kernels are to say nothing of their own.
  for (const host of [segment.node, segment.peer]) host.ip("addr", "flush", "dev", "eth0")
  probe = new Probe(segment.node.enter)
  peer = new Probe(segment.peer.enter)
  for (const each of [probe, peer]) await each.ask({ do: "open", interface: "eth0", targets: "everything" })
  await probe.ask({ do: "answers", mac: own(), at: { [vip]: own(), [other]: elsewhere } })
})
afterEach(() => {
  probe.kill()
  peer.kill()
  segment.remove()
})

const plain = (mac: string) => mac.replaceAll(":", "")
const own = () => plain(segment.node.mac)
const request = (target: string) => arpRequest({ mac: segment.peer.mac, ip: "10.77.0.2" }, target)

/** Sends a frame; whether it was answered before it was told. */
const answered = async (frame: string): Promise<boolean> => {
  await peer.ask({ do: "send", frame })
  return (await probe.next("received", report => report.frame === frame)).answered
}

test("a request is answered before it is told, while that is allowed, with the MAC that the address is at", async () => {
  assert.equal(await answered(request(vip)), false, "nothing was allowed yet")
  await probe.ask({ do: "license", licence })
  assert.equal(await answered(request(vip)), true)
  assert.equal((await peer.next("received")).frame, replyTo(request(vip)))
  assert.equal(await answered(request(other)), true)
  const { frame } = await peer.next("received")
  assert.deepEqual([frame.slice(12, 24), frame.slice(44, 56)], [own(), elsewhere])
  assert.equal(await answered(request(nobody)), false)
  for (const not of [{ until: 0 }, { since: 1e15 }, { freshFor: 0 }]) {
    await probe.ask({ do: "license", licence: { ...licence, ...not } })
    assert.equal(await answered(request(vip)), false, JSON.stringify(not))
  }
  await probe.ask({ do: "license", licence })
  await probe.ask({ do: "answers", mac: own(), at: {} })
  assert.equal(await answered(request(vip)), false, "the address was given up")
  assert.equal(peer.count("received"), 0)
})

/** What the responder says to a frame in the same place. */
const replyTo = (frame: string): string | undefined => {
  const at = new Map([vip, other].map((address, which) => [numberOf(address), which === 0 ? own() : elsewhere]))
  const { reply } = respond(bytesOf(frame), {
    interface: "eth0",
    mac: bytesOf(own()),
    announces: ip => (at.has(ip) ? "here" : "no"),
    inStead: ip => bytesOf(at.get(ip) ?? own()),
  })
  return reply === undefined ? undefined : Buffer.from(reply).toString("hex")
}

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"))
const numberOf = (address: string) => address.split(".").reduce((value, part) => value * 256 + Number(part), 0)

test("what is answered, and how, is what the responder says of the same frame, also of broken ones", async () => {
  await probe.ask({ do: "license", licence })
  const random = lcg(7)
  const pick = <T>(...list: readonly [T, ...T[]]): T => list[random(list.length)] ?? list[0]
  let yes = 0
  for (let run = 0; run < 1500; run++) {
    const bytes = Buffer.from(request(pick(vip, vip, other, nobody, "10.77.0.199", "0.0.0.0")), "hex")
    bytes.write(pick("ffffffffffff", "ffffffffffff", own(), own(), "01005e000001"), 0, "hex")
    bytes.write(pick(plain(segment.peer.mac), plain(segment.peer.mac), plain(segment.peer.mac), own()), 6, "hex")
    if (random(6) === 0) bytes.write(pick("000000000000", "ffffffffffff", "0300000000bb", own()), 22, "hex")
    // Every byte behind the EtherType, which chooses the socket.
    if (random(3) === 0) bytes[14 + random(28)] = random(256)
    const frame = bytes.subarray(0, pick(60, 60, 60, 42, 41, 14 + random(46))).toString("hex")
    const expected = replyTo(frame)
    assert.equal(await answered(frame), expected !== undefined, frame)
    if (expected === undefined) continue
    yes += 1
    assert.equal((await peer.next("received")).frame, expected, frame)
  }
  assert.ok(yes > 200 && yes < 1300, `${yes} of 1500 were answered, so one side was hardly tried`)
  assert.equal(peer.count("received"), 0, "nothing else was answered")
})

/** Numbers from 0 to below `most`, the same every time (Knuth's constants for 2^32). */
const lcg = (seed: number) => {
  let state = seed
  return (most: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * most)
  }
}
