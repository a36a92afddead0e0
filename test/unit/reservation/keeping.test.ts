import assert from "node:assert/strict"
import { test } from "node:test"
import { ledgerFrom } from "../../../agent/core/allocate/ledger.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { decodeReservation } from "../../../agent/core/kube/decode-reservation.ts"
import {
  keepingAsRead,
  keepingNow,
  keepingsAsRead,
  keptBy,
  nextExpiry,
  statusOf,
  ttlOf,
} from "../../../agent/core/reservation/keeping.ts"
import { phraseOf } from "../../../agent/core/sentence.ts"
import { config, pool, service } from "../allocate/fixtures.ts"

const at = Date.parse("2026-01-31T12:00:00Z")
const hour = 3_600_000
const reservation = (spec: object = {}, status: object = {}) => {
  const decoded = decodeReservation({
    metadata: { name: "web", namespace: "metallb-system" },
    spec: { service: { namespace: "shop", name: "web" }, ...spec },
    status,
  })
  assert.ok(decoded.ok)
  return decoded.value
}
const world = (...services: Parameters<typeof ledgerFrom>[0]) =>
  ledgerFrom(services, config(pool("a", ["10.0.0.0/29"])))
const away = world()
const present = world(service("shop/web", { ips: ["10.0.0.3"], from: "a" }))
const now = (resource: ReturnType<typeof reservation>, ledger = away, instant = at) =>
  statusOf(keepingNow(resource, keepingAsRead(resource), ledger, instant))

test("while the service has an address that is what is kept, without an end", () => {
  const kept = { addresses: ["10.0.0.3"], awaySince: null, expires: null }
  assert.deepEqual(now(reservation({ ttl: "1h" }), present), kept)
  const stale = { addresses: ["10.0.0.9"], awaySince: "2026-01-31T10:00:00Z" }
  assert.deepEqual(now(reservation({ ttl: "1h" }, stale), present), kept, "it came back, or moved")
})

test("once it is away the time runs from the moment when that was seen", () => {
  const had = { addresses: ["10.0.0.3"] }
  const since = { addresses: ["10.0.0.3"], awaySince: "2026-01-31T12:00:00Z" }
  assert.deepEqual(now(reservation({ ttl: "1h" }, had)), { ...since, expires: "2026-01-31T13:00:00Z" })
  assert.deepEqual(now(reservation({ ttl: "1h" }, since), away, at + hour - 1), {
    ...since,
    expires: "2026-01-31T13:00:00Z",
  })
  const over = { addresses: null, awaySince: null, expires: null }
  assert.deepEqual(now(reservation({ ttl: "1h" }, since), away, at + hour), over)
})

test("a time that is changed while the service is away counts from when it went", () => {
  const since = { addresses: ["10.0.0.3"], awaySince: "2026-01-31T12:00:00Z" }
  assert.equal(now(reservation({ ttl: "2h" }, since), away, at + hour).expires, "2026-01-31T14:00:00Z")
  assert.equal(now(reservation({}, since), away, at + 9999 * hour).expires, null)
})

test("a time that cannot be used ends nothing", () => {
  const since = { addresses: ["10.0.0.3"], awaySince: "2026-01-31T12:00:00Z" }
  for (const ttl of ["", "tomorrow", "0s", "-1h", "8761h", "9".repeat(41)]) {
    assert.equal(ttlOf({ ttl }), undefined, ttl)
    assert.deepEqual(now(reservation({ ttl }, since), away, at + 9999 * hour).addresses, ["10.0.0.3"])
  }
  assert.equal(ttlOf({ ttl: "1s" }), 1_000)
  assert.equal(ttlOf({ ttl: undefined }), "never")
})

test("an address that somebody older has is not what the service has", () => {
  const both = world(
    service("shop/web", { ips: ["10.0.0.3"], from: "a", createdAt: 2 }),
    service("shop/old", { ips: ["10.0.0.3"], from: "a", createdAt: 1 }),
  )
  assert.deepEqual(now(reservation(), both).addresses, null)
})

test("another service in the same reservation begins with nothing", () => {
  const before = keepingAsRead(reservation({}, { addresses: ["10.0.0.3"] }))
  const other = reservation({ service: { namespace: "shop", name: "other" } }, { addresses: ["10.0.0.3"] })
  assert.deepEqual(keepingNow(other, before, away, at).addresses, [])
})

test("nonsense in the status is passed over, and at most 16 addresses are read", () => {
  assert.deepEqual(keepingAsRead(reservation({}, { addresses: ["x", "10.0.0.1"] })).addresses.map(formatAddress), [
    "10.0.0.1",
  ])
  const many = Array.from({ length: 40 }, (_, n) => `10.0.1.${n}`)
  assert.equal(keepingAsRead(reservation({}, { addresses: many })).addresses.length, 16)
})

test("what is kept for several is said of all of them, with the last end", () => {
  const one = reservation({ ttl: "1h" }, { addresses: ["10.0.0.3"], awaySince: "2026-01-31T12:00:00Z" })
  const two = { ...one, name: "zwei", service: "shop/zwei", ttl: "2h" }
  const keepings = keepingsAsRead([two, one], away, at)
  const [kept] = keptBy(keepings)
  assert.ok(kept !== undefined)
  assert.deepEqual(kept.keptFor, ["shop/web", "shop/zwei"])
  assert.equal(
    phraseOf(kept.reason, kept.facts),
    "10.0.0.3 is reserved for shop/web, shop/zwei until 2026-01-31T14:00:00Z",
  )
  assert.equal(nextExpiry(keepings), at + hour)
  assert.equal(nextExpiry([]), undefined)
})
