import assert from "node:assert/strict"
import { test } from "node:test"
import { linkOf } from "../../../agent/core/detector/link.ts"
import { decodeMark, encodeMark } from "../../../agent/core/detector/mark.ts"
import { parseAddress } from "../../../agent/core/ip/parse.ts"

const assigned = (...texts: readonly string[]) =>
  texts.map(text => {
    const [address = "", length] = text.split("/")
    const parsed = parseAddress(address)
    assert.ok(parsed, text)
    return { address: parsed, length: Number(length) }
  })

test("a link is named by its lowest subnet, IPv4 first, whatever the order of its addresses", () => {
  const texts = ["fd00::5/64", "192.168.2.7/24", "192.168.1.200/24"]
  assert.equal(linkOf(assigned(...texts))?.link, "192.168.1.0/24")
  assert.equal(linkOf(assigned(...[...texts].reverse()))?.link, "192.168.1.0/24")
})

test("link-local, loopback and host addresses name no link", () => {
  assert.equal(linkOf(assigned("169.254.3.4/16", "127.0.0.1/8", "10.0.0.1/32", "fe80::1/64", "::1/128")), undefined)
  assert.equal(linkOf(assigned("fe80::1/64", "fd00::5/64"))?.link, "fd00::/64")
})

const mark = {
  boot: 1_700_000_000_000,
  links: [
    { link: "192.168.1.0/24", address: "192.168.1.9" },
    { link: "fd00::/64", address: "fd00::9" },
  ],
}

test("a mark comes back as it was written, and every shorter one is no mark", () => {
  const bytes = encodeMark(mark)
  assert.deepEqual(decodeMark(bytes), mark)
  for (let length = 0; length < bytes.length; length += 1) assert.equal(decodeMark(bytes.slice(0, length)), undefined)
})

test("empty metadata, as MetalLB's speakers have it, and foreign metadata are no mark", () => {
  assert.equal(decodeMark(new Uint8Array()), undefined)
  assert.equal(decodeMark(new TextEncoder().encode("role=web")), undefined)
})

test("a mark never outgrows the room of the membership, and tells at most eight links", () => {
  const links = Array.from({ length: 20 }, (_, at) => ({ link: `fd00:${at}::/64`, address: `fd00:${at}::9` }))
  const bytes = encodeMark({ boot: 1, links })
  assert.ok(bytes.length <= 512)
  assert.equal(decodeMark(bytes)?.links.length, 8)
})

test("what later versions write behind the links is passed over", () => {
  assert.deepEqual(decodeMark(Uint8Array.of(...encodeMark(mark), 1, 2, 3)), mark)
})

test("nine links on the wire are no mark", () => {
  const links = Array.from({ length: 9 }, (_, at) => [24, 4, 10, 0, at, 9]).flat()
  const boot = [0, 0, 0, 0, 0, 1]
  assert.equal(decodeMark(Uint8Array.of(0xc7, 1, ...boot, 8, ...links.slice(0, 48)))?.links.length, 8)
  assert.equal(decodeMark(Uint8Array.of(0xc7, 1, ...boot, 9, ...links)), undefined)
  assert.equal(decodeMark(Uint8Array.of(0xc7, 1, ...boot, 255, ...links)), undefined)
})

test("a family other than 4 and 6 is no mark", () => {
  const at = 10
  for (const family of [0, 3, 5, 7, 255]) {
    const bytes = encodeMark({ boot: 1, links: [{ link: "10.0.0.0/24", address: "10.0.0.9" }] })
    assert.equal(bytes[at], 4)
    bytes[at] = family
    assert.equal(decodeMark(bytes), undefined, String(family))
  }
})

test("a prefix longer than its family allows is no mark", () => {
  const bytes = encodeMark({ boot: 1, links: [{ link: "10.0.0.0/32", address: "10.0.0.0" }] })
  bytes[9] = 33
  assert.equal(decodeMark(bytes), undefined)
})
