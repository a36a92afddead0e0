import assert from "node:assert/strict"
import { test } from "node:test"
import { ledgerFrom } from "../../../agent/core/allocate/ledger.ts"
import { readPool } from "../../../agent/core/config/read-pool.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { decodePool } from "../../../agent/core/kube/decode-config.ts"
import type { ConflictReport, PoolResource, Service } from "../../../agent/core/model.ts"
import { bookOf, type Pending, stillPending } from "../../../agent/core/quarantine/book.ts"
import { decide, nextEnd, withheldBy } from "../../../agent/core/quarantine/decide.ts"
import {
  entryOf,
  longest,
  type Quarantine,
  quarantineOf,
  quarantinesMax,
  rememberedFor,
  shortest,
} from "../../../agent/core/quarantine/quarantine.ts"
import { phraseOf } from "../../../agent/core/sentence.ts"
import { address, config, pool, service } from "../allocate/fixtures.ts"
import { pool as resource } from "../plugin/fixtures.ts"

const mac = "02:bb:00:00:00:01"
const noon = Date.UTC(2026, 0, 31, 12)
const minute = 60_000
const found = (text: string) => ({ address: address(text), mac })
const report = (text: string, more: Partial<ConflictReport> = {}): ConflictReport => ({
  name: `conflict-${text}`,
  address: text,
  mac,
  interface: "eth0",
  node: "n1",
  service: "shop/web",
  ...more,
})
const written = (...list: readonly Quarantine[]): PoolResource =>
  resource("a", ["10.0.0.0/28"], {
    quarantined: list.map(one => ({ ...one, address: formatAddress(one.address) })),
  })
const holder = service("shop/web", { ips: ["10.0.0.1"], from: "a" })
const ledgerOf = (...services: readonly Service[]) => ledgerFrom(services, config(pool("a", ["10.0.0.0/28"])))
const looked = (
  reports: readonly ConflictReport[],
  { services = [holder], pools = [] as readonly PoolResource[], before = [] as readonly string[], now = noon } = {},
) => decide(reports, new Set(before), ledgerOf(...services), bookOf(pools, new Map(), now), now)

test("who answered is told in words: a MAC, a host that was pinged behind a router, or nobody who is known", () => {
  const told = (who: string) => {
    const [held] = withheldBy(
      bookOf([written(quarantineOf({ address: address("10.0.0.1"), mac: who }, undefined, noon))], new Map(), noon),
      noon,
    )
    return phraseOf(held?.reason ?? "ML001", held?.facts ?? {})
  }
  const sentence = (who: string) => `10.0.0.1 is quarantined until 2026-01-31T12:10:00Z: ${who} answers for it`
  assert.deepEqual([mac, "echo", ""].map(told), [mac, "a host behind a router", "somebody"].map(sentence))
  const { contested } = looked([report("10.0.0.1", { mac: "echo" })])
  assert.deepEqual(
    contested.map(({ reason, facts }) => phraseOf(reason, facts)),
    ["a host behind a router answers for 10.0.0.1"],
  )
})

test("a quarantine lasts ten minutes, each next one on the same address twice as long, a day at most", () => {
  let last: Quarantine | undefined
  let now = noon
  const lengths: number[] = []
  for (let turn = 0; turn < 10; turn += 1) {
    last = quarantineOf(found("10.0.0.1"), last, now)
    lengths.push((last.until - last.since) / minute)
    now = last.until + 1_000
  }
  assert.deepEqual(lengths, [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440])
})

test("a day after its end a quarantine is forgotten, and the next one is short again", () => {
  const first = quarantineOf(found("10.0.0.1"), undefined, noon)
  const second = quarantineOf(found("10.0.0.1"), first, first.until + rememberedFor - 1)
  const third = quarantineOf(found("10.0.0.1"), first, first.until + rememberedFor)
  assert.deepEqual([second.until - second.since, third.until - third.since], [2 * shortest, shortest])
  assert.ok(longest <= rememberedFor)
})

test("an entry of the status has whole seconds in UTC, and is read back as it was", () => {
  const one = quarantineOf(found("2001:db8::1"), undefined, noon + 789)
  const entry = entryOf(one)
  assert.deepEqual(entry, {
    address: "2001:db8::1",
    mac,
    since: "2026-01-31T12:00:00Z",
    until: "2026-01-31T12:10:00Z",
  })
  const decoded = decodePool({ metadata: { name: "a" }, spec: { addresses: [] }, status: { quarantined: [entry] } })
  assert.ok(decoded.ok)
  assert.deepEqual([...bookOf([decoded.value], new Map(), noon)], [["a", [one]]])
})

test("a status that makes no sense is no fault of the pool, and says nothing", () => {
  for (const quarantined of [7, [7], [{ address: "x" }], [{ address: "10.0.0.1", since: "now", until: [] }], null]) {
    const spec = { addresses: ["10.0.0.0/28"] }
    const decoded = decodePool({ metadata: { name: "a" }, spec, status: { quarantined } })
    assert.ok(decoded.ok)
    assert.equal(decoded.value.malformed, undefined, JSON.stringify(quarantined))
    assert.deepEqual([...bookOf([decoded.value], new Map(), noon).values()].flat(), [])
  }
})

test("a report about an address that a service has begins a quarantine and makes the address contested", () => {
  const { contested, holders, pending, stale } = looked([report("10.0.0.1")])
  assert.deepEqual(
    contested.map(one => [formatAddress(one.address), one.reason, one.contested, one.facts]),
    [["10.0.0.1", "ML171", true, { address: "10.0.0.1", mac, interface: "eth0", node: "n1", pool: "a" }]],
  )
  assert.deepEqual(holders, ["shop/web"])
  assert.deepEqual(
    [...pending],
    [
      [
        "10.0.0.1",
        { pool: "a", address: address("10.0.0.1"), quarantine: quarantineOf(found("10.0.0.1"), undefined, noon) },
      ],
    ],
  )
  assert.deepEqual(stale, [])
})

test("without an answer there is no quarantine: not for a report that is not filled yet, nor for an address that nobody has or that is in no pool", () => {
  const rows: readonly [string, ConflictReport, readonly string[]][] = [
    ["empty", report("", { mac: "" }), []],
    ["without a MAC", report("10.0.0.1", { mac: "" }), []],
    ["of nobody", report("10.0.0.2"), ["conflict-10.0.0.2"]],
    ["no address", report("printer"), []],
  ]
  for (const [what, one, gone] of rows) {
    const { contested, pending, stale } = looked([one])
    assert.deepEqual([contested, [...pending], stale], [[], [], gone], what)
  }
  const outside = service("shop/web", { ips: ["10.9.9.9"], from: "a" })
  const { contested, pending, stale } = looked([report("10.9.9.9")], { services: [outside] })
  assert.deepEqual([contested, [...pending], stale], [[], [], []])
})

test("a quarantine that runs is not begun again; one that is over is, for longer", () => {
  const first = quarantineOf(found("10.0.0.1"), undefined, noon)
  assert.equal(looked([report("10.0.0.1")], { pools: [written(first)], now: first.until - 1 }).pending.size, 0)
  const later = looked([report("10.0.0.1")], { pools: [written(first)], now: first.until })
  const next = later.pending.get("10.0.0.1")?.quarantine
  assert.equal((next?.until ?? 0) - (next?.since ?? 0), 2 * shortest)
})

test("a report that is taken back while the service keeps the address ends the quarantine; a service that moved on does not", () => {
  const first = quarantineOf(found("10.0.0.1"), undefined, noon)
  const kept = looked([], { pools: [written(first)], before: ["10.0.0.1"] })
  assert.deepEqual(
    [...kept.pending],
    [["10.0.0.1", { pool: "a", address: address("10.0.0.1"), quarantine: undefined }]],
  )
  const moved = service("shop/web", { ips: ["10.0.0.2"], from: "a" })
  assert.equal(looked([], { pools: [written(first)], before: ["10.0.0.1"], services: [moved] }).pending.size, 0)
})

test("the book is the status with what is pending before it, bounded, and without what is forgotten", () => {
  const one = quarantineOf(found("10.0.0.1"), undefined, noon)
  const two = quarantineOf(found("10.0.0.2"), undefined, noon)
  const out: Pending = new Map([
    ["10.0.0.1", { pool: "a", address: one.address, quarantine: undefined }],
    ["10.0.0.2", { pool: "a", address: two.address, quarantine: two }],
    [
      "10.9.0.1",
      { pool: "legacy", address: address("10.9.0.1"), quarantine: quarantineOf(found("10.9.0.1"), undefined, noon) },
    ],
  ])
  const texts = (book: ReturnType<typeof bookOf>) =>
    [...book].map(([name, list]) => `${name}: ${list.map(each => formatAddress(each.address)).join(" ")}`)
  assert.deepEqual(texts(bookOf([written(one)], out, noon)), ["a: 10.0.0.2", "legacy: 10.9.0.1"])
  assert.deepEqual(texts(bookOf([written(one)], new Map(), one.until + rememberedFor)), ["a: "])
  const many = Array.from({ length: quarantinesMax + 1 }, (_, n) => ({
    ...quarantineOf(found(`10.1.${n >> 8}.${n & 255}`), undefined, noon),
    until: noon + minute * (n + 1),
  }))
  const [list = []] = bookOf([written(...many)], new Map(), noon).values()
  assert.equal(list.length, quarantinesMax)
  assert.equal(formatAddress(list[0]?.address ?? assert.fail()), "10.1.0.1", "the one that ends first gives way")
})

test("what the status shows is pending no longer, and an entry that somebody takes out of it is over", () => {
  const one = quarantineOf(found("10.0.0.1"), undefined, noon)
  const into: Pending = new Map([["10.0.0.1", { pool: "a", address: one.address, quarantine: one }]])
  assert.equal(stillPending([written()], into, noon).size, 1)
  assert.equal(stillPending([written(one)], into, noon).size, 0)
  assert.deepEqual(bookOf([written()], stillPending([written(one)], into, noon), noon).get("a"), undefined)
  const outOf: Pending = new Map([["10.0.0.1", { pool: "a", address: one.address, quarantine: undefined }]])
  assert.equal(stillPending([written(one)], outOf, noon).size, 1)
  assert.equal(stillPending([written()], outOf, noon).size, 0)
  // A pool of the ConfigMap has no status: what is known of it is kept here, and forgotten in time.
  assert.equal(stillPending([], into, noon).size, 1)
  assert.equal(stillPending([], into, one.until + rememberedFor).size, 0)
})

test("only quarantines that run withhold an address, and the next end is known", () => {
  const one = quarantineOf(found("10.0.0.1"), undefined, noon)
  const two = quarantineOf(found("10.0.0.2"), undefined, noon + 5 * minute)
  const book = bookOf([written(one, two)], new Map(), noon)
  const at = (now: number) => withheldBy(book, now).map(({ address: each }) => formatAddress(each))
  assert.deepEqual(at(noon), ["10.0.0.1", "10.0.0.2"])
  assert.deepEqual(at(one.until), ["10.0.0.2"])
  assert.deepEqual(
    [nextEnd(book, noon), nextEnd(book, one.until), nextEnd(book, two.until)],
    [one.until, two.until, undefined],
  )
})

test("spec.conflictCheck is auto where it is absent; a word that is not known is a warning, and auto", () => {
  const read = (conflictCheck: unknown) => {
    const spec = { addresses: ["10.0.0.0/28"], ...(conflictCheck === undefined ? {} : { conflictCheck }) }
    const decoded = decodePool({ metadata: { name: "a", namespace: "metallb-system" }, spec })
    assert.ok(decoded.ok)
    const judged = readPool(decoded.value, [])
    if (judged.kind === "broken") return "broken"
    const { pool: one, problems } = judged.candidate
    return `${one.conflictCheck ?? "auto"} ${problems.found.map(({ severity, reason }) => `${severity} ${reason}`).join()}`
  }
  assert.deepEqual([undefined, "auto", "icmp", "none", "never", true].map(read), [
    "auto ",
    "auto ",
    "icmp ",
    "none ",
    "auto warning ML219",
    "broken",
  ])
})
