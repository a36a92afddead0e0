import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "fast-check"
import { decodePacketMessage, decodeStreamMessage } from "../../../agent/core/membership/wire/decode.ts"
import { encodePacketMessage, encodeStreamMessage } from "../../../agent/core/membership/wire/encode.ts"
import type { Envelope } from "../../../agent/core/membership/wire/envelope.ts"
import { wireFaults } from "../../../agent/core/membership/wire/fault.ts"
import { lzwPack } from "../../../agent/core/membership/wire/lzw-pack.ts"
import { lzwUnpack } from "../../../agent/core/membership/wire/lzw-unpack.ts"
import type { PacketMessage, StreamMessage } from "../../../agent/core/membership/wire/message.ts"
import { recordStates } from "../../../agent/core/membership/wire/message.ts"
import { openPacket, sealPacket } from "../../../agent/core/membership/wire/packet.ts"
import { openStream, sealStream } from "../../../agent/core/membership/wire/stream.ts"
import { membershipCrypto } from "../../../agent/ports/membership-crypto.ts"
import { bytesOf, envelopeOf, recorded, type Taken } from "../../unit/membership/recorded.ts"

/** Plain objects, as the decoders make them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record<T>(model, { noNullPrototype: true })

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
const port = fc.integer({ min: 0, max: 0xffff })
const name = fc.string({ unit: fc.constantFrom(..."abz09-."), maxLength: 255 })
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map(list => new Uint8Array(list))
const address = fc.oneof(
  fc.constant(new Uint8Array(0)),
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
)
const source = fc.option(
  record({ address, port, name }).filter(one => one.address.length > 0 || one.port > 0 || one.name !== ""),
  { nil: undefined },
)
const told = { incarnation: uint32, node: name, address, port, meta: bytes(512), versions: bytes(6) }
const verdict = { incarnation: uint32, node: name, from: name }

const packetMessage: fc.Arbitrary<PacketMessage> = fc.oneof(
  record({ kind: fc.constant("ping" as const), sequence: uint32, node: name, source }),
  record({
    kind: fc.constant("indirect-ping" as const),
    sequence: uint32,
    target: address,
    port,
    node: name,
    nack: fc.boolean(),
    source,
  }),
  record({ kind: fc.constant("ack" as const), sequence: uint32, payload: bytes(300) }),
  record({ kind: fc.constant("nack" as const), sequence: uint32 }),
  record({ kind: fc.constant("suspect" as const), ...verdict }),
  record({ kind: fc.constant("dead" as const), ...verdict }),
  record({ kind: fc.constant("alive" as const), ...told }),
  record({ kind: fc.constant("user" as const), payload: bytes(300) }),
)

const streamMessage: fc.Arbitrary<StreamMessage> = fc.oneof(
  record({ kind: fc.constant("ping" as const), sequence: uint32, node: name, source }),
  record({ kind: fc.constant("ack" as const), sequence: uint32, payload: bytes(300) }),
  record({ kind: fc.constant("user" as const), payload: bytes(3000) }),
  record({ kind: fc.constant("error" as const), text: name }),
  record({
    kind: fc.constant("push-pull" as const),
    join: fc.boolean(),
    records: fc.array(record({ ...told, state: fc.constantFrom(...recordStates) }), { maxLength: 8 }),
    userState: bytes(300),
  }),
)

const key = fc.constantFrom(16, 24, 32).chain(length => fc.uint8Array({ minLength: length, maxLength: length }))
const envelope: fc.Arbitrary<Envelope> = record({
  label: fc.string({ unit: fc.constantFrom(..."abc"), maxLength: 255 }),
  keys: fc.array(key, { maxLength: 2 }),
  cipherVersion: fc.constantFrom(0 as const, 1 as const),
  verifyIncoming: fc.constant(true),
  verifyOutgoing: fc.constant(true),
  compression: fc.boolean(),
})

describe("what is encoded", () => {
  it("is decoded to the same, for every message", () => {
    fc.assert(
      fc.property(packetMessage, message => {
        assert.deepEqual(decodePacketMessage(encodePacketMessage(message)), { ok: true, value: message })
      }),
    )
    fc.assert(
      fc.property(streamMessage, message => {
        assert.deepEqual(decodeStreamMessage(encodeStreamMessage(message)), { ok: true, value: message })
      }),
    )
  })

  it("is opened to the same under every envelope, in packets and on streams", () => {
    fc.assert(
      fc.property(
        fc.array(packetMessage, { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        envelope,
        (messages, checksum, wrap) => {
          const packet = sealPacket(messages.map(encodePacketMessage), checksum, wrap, membershipCrypto)
          assert.deepEqual(openPacket(packet, wrap, membershipCrypto), { messages, faults: [] })
        },
      ),
    )
    fc.assert(
      fc.property(
        streamMessage,
        fc.constantFrom("opener" as const, "answerer" as const),
        envelope,
        (message, side, wrap) => {
          const stream = sealStream(encodeStreamMessage(message), side, wrap, membershipCrypto)
          assert.deepEqual(openStream(stream, side, wrap, membershipCrypto), { ok: true, value: message })
        },
      ),
    )
  })

  it("is unpacked to the same, whatever LZW had to pack", () => {
    const text = fc.array(fc.constantFrom(0, 1, 65, 66, 255), { maxLength: 12_000 }).map(list => Uint8Array.from(list))
    fc.assert(
      fc.property(fc.oneof(text, bytes(9000)), input => {
        assert.deepEqual(lzwUnpack(lzwPack(input), input.length), { ok: true, value: input })
      }),
      { numRuns: 60 },
    )
  })
})

describe("hostile bytes", () => {
  const known = new Set<string>(wireFaults)
  const anything = fc.uint8Array({ maxLength: 400 }).map(list => new Uint8Array(list))
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 })
  const damaged = (taken: readonly Taken[]) =>
    fc.tuple(fc.constantFrom(...taken), changes).map(([{ hex }, list]) => {
      const copy = bytesOf(hex)
      for (const [at, value] of list) copy[at % copy.length] = value
      return copy
    })
  /** Three in four are what real nodes sent, damaged in a few bytes. */
  const hostile = (taken: readonly Taken[]) =>
    fc.oneof({ weight: 1, arbitrary: anything }, { weight: 3, arbitrary: damaged(taken) })
  /** A run that fails prints its seed, its path and the shortest input; given here they play it again. */
  const often = { numRuns: 1000 }

  for (const recording of recorded.recordings) {
    const wrap = envelopeOf(recording)
    const envelopes = [wrap, { ...wrap, keys: [], label: "" }]

    it(`in packets (${recording.variant}) give messages or named faults, never an exception`, () => {
      fc.assert(
        fc.property(hostile(recording.packets), input => {
          for (const one of envelopes) {
            const { messages, faults } = openPacket(input, one, membershipCrypto)
            assert.ok(faults.every(fault => known.has(fault)))
            assert.ok(messages.length <= 1024)
          }
        }),
        often,
      )
    })

    it(`on streams (${recording.variant}) give a message or a named fault, never an exception`, () => {
      fc.assert(
        fc.property(hostile(recording.streams), input => {
          for (const side of ["opener", "answerer"] as const)
            for (const one of envelopes) {
              const read = openStream(input, side, one, membershipCrypto)
              assert.ok(read.ok || known.has(read.fault))
            }
        }),
        often,
      )
    })
  }

  it("behind the right type byte give a message or a named fault", () => {
    fc.assert(
      fc.property(fc.nat(15), anything, (type, body) => {
        const input = Uint8Array.of(type, ...body)
        const packet = decodePacketMessage(input)
        const stream = decodeStreamMessage(input)
        assert.ok((packet.ok || known.has(packet.fault)) && (stream.ok || known.has(stream.fault)))
      }),
      { numRuns: 5000 },
    )
  })

  it("as LZW data never give more than they may", () => {
    fc.assert(
      fc.property(anything, input => {
        const read = lzwUnpack(input, 1000)
        assert.ok(read.ok ? read.value.length <= 1000 : known.has(read.fault))
      }),
      { numRuns: 2000 },
    )
  })
})
