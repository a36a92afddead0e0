import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { encodeCompound } from "../../../agent/core/membership/wire/compound.ts"
import { compress } from "../../../agent/core/membership/wire/compression.ts"
import { decodePacketMessage, decodeStreamMessage } from "../../../agent/core/membership/wire/decode.ts"
import { encodePacketMessage } from "../../../agent/core/membership/wire/encode.ts"
import type { PacketMessage } from "../../../agent/core/membership/wire/message.ts"
import { join, type Writable, writeMap } from "../../../agent/core/membership/wire/msgpack-write.ts"
import { openPacket } from "../../../agent/core/membership/wire/packet.ts"
import { bytesOf, plainEnvelope, realCrypto } from "./recorded.ts"

const message = (type: number, fields: readonly (readonly [string, Writable])[]) =>
  join([Uint8Array.of(type), writeMap(fields)])
const faultOf = (bytes: Uint8Array) => {
  const read = decodePacketMessage(bytes)
  return read.ok ? "none" : read.fault
}
const filled = (length: number) => new Uint8Array(length).fill(0x61)
const none = new Uint8Array(0)

describe("fields of a message", () => {
  it("keep their value at the least and at the most they can hold", () => {
    const all: readonly PacketMessage[] = [
      { kind: "ping", sequence: 0, node: "", source: undefined },
      {
        kind: "ping",
        sequence: 0xffff_ffff,
        node: "n".repeat(255),
        source: { address: filled(16), port: 65_535, name: "s".repeat(255) },
      },
      { kind: "indirect-ping", sequence: 1, target: filled(4), port: 0, node: "a", nack: true, source: undefined },
      { kind: "ack", sequence: 0x7f, payload: none },
      { kind: "ack", sequence: 0x80, payload: filled(31) },
      { kind: "ack", sequence: 0xff, payload: filled(32) },
      { kind: "ack", sequence: 0x100, payload: filled(1) },
      { kind: "ack", sequence: 0xffff, payload: none },
      { kind: "nack", sequence: 0x1_0000 },
      { kind: "suspect", incarnation: 0xffff_ffff, node: "a", from: "b" },
      { kind: "dead", incarnation: 0, node: "a", from: "a" },
      {
        kind: "alive",
        incarnation: 1,
        node: "a",
        address: filled(16),
        port: 65_535,
        meta: filled(512),
        versions: filled(6),
      },
      { kind: "alive", incarnation: 1, node: "a", address: none, port: 0, meta: none, versions: none },
      { kind: "user", payload: none },
    ]
    for (const one of all) assert.deepEqual(decodePacketMessage(encodePacketMessage(one)), { ok: true, value: one })
  })

  it("are refused one past it, by name", () => {
    assert.equal(faultOf(bytesOf("0281a55365714e6fcf0000000100000000")), "field-range")
    assert.equal(faultOf(bytesOf("0281a55365714e6fff")), "field-range")
    assert.equal(faultOf(message(4, [["Port", 65_536]])), "field-range")
    assert.equal(faultOf(message(4, [["Meta", filled(513)]])), "field-length")
    assert.equal(faultOf(message(4, [["Node", filled(256)]])), "field-length")
    assert.equal(faultOf(message(4, [["Addr", filled(5)]])), "field-length")
    assert.equal(faultOf(message(4, [["Addr", filled(17)]])), "field-length")
    assert.equal(faultOf(message(4, [["Vsn", filled(7)]])), "field-length")
  })

  it("of the wrong type make the message unreadable", () => {
    assert.equal(faultOf(message(0, [["SeqNo", "one"]])), "field-type")
    assert.equal(faultOf(message(0, [["Node", 1]])), "field-type")
    assert.equal(faultOf(message(1, [["Nack", 1]])), "field-type")
    assert.equal(faultOf(Uint8Array.of(0, 0x90)), "field-type")
    assert.equal(faultOf(bytesOf("008101c0")), "msgpack-type")
    assert.equal(faultOf(bytesOf("00c1")), "msgpack-type")
  })

  it("that are missing, nil or unknown are zero or ignored", () => {
    const zero = { kind: "suspect", incarnation: 0, node: "", from: "" }
    assert.deepEqual(decodePacketMessage(message(3, [])), { ok: true, value: zero })
    assert.deepEqual(decodePacketMessage(message(3, [["Node", null]])), { ok: true, value: zero })
    assert.deepEqual(decodePacketMessage(message(3, [["Colour", true]])), { ok: true, value: zero })
  })

  it("are read in every form that MessagePack has for them", () => {
    const nack = (hex: string) => decodePacketMessage(bytesOf(`0b81a55365714e6f${hex}`))
    for (const hex of ["07", "cc07", "cd0007", "ce00000007", "cf0000000000000007", "d007", "d10007", "d200000007"])
      assert.deepEqual(nack(hex), { ok: true, value: { kind: "nack", sequence: 7 } }, hex)
    assert.deepEqual(nack("d30000000000000007"), { ok: true, value: { kind: "nack", sequence: 7 } })
    const payload = (hex: string) => decodePacketMessage(bytesOf(`0281a75061796c6f6164${hex}`))
    for (const hex of ["a26162", "d9026162", "da00026162", "db000000026162", "c4026162", "c500026162", "926162"])
      assert.deepEqual(payload(hex), { ok: true, value: { kind: "ack", sequence: 0, payload: bytesOf("6162") } }, hex)
    const fifteen = "010203040506070809101112131415"
    assert.deepEqual(payload(`9f${fifteen}`), {
      ok: true,
      value: { kind: "ack", sequence: 0, payload: bytesOf(fifteen) },
    })
    assert.deepEqual(payload(`dc000f${fifteen}`), payload(`9f${fifteen}`))
    assert.deepEqual(payload(`dd0000000f${fifteen}`), payload(`9f${fifteen}`))
    const map16 = bytesOf("0bde0001d9055365714e6f07")
    assert.deepEqual(decodePacketMessage(map16), { ok: true, value: { kind: "nack", sequence: 7 } })
  })

  it("are skipped where their type has no place in the protocol", () => {
    for (const hex of ["ca00000000", "cb0000000000000000", "d40100", "c7020100ff", `d8ff${"00".repeat(16)}`])
      assert.deepEqual(
        decodePacketMessage(bytesOf(`0b82a158${hex}a55365714e6f07`)),
        { ok: true, value: { kind: "nack", sequence: 7 } },
        hex,
      )
  })
})

describe("hostile input", () => {
  it("does not make a decoder believe in lengths that are not there", () => {
    for (const hex of ["00dfffffffff", "0081dbffffffff", "0081a141ddffffffff", "0081a141c9ffffffff"])
      assert.equal(faultOf(bytesOf(hex)), "truncated", hex)
  })

  it("cannot nest values without end", () => {
    assert.equal(faultOf(bytesOf(`0081a141${"91".repeat(200)}00`)), "msgpack-depth")
    assert.equal(faultOf(bytesOf(`0081a141${"81a141".repeat(200)}00`)), "msgpack-depth")
  })

  it("cannot fill a message with values that nobody reads", () => {
    assert.equal(faultOf(bytesOf(`0081a141dc0400${"00".repeat(1024)}`)), "msgpack-size")
  })

  it("cannot nest compounds and compression without end", () => {
    const wrap = (depth: number, around: (inner: Uint8Array) => Uint8Array) => {
      let bytes: Uint8Array = message(11, [])
      for (let i = 0; i < depth; i += 1) bytes = around(bytes)
      return openPacket(bytes, plainEnvelope, realCrypto)
    }
    for (const around of [compress, (inner: Uint8Array) => encodeCompound([inner])]) {
      assert.deepEqual(wrap(4, around).faults, [])
      assert.deepEqual(wrap(5, around).faults, ["message-nesting"])
    }
  })

  it("cannot multiply messages by compounds of compounds", () => {
    const inner = encodeCompound(Array.from({ length: 255 }, () => Uint8Array.of(8)))
    const opened = openPacket(encodeCompound(Array.from({ length: 60 }, () => inner)), plainEnvelope, realCrypto)
    assert.ok(opened.messages.length <= 1024)
    assert.ok(opened.faults.includes("message-count"))
  })

  it("cannot blow a packet up beyond one UDP payload", () => {
    const bomb = (length: number) => compress(new Uint8Array(length))
    assert.ok(bomb(65_536).length < 1000)
    assert.deepEqual(openPacket(bomb(65_536), plainEnvelope, realCrypto).faults, ["compression-size"])
    assert.deepEqual(openPacket(bomb(65_535), plainEnvelope, realCrypto).faults, ["field-type"])
  })

  it("cannot announce more node records than a cluster has", () => {
    const header = (nodes: number) =>
      decodeStreamMessage(
        message(6, [
          ["Nodes", nodes],
          ["UserStateLen", 0],
        ]),
      )
    assert.deepEqual(header(16_384), { ok: false, fault: "truncated" })
    assert.deepEqual(header(16_385), { ok: false, fault: "field-range" })
  })

  it("keeps what a cut-off compound still holds", () => {
    const whole = encodeCompound([message(11, [["SeqNo", 1]]), message(11, [["SeqNo", 2]])])
    const opened = openPacket(whole.subarray(0, whole.length - 1), plainEnvelope, realCrypto)
    assert.deepEqual(opened, { messages: [{ kind: "nack", sequence: 1 }], faults: ["truncated"] })
  })

  it("of an unknown kind is named so", () => {
    for (const type of [6, 10, 13, 14, 243, 255]) assert.equal(faultOf(Uint8Array.of(type, 0x80)), "message-type")
    assert.equal(faultOf(none), "message-empty")
  })
})
