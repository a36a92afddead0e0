import type { Address } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { IpFamily, Service } from "../model.ts"
import { termsOf } from "./claim.ts"
import { contestedOf } from "./contested.ts"
import type { Refusal } from "./eligible.ts"
import { type Ledger, poolOf } from "./ledger.ts"
import type { PoolEntry } from "./pool-table.ts"
import type { Read, Request } from "./request.ts"
import { type Standing, standingOf } from "./standing.ts"

/** Which of its addresses a service keeps. */
export type Staying =
  /** `why` tells why not the others; undefined where it keeps all. */
  | {
      readonly any: true
      readonly addresses: readonly Address[]
      readonly entry: PoolEntry
      readonly why: Refusal | undefined
    }
  | { readonly any: false; readonly why: Refusal }

/**
 * One address that may not stay takes the others with it only where nothing of its family would be left: of several of a
 * family the rest stays. Too many are given back from the end, because the first decides the owner on layer 2.
 */
export const stayingOf = (
  service: Service,
  addresses: readonly Address[],
  standing: Exclude<Standing, { readonly kind: "doubtful" }>,
  request: Read<Request>,
  ledger: Ledger,
): Staying => {
  let left = addresses
  let why: Refusal | undefined
  let entry: PoolEntry
  if (standing.kind === "good") entry = standing.entry
  else {
    why = standing.why
    const terms = termsOf(service)
    const good = left.filter(
      address => standingOf(service, [address], terms, ledger, { doubt: undefined }).kind === "good",
    )
    const found = good[0] === undefined ? undefined : poolOf(ledger, [good[0]])
    left = good.filter(address => poolOf(ledger, [address]) === found)
    if (found === undefined || !covers(left, addresses)) return { any: false, why }
    entry = found
  }
  if (!request.ok) return { any: true, addresses: left, entry, why }
  const contested = contestedOf(ledger, left, request.value)
  if (contested?.asked === false) {
    const quiet = left.filter(address => contestedOf(ledger, [address], request.value)?.asked !== false)
    if (!covers(quiet, left)) return { any: false, why: contested.why }
    left = quiet
    why ??= contested.why
  }
  const { perFamily, addresses: asked } = request.value
  const first = asked.length > 0 ? left : firstOfEach(left, perFamily)
  if (first.length === left.length) return { any: true, addresses: left, entry, why }
  const facts = { addresses: left.map(formatAddress), asked: [`${perFamily} of each family`] }
  return { any: true, addresses: first, entry, why: why ?? { reason: "ML122", facts } }
}

/** Whether there is still one of each family. */
const covers = (left: readonly Address[], all: readonly Address[]): boolean =>
  all.every(({ family }) => left.some(address => address.family === family))

const firstOfEach = (addresses: readonly Address[], count: number): readonly Address[] => {
  const seen: Record<IpFamily, number> = { IPv4: 0, IPv6: 0 }
  return addresses.filter(({ family }) => {
    seen[family] += 1
    return seen[family] <= count
  })
}
