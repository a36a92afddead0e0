import type { Member } from "./member.ts"
import type { NodeRecord } from "./wire/message.ts"

type Speaker = { readonly name: string; readonly alive: boolean; readonly versions: Uint8Array }

/**
 * The first node whose spoken protocol or delegate version is not understood by every live node, or undefined where all
 * understand each other. Two clusters that do not are not merged.
 */
export const misunderstood = (members: Iterable<Member>, records: readonly NodeRecord[]): string | undefined => {
  const all: readonly Speaker[] = [
    ...[...members].map(m => ({ name: m.name, alive: m.state === "alive", versions: m.versions })),
    ...records.map(r => ({ name: r.node, alive: r.state === "alive" && r.versions.length >= 5, versions: r.versions })),
  ]
  const ranges = [0, 3].map(at => rangeOf(all, at))
  return all.find(({ versions }) =>
    ranges.some((range, group) => {
      const spoken = versions.length >= 6 ? (versions[3 * group + 2] ?? 0) : 0
      return spoken < range.least || spoken > range.most
    }),
  )?.name
}

/** What every live node understands; `at` is where the group's three numbers begin. */
const rangeOf = (all: readonly Speaker[], at: number): { readonly least: number; readonly most: number } => {
  let least = 0
  let most = 255
  for (const { alive, versions } of all) {
    if (!alive) continue
    least = Math.max(least, versions[at] ?? 0)
    most = Math.min(most, versions[at + 1] ?? 255)
  }
  return { least, most }
}
