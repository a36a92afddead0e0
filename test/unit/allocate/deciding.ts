import assert from "node:assert/strict"
import { allocate } from "../../../agent/core/allocate/allocate.ts"
import { ledgerFrom } from "../../../agent/core/allocate/ledger.ts"
import { requestOf, stackOf } from "../../../agent/core/allocate/request.ts"
import type { Pool } from "../../../agent/core/config/model.ts"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import type { Service } from "../../../agent/core/model.ts"
import { config, pool, restriction, service } from "./fixtures.ts"

export const decide = (one: Service, pools: readonly Pool[], others: readonly Service[] = []) => {
  const stack = stackOf(one)
  assert.ok(stack.ok)
  const request = requestOf(one, stack.value)
  assert.ok(request.ok)
  return allocate(one, request.value, ledgerFrom(others, config(...pools)))
}

/** "pool: addresses" or the reason. */
export const answer = (one: Service, pools: readonly Pool[], others: readonly Service[] = []): string => {
  const outcome = decide(one, pools, others)
  return outcome.ok ? `${outcome.value.pool}: ${outcome.value.addresses.map(formatAddress).join(" ")}` : outcome.reason
}

export const web = service("shop/web")

export const asks = (annotations: Record<string, string>, more = {}) => service("shop/web", { annotations, ...more })

export const holder = (ip: string, more = {}) => service(`other/s-${ip}`, { ips: [ip], from: "a", ...more })

export const v4 = pool("v4", ["10.0.0.0/30"])

export const v6 = pool("v6", ["2001:db8::/126"])

export const both = pool("both", ["10.1.0.0/30", "2001:db8:1::/126"])

export const onlyFor = (namespace: string, more = {}) => restriction({ namespaces: new Set([namespace]), ...more })
