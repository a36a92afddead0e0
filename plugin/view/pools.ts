import { formatAddress } from "../../agent/core/ip/format.ts"
import { formatRange } from "../../agent/core/ip/range.ts"
import { phraseOf } from "../../agent/core/sentence.ts"
import type { PoolUse } from "../cluster/pool-use.ts"
import { age } from "./duration.ts"
import { type Cell, table } from "./table.ts"

export type PoolTableOptions = {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly wide: boolean
  /** False prints <unknown> where a count would be made up. */
  readonly usageKnown: boolean
}

/** One row for each pool and family; `wide` adds what does not fit 100 columns. */
export const poolTable = (uses: readonly PoolUse[], { now, wide, usageKnown }: PoolTableOptions): string =>
  table(
    [
      { title: "NAME" },
      { title: "FAMILY" },
      { title: "SIZE", right: true },
      { title: "USED", right: true },
      { title: "FREE", right: true },
      ...(wide ? [{ title: "SHARED", right: true }] : []),
      { title: "AUTO" },
      { title: "ADVERTISED" },
      ...(wide ? [{ title: "PRIORITY" }, { title: "SOURCE" }] : []),
      { title: "RANGES" },
      { title: "AGE" },
    ],
    uses.flatMap(use => rowsOf(use, { now, wide, usageKnown })),
  )

const rowsOf = (use: PoolUse, { now, wide, usageKnown }: PoolTableOptions): readonly (readonly Cell[])[] => {
  const { pool, counters, held, advertised, createdAt } = use
  const families = counters.families.map(({ family, size, used, free }): readonly Cell[] => {
    const isShared = (address: string) => address.includes(":") === (family === "IPv6")
    const shared = held.filter(({ address, holders }) => holders.length > 1 && isShared(address)).length
    const ranges = pool.ranges.filter(range => range.family === family).map(formatRange)
    return [
      pool.name,
      family,
      String(size),
      usageKnown ? String(used) : "<unknown>",
      usageKnown ? String(free) : "<unknown>",
      ...(wide ? [String(shared)] : []),
      pool.drain === true ? "draining" : pool.autoAssign ? "yes" : "no",
      advertised.length === 0 ? "<none>" : advertised.join(","),
      ...(wide
        ? [pool.restriction === undefined ? "<none>" : String(pool.restriction.priority), sourceText(pool.source)]
        : []),
      ranges.join(","),
      createdAt === undefined || createdAt === 0 ? "<unknown>" : age(now - createdAt),
    ]
  })
  return families
}

const sourceText = (source: PoolUse["pool"]["source"]): string => (source === "legacy" ? "ConfigMap" : "resource")

/** One pool on one screen: what it is, who may use it, who holds what; of longer lists the first `most` addresses. */
export const poolPage = (use: PoolUse, now: number, usageKnown: boolean, most: number): string => {
  const { pool, held, reserved, withheld } = use
  const left = Math.max(0, held.length - most) + Math.max(0, withheld.length - most)
  const allowed = pool.restriction
  return [
    poolTable([use], { now, wide: true, usageKnown }),
    ...(pool.drain === true
      ? [`Draining  gives no new address; ${usageKnown ? held.length : "<unknown>"} still held`]
      : []),
    ...(pool.order === undefined ? [] : [`Order     ${orderText(pool.order)}`]),
    ...(pool.conflictCheck === undefined ? [] : [`Check     ${checkText[pool.conflictCheck]}`]),
    ...(allowed === undefined
      ? []
      : [
          `Kept for  ${allowed.namespaces === undefined ? "every namespace" : `namespaces ${[...allowed.namespaces].sort().join(", ") || "<none>"}`}${allowed.serviceSelectors.length === 0 ? "" : `, services that match ${allowed.serviceSelectors.length} selectors`}`,
        ]),
    held.length === 0
      ? usageKnown
        ? "No address is held."
        : "<unknown> who holds its addresses: the services could not be read."
      : table(
          [{ title: "ADDRESS" }, { title: "HELD BY" }],
          held
            .slice(0, most)
            .map(({ address, holders }) => [
              address,
              `${holders.join(", ")}${reserved.has(address) ? " (reserved)" : ""}`,
            ]),
        ),
    ...(withheld.length === 0
      ? []
      : [
          table(
            [{ title: "WITHHELD" }, { title: "WHY" }],
            withheld
              .slice(0, most)
              .map(({ address, reason, facts }) => [formatAddress(address), `${reason} ${phraseOf(reason, facts)}`]),
          ),
        ]),
    ...(left === 0 ? [] : [`${left} more: kubectl metallb pools show ${pool.name} --addresses`]),
  ].join("\n\n")
}

const checkText = {
  icmp: "a new address is asked for on its link, or by an echo request where no link has it",
  none: "a new address is announced without asking whether another machine has it",
} as const

const orderText = (order: NonNullable<PoolUse["pool"]["order"]>): string =>
  order.kind === "random"
    ? "random: each service has a place of its own"
    : `least recently used${order.cooling === 0 ? "" : `, not before ${order.written} after it was given back`}`
