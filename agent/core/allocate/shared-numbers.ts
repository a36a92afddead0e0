/**
 * Held numbers of a shelf that services may join, by sharing and backend key. BOUNDED by the addresses that are shared
 * or carry a sharing key.
 */
export type SharedNumbers = Map<string, SharingGroup>

/** The numbers under one pair of keys, and for each set of ports how far down they are known to clash. */
export type SharingGroup = {
  /** Ascending. */
  readonly numbers: bigint[]
  /** Ports -> below this number nobody with these ports fits. BOUNDED: emptied at 1,024 entries. */
  readonly clashing: Map<string, bigint>
}

const clashingMax = 1024

export const addShared = (shared: SharedNumbers, id: string, number: bigint): void => {
  const group = shared.get(id) ?? { numbers: [], clashing: new Map<string, bigint>() }
  shared.set(id, group)
  const at = indexOf(group.numbers, number)
  if (group.numbers[at] === number) return
  group.numbers.splice(at, 0, number)
  reopen(group, number)
}

export const removeShared = (shared: SharedNumbers, id: string, number: bigint): void => {
  const group = shared.get(id)
  if (group === undefined) return
  const at = indexOf(group.numbers, number)
  if (group.numbers[at] === number) group.numbers.splice(at, 1)
  if (group.numbers.length === 0) shared.delete(id)
}

/** A port of this number was given up: whoever clashed there may fit now. */
export const reopenShared = (shared: SharedNumbers, id: string, number: bigint): void => {
  const group = shared.get(id)
  if (group !== undefined) reopen(group, number)
}

/** Numbers below `limit` that are not among `passed`. */
export type Within = { readonly limit: bigint; readonly passed: ReadonlySet<bigint> }

/**
 * The lowest number within the bounds that `fits`, which must say the same for every service with these ports: a number
 * that does not fit is not looked at again until it is reopened, so that thousands of services with one key and one
 * port cost no more than one look each.
 */
export const lowestShared = (
  shared: SharedNumbers,
  id: string,
  ports: string,
  { limit, passed }: Within,
  fits: (number: bigint) => boolean,
): bigint | undefined => {
  const group = shared.get(id)
  if (group === undefined) return undefined
  const { numbers, clashing } = group
  // What is passed over may fit, so nothing above it can be told by "below this number nobody fits".
  let gap = false
  for (let at = indexOf(numbers, clashing.get(ports) ?? 0n); at < numbers.length; at += 1) {
    const number = numbers[at]
    if (number === undefined || number >= limit) break
    if (passed.has(number)) {
      gap = true
      continue
    }
    if (fits(number)) return number
    if (gap) continue
    if (clashing.size >= clashingMax && !clashing.has(ports)) clashing.clear()
    clashing.set(ports, number + 1n)
  }
  return undefined
}

const reopen = ({ clashing }: SharingGroup, number: bigint): void => {
  for (const [ports, below] of clashing) if (below > number) clashing.set(ports, number)
}

const indexOf = (numbers: readonly bigint[], number: bigint): number => {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((numbers[middle] ?? number) < number) low = middle + 1
    else high = middle
  }
  return low
}
