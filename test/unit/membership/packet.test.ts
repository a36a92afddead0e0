import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { encodePacketMessage } from "../../../agent/core/membership/wire/encode.ts"
import { openPacket, sealPacket } from "../../../agent/core/membership/wire/packet.ts"
import { bytesOf, cryptoWithNonce, envelopeOf, hexOf, plainEnvelope, realCrypto, recorded } from "./recorded.ts"

/** Where the nonce stands: behind the label's header and the version. */
const nonceOf = (bytes: Uint8Array, label: string) => {
  const at = (label === "" ? 0 : 2 + label.length) + 1
  return bytes.subarray(at, at + 12)
}

/** The sender may have put a checksum under the encryption, where it cannot be seen; so both forms are made. */
const sealLike = (bytes: Uint8Array, parts: readonly Uint8Array[], envelope: ReturnType<typeof envelopeOf>) => {
  const crypto = cryptoWithNonce(nonceOf(bytes, envelope.label))
  return [true, false].map(checksum => hexOf(sealPacket(parts, checksum, envelope, crypto)))
}

describe("packets of the Go library", () => {
  for (const recording of recorded.recordings) {
    const envelope = envelopeOf(recording)
    it(`are read without a fault and written back byte for byte: ${recording.variant}`, () => {
      assert.ok(recording.packets.length >= 10)
      for (const { hex } of recording.packets) {
        const bytes = bytesOf(hex)
        const opened = openPacket(bytes, envelope, realCrypto)
        assert.deepEqual(opened.faults, [], hex)
        assert.ok(opened.messages.length > 0, hex)
        assert.ok(sealLike(bytes, opened.messages.map(encodePacketMessage), envelope).includes(hex), hex)
      }
    })

    it(`give messages or named faults however they are cut off or damaged: ${recording.variant}`, () => {
      for (const { hex } of recording.packets.slice(0, 8)) {
        const bytes = bytesOf(hex)
        for (let at = 0; at < bytes.length; at += 1) {
          const cut = openPacket(bytes.subarray(0, at), envelope, realCrypto)
          assert.ok(cut.faults.length > 0, `cut at ${at}: ${hex}`)
          const damaged = Uint8Array.from(bytes)
          damaged[at] = (damaged[at] ?? 0) ^ 0x5a
          openPacket(damaged, envelope, realCrypto)
        }
      }
    })
  }

  it("cover every kind of message that a packet can hold", () => {
    const kinds = new Set(
      recorded.recordings.flatMap(r =>
        r.packets.flatMap(p => openPacket(bytesOf(p.hex), envelopeOf(r), realCrypto).messages.map(m => m.kind)),
      ),
    )
    assert.deepEqual([...kinds].sort(), ["ack", "alive", "dead", "indirect-ping", "nack", "ping", "suspect", "user"])
  })
})

describe("the envelope of a packet", () => {
  const ack = encodePacketMessage({ kind: "ack", sequence: 7, payload: new Uint8Array(0) })
  const key = (fill: number, length = 32) => new Uint8Array(length).fill(fill)
  const faultsOf = (bytes: Uint8Array, envelope = plainEnvelope) => openPacket(bytes, envelope, realCrypto).faults
  const seal = (envelope = plainEnvelope, checksum = false) => sealPacket([ack], checksum, envelope, realCrypto)

  it("is refused where label, key or encryption differ, each under its own name", () => {
    const blue = { ...plainEnvelope, label: "blue" }
    const locked = { ...plainEnvelope, keys: [key(1)] }
    assert.deepEqual(faultsOf(seal(blue), plainEnvelope), ["label-mismatch"])
    assert.deepEqual(faultsOf(seal(plainEnvelope), blue), ["label-mismatch"])
    assert.deepEqual(faultsOf(seal(locked), { ...locked, keys: [key(2)] }), ["cipher-key"])
    assert.deepEqual(faultsOf(seal(locked), { ...locked, label: "" }), [])
    assert.deepEqual(faultsOf(Uint8Array.of(244, 0, 2), blue), ["label-empty"])
    assert.deepEqual(faultsOf(Uint8Array.of(244, 5, 1), blue), ["truncated"])
    assert.deepEqual(faultsOf(Uint8Array.of(2, ...key(0, 60)), locked), ["cipher-version"])
    assert.deepEqual(faultsOf(Uint8Array.of(1, ...key(0, 27)), locked), ["cipher-short"])
    assert.deepEqual(faultsOf(new Uint8Array(0), locked), ["cipher-short"])
    assert.deepEqual(faultsOf(new Uint8Array(0)), ["message-empty"])
  })

  it("of version 0 is refused where its padding is none", () => {
    const locked = { ...plainEnvelope, keys: [key(1)] }
    const padded = (...plain: readonly number[]) => {
      const nonce = key(7, 12)
      const sealed = realCrypto.seal(key(1), nonce, Uint8Array.from(plain), new Uint8Array(0))
      return faultsOf(Uint8Array.of(0, ...nonce, ...sealed), locked)
    }
    const nack = [11, 0x81, 0xa5, ...Buffer.from("SeqNo"), 7]
    assert.deepEqual(padded(...nack, ...Array<number>(7).fill(7)), [])
    assert.deepEqual(padded(...nack, ...Array<number>(16).fill(16)), [])
    assert.deepEqual(padded(...nack, ...Array<number>(17).fill(17)), ["cipher-padding"])
    assert.deepEqual(padded(...nack, ...Array<number>(7).fill(0)), ["cipher-padding"])
    assert.deepEqual(padded(...Array<number>(15).fill(16)), ["cipher-short"])
    assert.deepEqual(padded(...nack, 0, 0, 0, 0, 0, 0, 255), ["cipher-padding"])
  })

  it("binds the label into the encryption, so that a packet cannot be carried to another cluster", () => {
    const blue = { ...plainEnvelope, label: "blue", keys: [key(1)] }
    const sealed = seal(blue)
    const relabelled = Uint8Array.from([244, 3, ...Buffer.from("red"), ...sealed.subarray(6)])
    assert.deepEqual(faultsOf(relabelled, { ...blue, label: "red" }), ["cipher-key"])
  })

  it("is opened with any key of the ring while keys are being rotated", () => {
    const before = { ...plainEnvelope, keys: [key(1, 16)] }
    const during = { ...plainEnvelope, keys: [key(2, 24), key(1, 16)] }
    assert.deepEqual(faultsOf(seal(before), during), [])
    assert.deepEqual(faultsOf(seal(during), { ...during, keys: [key(1, 16), key(2, 24)] }), [])
    assert.deepEqual(faultsOf(seal(during), before), ["cipher-key"])
  })

  it("may be missing while encryption is being introduced, and only then", () => {
    const lenient = { ...plainEnvelope, keys: [key(1)], verifyIncoming: false }
    assert.deepEqual(faultsOf(seal(), lenient), [])
    assert.deepEqual(faultsOf(seal({ ...lenient, verifyOutgoing: false }), plainEnvelope), [])
  })

  it("is refused when the checksum is wrong or cut off", () => {
    const summed = Uint8Array.from(seal(plainEnvelope, true))
    assert.deepEqual(faultsOf(summed), [])
    summed[1] = (summed[1] ?? 0) ^ 1
    assert.deepEqual(faultsOf(summed), ["checksum"])
    assert.deepEqual(faultsOf(summed.subarray(0, 4)), ["truncated"])
  })

  it("loses its compression where that makes nothing shorter", () => {
    const squeezing = { ...plainEnvelope, compression: true }
    assert.deepEqual(seal(squeezing), seal(plainEnvelope))
    const long = encodePacketMessage({ kind: "user", payload: key(65, 900) })
    const packed = sealPacket([long], false, squeezing, realCrypto)
    assert.equal(packed[0], 9)
    assert.ok(packed.length < 120)
    assert.deepEqual(openPacket(packed, plainEnvelope, realCrypto).messages, [{ kind: "user", payload: key(65, 900) }])
  })
})
