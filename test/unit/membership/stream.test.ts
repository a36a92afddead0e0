import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { encodeStreamMessage } from "../../../agent/core/membership/wire/encode.ts"
import type { StreamMessage } from "../../../agent/core/membership/wire/message.ts"
import { openStream, type Side, sealStream } from "../../../agent/core/membership/wire/stream.ts"
import {
  bytesOf,
  cryptoWithNonce,
  envelopeOf,
  hexOf,
  plainEnvelope,
  realCrypto,
  recorded,
  type Taken,
} from "./recorded.ts"

const sideOf = (taken: Taken, label: string): Side =>
  label === "" || taken.hex.startsWith("f4") ? "opener" : "answerer"

describe("streams of the Go library", () => {
  for (const recording of recorded.recordings) {
    const envelope = envelopeOf(recording)
    it(`are read and written back byte for byte, and read at no shorter length: ${recording.variant}`, () => {
      assert.ok(recording.streams.length >= 4)
      for (const taken of recording.streams) {
        const bytes = bytesOf(taken.hex)
        const side = sideOf(taken, envelope.label)
        const read = openStream(bytes, side, envelope, realCrypto)
        assert.ok(read.ok, `${read.ok ? "" : read.fault}: ${taken.hex}`)
        const header = side === "opener" && envelope.label !== "" ? 2 + envelope.label.length : 0
        const crypto = cryptoWithNonce(bytes.subarray(header + 6, header + 18))
        assert.equal(hexOf(sealStream(encodeStreamMessage(read.value), side, envelope, crypto)), taken.hex)
        for (let at = 0; at < bytes.length; at += 1)
          assert.deepEqual(openStream(bytes.subarray(0, at), side, envelope, realCrypto), {
            ok: false,
            fault: "truncated",
          })
      }
    })
  }

  it("cover push/pull, a reliable user message and an error", () => {
    const kinds = new Set(
      recorded.recordings.flatMap(r =>
        r.streams.map(s => {
          const envelope = envelopeOf(r)
          const read = openStream(bytesOf(s.hex), sideOf(s, envelope.label), envelope, realCrypto)
          return read.ok ? read.value.kind : read.fault
        }),
      ),
    )
    assert.deepEqual([...kinds].sort(), ["error", "push-pull", "user"])
  })
})

describe("a message on a stream", () => {
  const ping: StreamMessage = { kind: "ping", sequence: 9, node: "a", source: undefined }
  const key = (fill: number) => new Uint8Array(32).fill(fill)
  const locked = { ...plainEnvelope, keys: [key(1)] }
  const blue = { ...locked, label: "blue" }
  const seal = (envelope = plainEnvelope, side: Side = "opener") =>
    sealStream(encodeStreamMessage(ping), side, envelope, realCrypto)
  const faultOf = (bytes: Uint8Array, envelope = plainEnvelope, sender: Side = "opener") => {
    const read = openStream(bytes, sender, envelope, realCrypto)
    return read.ok ? "none" : read.fault
  }

  it("is refused where label, key or encryption differ, each under its own name", () => {
    assert.equal(faultOf(seal(blue), blue), "none")
    assert.equal(faultOf(seal(blue), { ...blue, label: "red" }), "label-mismatch")
    assert.equal(faultOf(seal(blue), locked), "label-mismatch")
    assert.equal(faultOf(seal(), locked), "cipher-missing")
    assert.equal(faultOf(seal(locked), plainEnvelope), "cipher-unexpected")
    assert.equal(faultOf(seal(locked), { ...locked, keys: [key(2)] }), "cipher-key")
    assert.equal(faultOf(seal(), { ...locked, verifyIncoming: false }), "none")
  })

  it("carries a label from the side that opened the connection only, and authenticates it on both", () => {
    assert.equal(seal(blue, "opener")[0], 244)
    assert.equal(seal(blue, "answerer")[0], 10)
    assert.equal(faultOf(seal(blue, "answerer"), blue, "answerer"), "none")
    assert.equal(faultOf(seal({ ...blue, label: "red" }, "answerer"), blue, "answerer"), "cipher-key")
  })

  it("ends where its frame says, so that what is missing inside is final", () => {
    const cut = (packed: Uint8Array) => sealStream(packed, "opener", locked, realCrypto)
    assert.equal(faultOf(cut(encodeStreamMessage(ping).subarray(0, 5)), locked), "message-short")
    const squeezing = { ...plainEnvelope, compression: true }
    assert.equal(
      faultOf(sealStream(encodeStreamMessage(ping).subarray(0, 5), "opener", squeezing, realCrypto)),
      "message-short",
    )
  })

  it("longer than the limit is refused as soon as that is known", () => {
    assert.equal(faultOf(Uint8Array.of(10, 0x00, 0x40, 0, 0), locked), "stream-size")
    assert.equal(faultOf(Uint8Array.of(10, 0x00, 0x3f, 0xff, 0xfb), locked), "truncated")
    const endless = new Uint8Array(4 * 1024 * 1024).fill(0xc0)
    endless.set([8, 0x81, 0xaa, ...Buffer.from("UserMsgLen"), 0xce, 0x00, 0x7f, 0xff, 0xff])
    assert.equal(faultOf(endless.subarray(0, endless.length - 1)), "truncated")
    assert.equal(faultOf(endless), "stream-size")
  })
})
