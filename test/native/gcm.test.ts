import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { before, test } from "node:test"
import type { PacketCrypto } from "../../agent/core/crypto.ts"
import { type Addon, loadAddon } from "../../agent/native/addon.ts"
import { compileAddon } from "../../agent/native/compile.ts"
import { membershipCrypto, nativePacketCrypto } from "../../agent/ports/membership-crypto.ts"

const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"))
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString("hex")

let addon: Addon
let native: PacketCrypto
before(async () => {
  await compileAddon()
  addon = loadAddon()
  native = nativePacketCrypto(addon)
})

// McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test cases 1, 4, 10 and 16.
const plain =
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
const authenticated = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
const key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
const nonce = "cafebabefacedbaddecaf888"
const cases = [
  ["00".repeat(16), "00".repeat(12), "", "", "58e2fccefa7e3061367f1d57a4e7455a"],
  [
    key.slice(0, 32),
    nonce,
    plain,
    authenticated,
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47",
  ],
  [
    key.slice(0, 48),
    nonce,
    plain,
    authenticated,
    "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda27102519498e80f1478f37ba55bd6d27618c",
  ],
  [
    key,
    nonce,
    plain,
    authenticated,
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
  ],
] as const

test("the published vectors, for each length of key", () => {
  for (const [key, nonce, plain, authenticated, sealed] of cases) {
    const args = [hex(key), hex(nonce), hex(plain), hex(authenticated)] as const
    assert.equal(text(native.seal(...args)), sealed)
    assert.equal(text(native.open(args[0], args[1], hex(sealed), args[3])), plain)
  }
})

test("what one side seals the other opens, for any lengths", () => {
  for (let length = 0; length < 200; length += 7) {
    const args = [randomBytes(32), randomBytes(12), randomBytes(length), randomBytes(length % 5)] as const
    const sealed = native.seal(...args)
    assert.equal(text(sealed), text(membershipCrypto.seal(...args)))
    assert.equal(text(native.open(args[0], args[1], sealed, args[3])), text(args[2]))
    assert.equal(text(membershipCrypto.open(args[0], args[1], sealed, args[3])), text(args[2]))
  }
})

test("one changed bit anywhere, or a packet that is too short, is not opened", () => {
  const args = [randomBytes(16), randomBytes(12), randomBytes(20), randomBytes(3)] as const
  const sealed = native.seal(...args)
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Uint8Array.from(sealed, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    assert.equal(native.open(args[0], args[1], changed, args[3]), undefined)
  }
  assert.equal(native.open(args[0], args[1], sealed, Uint8Array.of(1, 2, 3)), undefined)
  assert.equal(native.open(args[0], randomBytes(12), sealed, args[3]), undefined)
  assert.equal(native.open(args[0], args[1], sealed.slice(0, 15), args[3]), undefined)
})

test("keys and nonces of other lengths are refused with a TypeError", () => {
  const bytes = (length: number) => new Uint8Array(length)
  for (const length of [0, 15, 33]) {
    assert.throws(() => addon.gcmSeal(bytes(length), bytes(12), bytes(1), bytes(0)), TypeError)
    assert.throws(() => addon.gcmOpen(bytes(length), bytes(12), bytes(17), bytes(0)), TypeError)
  }
  for (const length of [0, 11, 13])
    assert.throws(() => addon.gcmSeal(bytes(16), bytes(length), bytes(1), bytes(0)), TypeError)
})

test("random bytes are as many as asked for, and never the same again", () => {
  const taken = [12, 32, 5_000, 0, 12, 4_096].map(length => membershipCrypto.randomBytes(length))
  assert.deepEqual(
    taken.map(({ length }) => length),
    [12, 32, 5_000, 0, 12, 4_096],
  )
  const nonces = Array.from({ length: 2_000 }, () => text(membershipCrypto.randomBytes(12)))
  assert.equal(new Set(nonces).size, nonces.length)
})
