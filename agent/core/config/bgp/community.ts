import type { BgpCommunity } from "./model.ts"

export type ParsedCommunity =
  | { readonly ok: true; readonly community: BgpCommunity }
  /** `shape`: whether the text has the parts of a community at all; where it has not, an alias may be meant. */
  | { readonly ok: false; readonly shape: boolean; readonly message: string }

const allowed = "allowed are A:B with numbers up to 65535, and large:A:B:C with numbers up to 4294967295"

/** Reads `A:B` (RFC 1997) or `large:A:B:C` (RFC 8092), decimal. The messages begin with the words that scripts look for. */
export const parseCommunity = (text: string): ParsedCommunity => {
  const parts = text.split(":")
  const [first = "", second = "", third = "", fourth = ""] = parts
  if (parts.length === 2) {
    const high = numberOf(first, 0xffff)
    const low = numberOf(second, 0xffff)
    if (high === undefined || low === undefined) return wrongSection(text, high === undefined ? first : second)
    return { ok: true, community: { kind: "standard", value: high * 0x10000 + low } }
  }
  if (parts.length === 4) {
    if (first !== "large") {
      const message = `invalid community value: expected community to be of format large: "${shorten(text)}"; ${allowed}`
      return { ok: false, shape: true, message }
    }
    const [a, b, c] = [second, third, fourth].map(part => numberOf(part, 0xffffffff))
    if (a === undefined || b === undefined || c === undefined) {
      return wrongSection(text, a === undefined ? second : b === undefined ? third : fourth)
    }
    return { ok: true, community: { kind: "large", value: [a, b, c] } }
  }
  return { ok: false, shape: false, message: `invalid community format: "${shorten(text)}"; ${allowed}` }
}

/**
 * Total order, the one in which communities are sent: by number, a standard community as the triple (A:B, 0, 0) and before
 * the large one that equals it.
 */
export const compareCommunities = (a: BgpCommunity, b: BgpCommunity): number => {
  const [left, right] = [tripleOf(a), tripleOf(b)]
  return (
    left[0] - right[0] ||
    left[1] - right[1] ||
    left[2] - right[2] ||
    Number(a.kind === "large") - Number(b.kind === "large")
  )
}

export const formatCommunity = (community: BgpCommunity): string =>
  community.kind === "standard"
    ? `${Math.floor(community.value / 0x10000)}:${community.value % 0x10000}`
    : `large:${community.value.join(":")}`

const tripleOf = (community: BgpCommunity): readonly [number, number, number] =>
  community.kind === "standard" ? [community.value, 0, 0] : community.value

const numberOf = (text: string, most: number): number | undefined => {
  if (!/^[0-9]{1,20}$/.test(text)) return undefined
  const value = Number(text)
  return value <= most ? value : undefined
}

const wrongSection = (text: string, section: string): ParsedCommunity => ({
  ok: false,
  shape: true,
  message: `invalid community value: invalid section "${shorten(section)}" of community "${shorten(text)}"; ${allowed}`,
})

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
