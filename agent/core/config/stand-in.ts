import type { BrokenPool } from "./candidate.ts"
import type { PoolsInUse } from "./choose.ts"
import type { LegacyReading } from "./legacy.ts"
import type { Config, ConfigSource } from "./model.ts"

/**
 * Puts the last valid version of every broken pool into use, where its addresses are still free. Returns the pools for which
 * there is none; what they gave out must stay as it is.
 */
export const standIn = (
  broken: readonly BrokenPool[],
  legacy: LegacyReading,
  inUse: PoolsInUse,
  lastGood: Config | undefined,
): readonly BrokenPool[] => {
  const missing = [...broken].sort(bySourceAndName).filter(({ name, source, problems }) => {
    const before = lastGood?.pools.find(pool => pool.name === name && pool.source === source)
    const found = before !== undefined && inUse.take(before)
    problems.conclude(found ? `the last valid version of pool ${name} stays in use` : kept(`pool ${name}`))
    return !found
  })
  if (!legacy.unreadable) return missing
  const before = (lastGood?.pools ?? []).filter(pool => pool.source === "legacy")
  const names = before.filter(pool => inUse.take(pool)).map(pool => pool.name)
  const conclusion = names.length > 0 ? `the last valid version stays in use (pools ${names.join(", ")})` : kept("it")
  for (const problems of legacy.problems) if (problems.broken && !problems.concluded) problems.conclude(conclusion)
  return missing
}

const kept = (what: string): string => `addresses given from ${what} before stay where they are`

const rank = (source: ConfigSource): number => (source === "resource" ? 0 : 1)

const bySourceAndName = (a: BrokenPool, b: BrokenPool): number =>
  rank(a.source) - rank(b.source) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
