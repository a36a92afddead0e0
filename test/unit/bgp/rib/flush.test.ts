import assert from "node:assert/strict"
import { test } from "node:test"
import {
  beginRib,
  changeRoutes,
  emptyRib,
  type FamilyRib,
  replaceRoutes,
  tellAgain,
} from "../../../../agent/core/bgp/rib/family-rib.ts"
import { flush } from "../../../../agent/core/bgp/rib/flush.ts"
import { endOfRib, type Outbound } from "../../../../agent/core/bgp/rib/outbound.ts"
import type { Route } from "../../../../agent/core/bgp/rib/route.ts"
import { endOfRibOf } from "../../../../agent/core/bgp/wire/update.ts"
import { address } from "../../allocate/fixtures.ts"
import { cidr } from "../bytes.ts"
import { inside, out4, out6, read, route, told } from "./fixtures.ts"

const much = 1 << 20
const holding = (routes: readonly Route[], out = out4): FamilyRib =>
  flush(replaceRoutes(beginRib(emptyRib(), "none"), routes), out, much).rib
const messagesOf = (rib: FamilyRib, out: Outbound = out4) => flush(rib, out, much).messages.map(one => told(one, out))

test("routes with equal attributes share one UPDATE, in the order of their prefixes", () => {
  const rib = replaceRoutes(beginRib(emptyRib(), "none"), [
    route("10.1.0.2/32"),
    route("10.1.0.1/32"),
    route("10.1.0.0/24"),
  ])
  assert.deepEqual(messagesOf(rib), ["+10.1.0.0/24 +10.1.0.1/32 +10.1.0.2/32"])
})

test("other attributes are another UPDATE, and withdrawals go last", () => {
  const rib = changeRoutes(
    holding([route("10.1.0.1/32"), route("10.1.0.2/32")]),
    [route("10.1.0.3/32", { communities: [1] }), route("10.1.0.4/32")],
    [cidr("10.1.0.1/32")],
  )
  assert.deepEqual(messagesOf(rib).sort(), ["+10.1.0.3/32", "+10.1.0.4/32", "-10.1.0.1/32"])
  assert.equal(messagesOf(rib).at(-1), "-10.1.0.1/32")
})

test("a changed attribute is announced again without a withdrawal, and the same one is not announced twice", () => {
  const rib = holding([route("10.1.0.1/32")])
  assert.deepEqual(messagesOf(changeRoutes(rib, [route("10.1.0.1/32", { communities: [7] })], [])), ["+10.1.0.1/32"])
  assert.deepEqual(messagesOf(changeRoutes(rib, [route("10.1.0.1/32")], [])), [])
  assert.deepEqual(messagesOf(replaceRoutes(rib, [route("10.1.0.1/32")])), [])
})

test("what comes and goes between two flushes is not told", () => {
  const rib = changeRoutes(holding([]), [route("10.1.0.1/32")], [])
  assert.deepEqual(messagesOf(changeRoutes(rib, [], [cidr("10.1.0.1/32")])), [])
  const back = changeRoutes(holding([route("10.1.0.1/32")]), [], [cidr("10.1.0.1/32")])
  assert.deepEqual(messagesOf(changeRoutes(back, [route("10.1.0.1/32")], [])), [])
})

test("a local preference matters inside the AS only, more of the own AS outside only", () => {
  const plain = route("10.1.0.1/32")
  const preferred = [route("10.1.0.1/32", { localPref: 200 })]
  const longer = [route("10.1.0.1/32", { prepend: 2 })]
  assert.deepEqual(messagesOf(changeRoutes(holding([plain]), preferred, [])), [])
  assert.equal(messagesOf(changeRoutes(holding([plain]), longer, [])).length, 1)
  const internal = holding([plain], inside(out4))
  assert.equal(messagesOf(changeRoutes(internal, preferred, []), inside(out4)).length, 1)
  assert.deepEqual(messagesOf(changeRoutes(internal, longer, []), inside(out4)), [])
  assert.deepEqual(messagesOf(changeRoutes(internal, [route("10.1.0.1/32", { localPref: 100 })], []), inside(out4)), [])
})

test("an external peer gets our AS and our address, an internal one an empty path and a preference", () => {
  const asked = {
    localPref: 7,
    communities: [5, 6],
    largeCommunities: [[1, 2, 3]] as const,
    med: 9,
    prepend: 2,
    linkBandwidth: 125_000,
  }
  const rib = replaceRoutes(beginRib(emptyRib(), "none"), [route("10.1.0.1/32", asked)])
  const one = (out: Outbound) => read(flush(rib, out, much).messages[0] ?? new Uint8Array(0), out).attributes
  const both = { origin: 0, nextHop: address("10.0.0.11"), med: 9, communities: [5, 6], largeCommunities: [[1, 2, 3]] }
  assert.deepEqual(one(out4), {
    ...both,
    asPath: [{ kind: "sequence", asns: [64512, 64512, 64512] }],
    extendedCommunities: [[0x0004fc00, 0x47f42400]],
  })
  assert.deepEqual(one(inside(out4)), {
    ...both,
    asPath: [],
    localPref: 7,
    extendedCommunities: [[0x4004fc00, 0x47f42400]],
  })
  const unset = replaceRoutes(beginRib(emptyRib(), "none"), [route("10.1.0.1/32")])
  assert.equal(
    read(flush(unset, inside(out4), much).messages[0] ?? new Uint8Array(0), inside(out4)).attributes.localPref,
    100,
  )
})

test("a message is filled up to 4096 bytes and not beyond", () => {
  const many = Array.from({ length: 2000 }, (_, at) => route(`10.${at >> 8}.${at & 255}.0/24`))
  const { messages } = flush(replaceRoutes(beginRib(emptyRib(), "none"), many), out4, much)
  // 19 header, 4 lengths, 4 ORIGIN, 9 AS_PATH, 7 NEXT_HOP; 4 bytes a route.
  const each = Math.floor((4096 - 43) / 4)
  assert.equal(messages.length, Math.ceil(2000 / each))
  assert.equal(messages[0]?.length, 43 + 4 * each)
  assert.ok(messages.every(({ length }) => length <= 4096))
})

test("routes of IPv6 are packed into MP_REACH and withdrawn by MP_UNREACH", () => {
  const many = Array.from({ length: 500 }, (_, at) => route(`2001:db8::${at.toString(16)}/128`))
  const rib = replaceRoutes(beginRib(emptyRib(), "none"), many)
  const { messages, rib: after } = flush(rib, out6, much)
  assert.ok(messages.every(({ length }) => length <= 4096 && length > 0))
  assert.equal(messages.length, 3)
  assert.equal(messages.flatMap(one => read(one, out6).attributes.reach?.prefixes ?? []).length, 500)
  const gone = flush(replaceRoutes(after, []), out6, much)
  assert.equal(gone.messages.flatMap(one => read(one, out6).attributes.unreach?.prefixes ?? []).length, 500)
  assert.equal(gone.rib.told.size, 0)
})

test("a budget stops the flush, and the next one goes on where it stopped", () => {
  const many = Array.from({ length: 3000 }, (_, at) => route(`10.${at >> 8}.${at & 255}.1/32`))
  let rib = replaceRoutes(beginRib(emptyRib(), "none"), many)
  const seen = new Set<string>()
  let rounds = 0
  while (rib.dirty.size > 0) {
    const { rib: next, messages } = flush(rib, out4, 5000)
    assert.ok(messages.length > 0 && messages.length <= 2)
    for (const one of messages) for (const word of told(one, out4).split(" ")) seen.add(word)
    rib = next
    rounds += 1
  }
  assert.equal(seen.size, 3000)
  assert.equal(rounds, 2)
})

test("one service among 5,000 is one UPDATE with its route alone", () => {
  const many = Array.from({ length: 5000 }, (_, at) => route(`10.${at >> 8}.${at & 255}.1/32`))
  const rib = holding(many)
  const changed = changeRoutes(rib, [route("10.200.0.1/32")], [])
  assert.deepEqual(messagesOf(changed), ["+10.200.0.1/32"])
  const shared = changed.wanted.parts.filter((part, at) => part === rib.wanted.parts[at]).length
  assert.equal(shared, changed.wanted.parts.length - 1, "all but one part of the table is the same")
})

test("attributes that leave no room for a route keep it from being announced, and withdraw what the peer has of it", () => {
  const communities = Array.from({ length: 1020 }, (_, at) => at)
  const huge = route("10.1.0.1/32", { communities })
  const fresh = flush(changeRoutes(holding([]), [huge, route("10.1.0.2/32")], []), out4, much)
  assert.deepEqual(
    fresh.messages.map(one => told(one, out4)),
    ["+10.1.0.2/32"],
  )
  assert.equal(fresh.rib.unfit.size, 1)
  assert.equal(fresh.rib.dirty.size, 0)
  const before = flush(changeRoutes(holding([route("10.1.0.1/32")]), [huge], []), out4, much)
  assert.deepEqual(
    before.messages.map(one => told(one, out4)),
    ["-10.1.0.1/32"],
  )
  const again = flush(changeRoutes(before.rib, [route("10.1.0.1/32")], []), out4, much)
  assert.equal(again.rib.unfit.size, 0)
  assert.equal(flush(changeRoutes(fresh.rib, [], [cidr("10.1.0.1/32")]), out4, much).rib.unfit.size, 0)
  const extended = flush(changeRoutes(holding([]), [huge], []), { ...out4, extendedMessages: true }, much)
  assert.equal(extended.messages.length, 1)
})

test("telling again sends every route once more, and what is not wanted any more is still withdrawn", () => {
  const rib = changeRoutes(tellAgain(holding([route("10.1.0.1/32"), route("10.1.0.2/32")])), [], [cidr("10.1.0.2/32")])
  assert.deepEqual(messagesOf(rib), ["+10.1.0.1/32", "-10.1.0.2/32"])
})

test("a session that begins sends everything, whatever the one before had", () => {
  const rib = beginRib(holding([route("10.1.0.1/32")]), "owed")
  assert.deepEqual(messagesOf(rib), ["+10.1.0.1/32"])
  assert.equal(rib.endOfRib, "owed")
})

test("End-of-RIB is empty for IPv4, and an empty MP_UNREACH for IPv6", () => {
  assert.equal(endOfRib("IPv4", out4.wire).length, 23)
  assert.equal(endOfRibOf(read(endOfRib("IPv4", out4.wire), out4)), "IPv4")
  assert.equal(endOfRib("IPv6", out4.wire).length, 29)
  assert.equal(endOfRibOf(read(endOfRib("IPv6", out4.wire), out4)), "IPv6")
})
