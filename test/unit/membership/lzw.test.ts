import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { describe, it } from "node:test"
import { lzwPack } from "../../../agent/core/membership/wire/lzw-pack.ts"
import { lzwUnpack } from "../../../agent/core/membership/wire/lzw-unpack.ts"
import { bytesOf, hexOf, recorded } from "./recorded.ts"

/** The generator of the recorder (xorshift32, seed 1). */
const noise = (size: number, alphabet: number): Uint8Array => {
  let x = 1
  return Uint8Array.from({ length: size }, () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % alphabet
  })
}

/** Packs 9-bit codes, lowest bits first. */
const nineBits = (codes: readonly number[]): Uint8Array => {
  let bits = 0n
  codes.forEach((code, at) => {
    bits |= BigInt(code) << BigInt(9 * at)
  })
  return Uint8Array.from({ length: Math.ceil((codes.length * 9) / 8) }, (_, at) =>
    Number((bits >> BigInt(8 * at)) & 255n),
  )
}

describe("LZW", () => {
  it("packs to the very bytes of Go's compress/lzw, around every change of width and every clearing of the table", () => {
    for (const { size, alphabet, length, sha256, hex } of recorded.lzw) {
      const packed = lzwPack(noise(size, alphabet))
      const what = `${size} bytes of ${alphabet}`
      assert.equal(packed.length, length, what)
      if (hex !== undefined) assert.equal(hexOf(packed), hex, what)
      assert.equal(createHash("sha256").update(packed).digest("hex"), sha256, what)
    }
  })

  it("unpacks what was packed, at exactly the limit and not one byte below it", () => {
    for (const { size, alphabet } of recorded.lzw) {
      const bytes = noise(size, alphabet)
      assert.deepEqual(lzwUnpack(lzwPack(bytes), size), { ok: true, value: bytes }, `${size} bytes of ${alphabet}`)
      if (size > 0)
        assert.deepEqual(lzwUnpack(lzwPack(bytes), size - 1), { ok: false, fault: "compression-size" }, `${size}`)
    }
  })

  it("reads data whose writer never cleared a full table, as the format allows", () => {
    // All codes are literals: the table fills up after 3,838 entries, the width stays at 12 bits.
    const size = 6000
    let bits = 0
    let held = 0
    const packed: number[] = []
    const put = (code: number, width: number) => {
      bits |= code << held
      held += width
      for (; held >= 8; held -= 8) {
        packed.push(bits & 255)
        bits >>>= 8
      }
    }
    let highest = 257
    let width = 9
    const step = (code: number) => {
      put(code, width)
      if (highest < 4095) highest += 1
      if (highest === 1 << width && width < 12) width += 1
    }
    for (let at = 0; at < size; at += 1) step(at & 255)
    step(257)
    packed.push(bits & 255)
    const expected = Uint8Array.from({ length: size }, (_, at) => at & 255)
    assert.deepEqual(lzwUnpack(Uint8Array.from(packed), size), { ok: true, value: expected })
  })

  it("refuses codes that cannot occur and data without an end", () => {
    assert.deepEqual(lzwUnpack(nineBits([256, 300]), 100), { ok: false, fault: "compression-code" })
    assert.deepEqual(lzwUnpack(nineBits([256, 65, 259]), 100), { ok: false, fault: "compression-code" })
    assert.deepEqual(lzwUnpack(nineBits([256, 65, 66]), 100), { ok: false, fault: "compression-end" })
    assert.deepEqual(lzwUnpack(new Uint8Array(0), 100), { ok: false, fault: "compression-end" })
    assert.deepEqual(lzwUnpack(nineBits([65, 257]), 100), { ok: true, value: bytesOf("41") })
    assert.deepEqual(lzwUnpack(nineBits([256, 65, 258, 257]), 100), { ok: true, value: bytesOf("414141") })
  })
})
