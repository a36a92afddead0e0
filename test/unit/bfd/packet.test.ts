import assert from "node:assert/strict"
import { test } from "node:test"
import { diagnosticText } from "../../../agent/core/bfd/diagnostic.ts"
import {
  authenticationText,
  type ControlPacket,
  type PacketFault,
  readControlPacket,
  sessionStates,
  writeControlPacket,
} from "../../../agent/core/bfd/packet.ts"
import { bytesOf, hexOf, upPacket } from "./fixtures.ts"

const up = "20c0031800000007000000090000c3500000ea6000011170"

/** The packet with some bytes replaced, by offset. */
const changed = (bytes: Readonly<Record<number, number>>, more = ""): Uint8Array => {
  const out = bytesOf(up + more)
  for (const [at, value] of Object.entries(bytes)) out[Number(at)] = value
  return out
}

const faultOf = (bytes: Uint8Array) => {
  const reading = readControlPacket(bytes)
  return reading.ok ? undefined : reading.fault
}

test("a packet of 24 bytes is read and written byte for byte", () => {
  assert.deepEqual(readControlPacket(bytesOf(up)), { ok: true, packet: upPacket, authenticationType: undefined })
  assert.equal(hexOf(writeControlPacket(upPacket)), up)
})

const refused: readonly (readonly [string, Uint8Array, PacketFault])[] = [
  ["23 bytes", bytesOf(up).subarray(0, 23), "shorter than a control packet"],
  ["nothing", new Uint8Array(0), "shorter than a control packet"],
  ["version 0", changed({ 0: 0x00 }), "version is not 1"],
  ["version 2", changed({ 0: 0x40 }), "version is not 1"],
  ["version 7", changed({ 0: 0xe0 }), "version is not 1"],
  ["length 23", changed({ 3: 23 }), "length is too small"],
  ["length 0", changed({ 3: 0 }), "length is too small"],
  ["length 25 with A", changed({ 1: 0xc4, 3: 25 }, "0101"), "length is too small"],
  ["length 25 of 24 bytes", changed({ 3: 25 }), "length is more than the datagram has"],
  ["length 255 of 24 bytes", changed({ 3: 255 }), "length is more than the datagram has"],
  ["length 26 of 25 bytes with A", changed({ 1: 0xc4, 3: 26 }, "01"), "length is more than the datagram has"],
  ["detect multiplier 0", changed({ 2: 0 }), "detect multiplier is zero"],
  ["multipoint", changed({ 1: 0xc1 }), "multipoint bit is set"],
  ["my discriminator 0", changed({ 7: 0 }), "my discriminator is zero"],
]

for (const [what, bytes, fault] of refused) test(`refused: ${what}`, () => assert.equal(faultOf(bytes), fault))

test("several faults at once are told by the first rule of section 6.8.6 that is broken", () => {
  const all = { 0: 0x40, 1: 0xc1, 2: 0, 3: 1, 7: 0 }
  assert.equal(faultOf(changed(all)), "version is not 1")
  assert.equal(faultOf(changed({ ...all, 0: 0x20 })), "length is too small")
  assert.equal(faultOf(changed({ ...all, 0: 0x20, 3: 99 })), "length is more than the datagram has")
  assert.equal(faultOf(changed({ ...all, 0: 0x20, 3: 24 })), "detect multiplier is zero")
  assert.equal(faultOf(changed({ ...all, 0: 0x20, 3: 24, 2: 1 })), "multipoint bit is set")
  assert.equal(faultOf(changed({ ...all, 0: 0x20, 3: 24, 2: 1, 1: 0xc0 })), "my discriminator is zero")
})

test("what stands behind the packet in the datagram is not looked at", () => {
  assert.deepEqual(readControlPacket(changed({}, "ffffffff")), {
    ok: true,
    packet: upPacket,
    authenticationType: undefined,
  })
})

test("an authentication section is told by its type, whatever it holds", () => {
  for (const type of [0, 1, 2, 5, 9, 255]) {
    const reading = readControlPacket(changed({ 1: 0xc4, 3: 26, 24: type }, "0000"))
    assert.ok(reading.ok)
    assert.equal(reading.authenticationType, type)
  }
  assert.equal(authenticationText(1), "Simple Password")
  assert.equal(authenticationText(5), "Meticulous Keyed SHA1")
  assert.equal(authenticationText(9), "type 9")
})

test("each flag is one bit of its own", () => {
  const flags = [
    ["poll", 0xe0],
    ["final", 0xd0],
    ["controlPlaneIndependent", 0xc8],
    ["demand", 0xc2],
  ] as const
  for (const [name, second] of flags) {
    const packet = { ...upPacket, [name]: true }
    assert.deepEqual(readControlPacket(changed({ 1: second })), { ok: true, packet, authenticationType: undefined })
    assert.equal(writeControlPacket(packet)[1], second, name)
  }
})

test("each state is its number on the wire", () => {
  for (const [number, state] of sessionStates.entries()) {
    const bytes = writeControlPacket({ ...upPacket, state })
    assert.equal(bytes[1], number << 6)
    const reading = readControlPacket(bytes)
    assert.ok(reading.ok)
    assert.equal(reading.packet.state, state)
  }
})

const most = 2 ** 32 - 1
const bounds: readonly (readonly [keyof ControlPacket, number, number])[] = [
  ["diagnostic", 0, 31],
  ["detectMultiplier", 1, 255],
  ["myDiscriminator", 1, most],
  ["yourDiscriminator", 0, most],
  ["desiredMinTx", 0, most],
  ["requiredMinRx", 0, most],
  ["requiredMinEchoRx", 0, most],
]

for (const [field, least, greatest] of bounds)
  test(`${field} holds ${least} and ${greatest}, and neither less nor more`, () => {
    for (const value of [least, greatest]) {
      const packet = { ...upPacket, [field]: value }
      assert.deepEqual(readControlPacket(writeControlPacket(packet)), {
        ok: true,
        packet,
        authenticationType: undefined,
      })
    }
    for (const value of [least - 1, greatest + 1, least + 0.5])
      assert.throws(() => writeControlPacket({ ...upPacket, [field]: value }), new RegExp(`^RangeError: ${field}`))
  })

test("diagnostics have words, and those without a meaning their number", () => {
  assert.equal(diagnosticText(1), "control detection time expired")
  assert.equal(diagnosticText(9), "mis-connectivity defect")
  assert.equal(diagnosticText(10), "diagnostic 10")
})
