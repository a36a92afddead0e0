import assert from "node:assert/strict"
import { test } from "node:test"
import { maxPacket } from "../../../agent/core/detector/limits.ts"
import { decodeMessage, encodeMessage } from "../../../agent/core/detector/message.ts"
import {
  detectorKey,
  type Header,
  isDetectorPacket,
  openPacket,
  packetTypes,
  sealPacket,
} from "../../../agent/core/detector/packet.ts"
import { messageTypes } from "../../../agent/core/membership/wire/message.ts"
import { signingCrypto } from "../../../agent/ports/signing-crypto.ts"

const key = detectorKey(new TextEncoder().encode("secret"), signingCrypto)
const header: Header = { from: "node-1", boot: 1_700_000_000_000, sequence: 7, link: "192.168.1.0/24", type: 1 }
const body = encodeMessage({ type: "heartbeat", mac: "02:00:00:00:00:01" }).body
const known = (name: string) => name === "node-1"
const open = (bytes: Uint8Array, keys = [key]) => openPacket(bytes, known, keys, signingCrypto)
const seal = (changed: Partial<Header>, bytes = body) =>
  sealPacket({ ...header, ...changed }, bytes, key, signingCrypto)

test("a packet comes back as it was sealed", () => {
  const opened = open(seal({}))
  assert.deepEqual(opened, { ok: true, header, body })
})

test("the first byte is none that memberlist begins a packet with, encrypted or not", () => {
  const first = seal({})[0]
  assert.ok(!Object.values(messageTypes).some(type => type === first))
  assert.ok(first !== 0 && first !== 1, "versions of its encryption")
  for (const type of Object.values(messageTypes)) assert.equal(isDetectorPacket(Uint8Array.of(type, 0, 0)), false)
})

test("every changed byte is refused", () => {
  const packet = seal({})
  for (let at = 0; at < packet.length; at += 1) {
    const changed = packet.slice()
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.equal(open(changed).ok, false, `byte ${at}`)
  }
})

test("every shorter packet is refused", () => {
  const packet = seal({})
  for (let length = 0; length < packet.length; length += 1) assert.equal(open(packet.slice(0, length)).ok, false)
})

test("boot and sequence hold 0 and 2^48-1, and not one more", () => {
  const most = 2 ** 48 - 1
  for (const value of [0, most]) {
    const opened = open(seal({ boot: value, sequence: value }))
    assert.ok(opened.ok)
    assert.deepEqual([opened.header.boot, opened.header.sequence], [value, value])
  }
  assert.throws(() => seal({ boot: most + 1 }), RangeError)
  assert.throws(() => seal({ sequence: -1 }), RangeError)
})

test("a body of the greatest size fits with the longest names, and one byte more does not", () => {
  const from = "n".repeat(253)
  const link = "x".repeat(43)
  const room = maxPacket - 16 - 253 - 1 - 43 - 16
  const packet = seal({ from, link }, new Uint8Array(room))
  assert.equal(packet.length, maxPacket)
  assert.throws(() => seal({ from, link }, new Uint8Array(room + 1)), RangeError)
})

test("a link's name holds 49 bytes, and not one more", () => {
  const opened = open(seal({ link: "x".repeat(49) }))
  assert.ok(opened.ok)
  assert.equal(opened.header.link.length, 49)
  assert.deepEqual(open(seal({ link: "x".repeat(50) })), { ok: false, fault: "link" })
})

test("a type that is not known, at its least and its most and next to those that are, is refused", () => {
  for (const type of [0, 6, 15, 19, 255]) {
    const packet = seal({})
    packet[2] = type
    assert.deepEqual(open(packet), { ok: false, fault: "type" }, String(type))
  }
})

test("faults are told apart by name", () => {
  const fault = (bytes: Uint8Array, keys?: Uint8Array[]) => {
    const opened = open(bytes, keys)
    return opened.ok ? "taken" : opened.fault
  }
  assert.equal(fault(Uint8Array.of(1, 2, 3)), "not-ours")
  assert.equal(fault(new Uint8Array(maxPacket + 1).fill(0xc7)), "too-long")
  assert.equal(fault(seal({}).slice(0, 20)), "truncated")
  assert.equal(fault(seal({ from: "node-2" })), "stranger")
  assert.equal(fault(seal({ from: "" })), "name")
  assert.equal(fault(seal({ link: "" })), "link")
  assert.equal(fault(seal({}), [detectorKey(Uint8Array.of(1), signingCrypto)]), "tag")
  const version = seal({})
  version[1] = 2
  assert.equal(fault(version), "version")
  const type = seal({})
  type[2] = 99
  assert.equal(fault(type), "type")
})

test("while keys are rotated the old one still opens", () => {
  const next = detectorKey(Uint8Array.of(9), signingCrypto)
  assert.equal(open(seal({}), [next, key]).ok, true)
})

test("the detector's key is not the membership's secret", () => {
  const secret = new Uint8Array(32).fill(3)
  assert.notDeepEqual(new Uint8Array(detectorKey(secret, signingCrypto)), secret)
})

test("every message comes back as it was written, and neither shorter nor longer", () => {
  const messages = [
    { type: "heartbeat", mac: "02:00:00:00:00:01" },
    { type: "suspect", about: "node-2", boot: 2 ** 48 - 1 },
    { type: "hears", about: "node-2", boot: 0 },
    { type: "verdict", about: "node-2", boot: 5, gone: "speaker" },
    { type: "verdict", about: "node-2", boot: 5, gone: "node" },
    { type: "verdict", about: "node-2", boot: 5, gone: "process" },
    { type: "bye" },
  ] as const
  for (const message of messages) {
    const { type, body } = encodeMessage(message)
    assert.deepEqual(decodeMessage(type, body), message)
    for (let length = 0; length < body.length; length += 1) {
      assert.equal(decodeMessage(type, body.slice(0, length)), undefined, `${message.type} cut at ${length}`)
    }
    assert.equal(decodeMessage(type, Uint8Array.of(...body, 0)), undefined)
  }
})

test("a verdict of a kind that is not known, or about nobody, is no message", () => {
  assert.equal(decodeMessage(packetTypes.verdict, Uint8Array.of(3, 0, 0, 0, 0, 0, 5, 1, 110)), undefined)
  assert.equal(decodeMessage(packetTypes.hears, Uint8Array.of(0, 0, 0, 0, 0, 5, 0)), undefined)
})
