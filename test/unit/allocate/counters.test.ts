import assert from "node:assert/strict"
import { test } from "node:test"
import { countersOf, statusOf } from "../../../agent/core/allocate/counters.ts"
import { forget, ledgerFrom, reconfigure } from "../../../agent/core/allocate/ledger.ts"
import type { Pool } from "../../../agent/core/config/model.ts"
import type { Service } from "../../../agent/core/model.ts"
import { config, pool, service } from "./fixtures.ts"

const counts = (one: Pool, services: readonly Service[] = []) => {
  const [counters] = countersOf(ledgerFrom(services, config(one)).table)
  assert.ok(counters !== undefined)
  return counters
}

const at = (ip: string, n: number, more = {}) => service(`shop/s${n}`, { ips: [ip], from: "a", createdAt: n, ...more })

/** Spec 3.8: pool, services, "assignedIPv4 availableIPv4 assignedIPv6 availableIPv6". */
const table: readonly [string, Pool, readonly Service[], string][] = [
  ["an empty pool of both families", pool("a", ["10.0.0.0/30", "2001:db8::/125"]), [], "0 4 0 8"],
  ["held addresses", pool("a", ["10.0.0.0/30"]), [at("10.0.0.1", 1), at("10.0.0.3", 2)], "2 2 0 0"],
  [
    "a shared address counts once",
    pool("a", ["10.0.0.0/30"]),
    [1, 2, 3].map(n => at("10.0.0.1", n, { annotations: { "metallb.io/allow-shared-ip": "k" }, ports: [`TCP/${n}`] })),
    "1 3 0 0",
  ],
  [
    "an address that two claim counts once",
    pool("a", ["10.0.0.0/30"]),
    [at("10.0.0.1", 1), at("10.0.0.1", 2)],
    "1 3 0 0",
  ],
  ["addresses outside the pool do not count", pool("a", ["10.0.0.0/30"]), [at("10.0.0.9", 1)], "0 4 0 0"],
  [
    "avoided addresses do not count, held or not",
    pool("a", ["10.0.0.0/30"], { avoidBuggyIPs: true }),
    [at("10.0.0.0", 1)],
    "0 3 0 0",
  ],
  [
    "x.x.x.0/32 with avoidBuggyIPs has none (MetalLB: -1)",
    pool("a", ["10.0.0.0/32"], { avoidBuggyIPs: true }),
    [],
    "0 0 0 0",
  ],
  [
    "what is larger than int64 says int64's maximum",
    pool("a", ["2001:db8::/64"]),
    [at("2001:db8::1", 1)],
    "0 0 1 9223372036854775807",
  ],
  [
    "two such ranges do not wrap (MetalLB: negative)",
    pool("a", ["2001:db8::/64", "2001:db8:0:1::/64", "10.0.0.0/30"]),
    [],
    "0 4 0 9223372036854775807",
  ],
  [
    "just below int64's maximum is exact",
    pool("a", ["2001:db8::/66"]),
    [at("2001:db8::1", 1)],
    "0 0 1 4611686018427387903",
  ],
]

for (const [rule, one, services, expected] of table) {
  test(`3.8 ${rule}`, () => {
    const { assignedIPv4, availableIPv4, assignedIPv6, availableIPv6 } = statusOf(counts(one, services))
    assert.equal([assignedIPv4, availableIPv4, assignedIPv6, availableIPv6].join(" "), expected)
  })
}

test("counters inside are exact whatever the size", () => {
  const { total, families } = counts(pool("a", ["2001:db8::/64", "10.0.0.0/30"]), [at("2001:db8::1", 1)])
  assert.deepEqual(total, { size: 2n ** 64n + 4n, used: 1n, free: 2n ** 64n + 3n })
  assert.deepEqual(
    families.map(({ family }) => family),
    ["IPv4", "IPv6"],
  )
})

test("counters follow a service that goes and pools that change", () => {
  const ledger = ledgerFrom([at("10.0.0.1", 1), at("10.0.0.5", 2)], config(pool("a", ["10.0.0.0/30"])))
  const line = () => countersOf(ledger.table).map(({ pool: name, total }) => `${name} ${total.used}/${total.size}`)
  assert.deepEqual(line(), ["a 1/4"])
  reconfigure(ledger, config(pool("a", ["10.0.0.0/29"]), pool("b", ["10.0.1.0/30"])))
  assert.deepEqual(line(), ["a 2/8", "b 0/4"])
  forget(ledger, "shop/s1")
  assert.deepEqual(line(), ["a 1/8", "b 0/4"])
})
