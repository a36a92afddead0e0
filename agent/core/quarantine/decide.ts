import { type Ledger, usageOf } from "../allocate/ledger.ts"
import { locate } from "../allocate/pool-table.ts"
import type { Withheld } from "../allocate/withheld.ts"
import { formatAddress } from "../ip/format.ts"
import { parseAddress } from "../ip/parse.ts"
import type { ConflictReport, ObjectKey } from "../model.ts"
import { type Book, type Pending, type PendingEntry, quarantineAt } from "./book.ts"
import { type Instant, isOver, type Quarantine, quarantineOf, stationText, timeText } from "./quarantine.ts"

export type Decision = {
  /** Addresses that another machine answers for now, and that a service has. */
  readonly contested: readonly Withheld[]
  /** Who has them, or had them when they were. */
  readonly holders: readonly ObjectKey[]
  /** Quarantines that begin, or end because nobody answers any more; by canonical text. */
  readonly pending: Pending
  /** Names of reports about addresses that nobody has any more. */
  readonly stale: readonly string[]
}

/**
 * What the reports of owners mean for the controller. Without a report nothing is ever quarantined; a report counts while a service
 * has the address that it is about. One that is taken back while the service keeps the address says that the other machine is
 * gone: the address is announced, so its quarantine is over. `before` are the addresses that were contested at the last look.
 */
export const decide = (
  reports: Iterable<ConflictReport>,
  before: ReadonlySet<string>,
  ledger: Ledger,
  book: Book,
  now: Instant,
): Decision => {
  const contested = new Map<string, Withheld>()
  const holders: ObjectKey[] = []
  const pending = new Map<string, PendingEntry>()
  const stale: string[] = []
  for (const report of reports) {
    const address = parseAddress(report.address)
    if (address === undefined || report.mac === "") continue
    const usage = usageOf(ledger, address)
    if (usage === undefined) {
      stale.push(report.name)
      continue
    }
    const place = locate(ledger.table, address)
    if (place?.number === undefined) continue
    const text = formatAddress(address)
    const pool = place.entry.pool.name
    const facts = { address: text, mac: stationText(report.mac), interface: report.interface, node: report.node, pool }
    contested.set(text, { address, reason: "ML171", facts, contested: true })
    holders.push(...usage.accepted.keys())
    const known = quarantineAt(book, pool, address)
    if (known === undefined || isOver(known, now))
      pending.set(text, { pool, address, quarantine: quarantineOf({ address, mac: report.mac }, known, now) })
  }
  for (const text of before) {
    const address = contested.has(text) ? undefined : parseAddress(text)
    const pool = address === undefined ? undefined : locate(ledger.table, address)?.entry.pool.name
    const usage = address === undefined ? undefined : usageOf(ledger, address)
    if (address === undefined || pool === undefined || usage === undefined) continue
    holders.push(...usage.accepted.keys())
    if (quarantineAt(book, pool, address) !== undefined) pending.set(text, { pool, address, quarantine: undefined })
  }
  return { contested: [...contested.values()], holders, pending, stale }
}

/** What is given on request alone because of quarantines. */
export const withheldBy = (book: Book, now: Instant): readonly Withheld[] =>
  [...book].flatMap(([pool, list]) =>
    list.filter(one => !isOver(one, now)).map(one => ({ ...withheldAs(one, pool), contested: false })),
  )

const withheldAs = ({ address, mac, until }: Quarantine, pool: string) => ({
  address,
  reason: "ML170" as const,
  facts: { address: formatAddress(address), mac: stationText(mac), until: timeText(until), pool },
})

/** When the next quarantine ends; undefined where none runs. */
export const nextEnd = (book: Book, now: Instant): Instant | undefined => {
  const ends = [...book.values()].flatMap(list => list.filter(one => !isOver(one, now)).map(({ until }) => until))
  return ends.length === 0 ? undefined : Math.min(...ends)
}
