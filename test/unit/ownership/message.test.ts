import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { maxPacket } from "../../../agent/core/detector/limits.ts"
import { type PacketType, packetTypes, sealPacket } from "../../../agent/core/detector/packet.ts"
import { emptyBook, withClaim, withoutClaim } from "../../../agent/core/ownership/book.ts"
import { beats, precedenceOf } from "../../../agent/core/ownership/claim.ts"
import {
  type Claims,
  decodeOwnership,
  encodeOwnership,
  maxPages,
  pageSize,
} from "../../../agent/core/ownership/message.ts"
import { signingCrypto } from "../../../agent/ports/signing-crypto.ts"

const claims: Claims = {
  type: "claims",
  page: 1,
  pages: 2,
  version: 2 ** 32 - 1,
  mac: "02:00:00:00:00:01",
  claims: [
    { vip: "192.168.1.11", precedence: "0123456789abcdef", weak: false },
    { vip: "fd00::1", precedence: "ffffffffffffffff", weak: true },
    { vip: "fd00::2", precedence: "ffffffffffffffff", weak: true, restarts: true },
    { vip: "fd00::3", precedence: "0000020000000001", weak: false, standIn: true },
  ],
}

test("every message comes back as it was written, and neither shorter nor longer", () => {
  for (const message of [claims, { type: "ack", page: 511, version: 0 }, { type: "query" }] as const) {
    const { type, body } = encodeOwnership(message)
    assert.deepEqual(decodeOwnership(type, body), message)
    for (let length = 0; length < body.length; length += 1)
      assert.equal(decodeOwnership(type, body.slice(0, length)), undefined)
    assert.equal(decodeOwnership(type, Uint8Array.of(...body, 0)), undefined)
  }
})

test("a full page of IPv6 claims fits one packet with the longest names", () => {
  const full = Array.from({ length: pageSize }, (_, at) => ({
    vip: `fd00::${at}`,
    precedence: "0".repeat(16),
    weak: true,
  }))
  const { type, body } = encodeOwnership({ ...claims, claims: full })
  const header = { from: "n".repeat(63), boot: 0, sequence: 0, link: "x".repeat(43), type }
  assert.ok(sealPacket(header, body, new Uint8Array(32), signingCrypto).length <= maxPacket)
})

test("pages out of bounds are no message", () => {
  const change = (at: number, value: number) => {
    const { type, body } = encodeOwnership({ ...claims, claims: [] })
    body[at] = value
    return decodeOwnership(type, body)
  }
  assert.ok(change(3, 2))
  assert.equal(change(3, 0), undefined, "no pages")
  assert.equal(change(3, 1), undefined, "page behind the last")
  assert.equal(change(2, 0xff), undefined, "more than the most pages")
  assert.equal(change(14, pageSize + 1), undefined, "more claims than a page has")
})

test("no bytes make a decoder throw", () => {
  const types = Object.values(packetTypes) as PacketType[]
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.uint8Array({ maxLength: 80 }), (type, body) => {
      decodeOwnership(type, body)
    }),
  )
})

test("a change of one claim changes one page, and a claim stays on its page", () => {
  let book = emptyBook
  for (let at = 0; at < 100; at += 1) book = withClaim(book, { vip: `v${at}`, precedence: "0", weak: false })
  assert.equal(book.pages.length, 4)
  const changed = withoutClaim(book, "v50")
  const differing = book.pages.filter((page, at) => page !== changed.pages[at])
  assert.equal(differing.length, 1)
  assert.equal(changed.version, book.version + 1)
  assert.equal(withClaim(book, { vip: "v50", precedence: "0", weak: false }), book)
})

test("a book holds no more than its pages", () => {
  let book = emptyBook
  for (let at = 0; at < maxPages * pageSize; at += 1)
    book = withClaim(book, { vip: `v${at}`, precedence: "0", weak: false })
  assert.equal(book.pages.length, maxPages)
  assert.equal(withClaim(book, { vip: "more", precedence: "0", weak: false }), book)
})

test("of two claimants exactly one keeps the VIP", () => {
  const side = fc.record({ node: fc.constantFrom("a", "b", "c"), precedence: fc.constantFrom("0", "1") })
  fc.assert(
    fc.property(side, side, (a, b) => {
      fc.pre(a.node !== b.node)
      assert.notEqual(beats(a, b), beats(b, a))
    }),
  )
})

test("precedence compares like the order: the higher score, then the smaller hash", () => {
  const low = Uint8Array.of(0, 0, 0, 0, 0, 1, 9)
  const high = Uint8Array.of(255, 0, 0, 0, 0, 0, 0)
  assert.ok(precedenceOf(1, high) < precedenceOf(0, low))
  assert.ok(precedenceOf(0, low) < precedenceOf(0, high))
  assert.match(precedenceOf(65_535, low), /^0000/)
  assert.equal(precedenceOf(70_000, low), precedenceOf(65_535, low))
})
