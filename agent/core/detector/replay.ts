import { type Header, packetTypes } from "./packet.ts"
import type { NodeName } from "./peer.ts"

/**
 * What was taken from each sender, so that nothing is taken twice. Heartbeats are signed half a second before they are sent
 * and would overtake messages in one count, so each class has its own, and each link too.
 * BOUNDED: by the known peers times 8 links times 2; `forget` drops those that are known no more.
 */
export type Seen = ReadonlyMap<string, Window>

/** RFC 4303 section 3.4.3: the highest sequence, and the 63 below it as bits. */
export type Window = {
  readonly from: NodeName
  readonly boot: number
  readonly highest: number
  readonly mask: bigint
}

export const nothingSeen: Seen = new Map()

export type Accepted =
  | { readonly ok: true; readonly seen: Seen }
  | { readonly ok: false; readonly fault: "replayed" | "old-boot" }

const span = 64n

/**
 * Takes a packet once. A process start that is later than the known one begins a new window; an earlier one is refused,
 * unless the membership says that it is the present one (a node whose clock was set back between two starts).
 */
export const acceptOnce = (seen: Seen, header: Header, markBoot: number | undefined): Accepted => {
  const key = keyOf(header)
  const window = seen.get(key)
  const { from, boot, sequence } = header
  if (window === undefined || boot > window.boot || (boot !== window.boot && boot === markBoot)) {
    return { ok: true, seen: new Map(seen).set(key, { from, boot, highest: sequence, mask: 1n }) }
  }
  if (boot !== window.boot) return { ok: false, fault: "old-boot" }
  const ahead = sequence - window.highest
  if (ahead > 0) {
    const mask = ahead >= Number(span) ? 1n : ((window.mask << BigInt(ahead)) | 1n) & ((1n << span) - 1n)
    return { ok: true, seen: new Map(seen).set(key, { ...window, highest: sequence, mask }) }
  }
  const bit = 1n << BigInt(Math.min(-ahead, Number(span)))
  if (-ahead >= Number(span) || (window.mask & bit) !== 0n) return { ok: false, fault: "replayed" }
  return { ok: true, seen: new Map(seen).set(key, { ...window, mask: window.mask | bit }) }
}

/**
 * Everything up to this sequence was taken elsewhere, by the thread that hears heartbeats. None of it is taken again, not even
 * what came out of order.
 */
export const takenUpTo = (seen: Seen, header: Header): Seen => {
  const key = keyOf(header)
  const { from, boot, sequence } = header
  const window = seen.get(key)
  if (window !== undefined && (window.boot !== boot || window.highest >= sequence)) return seen
  return new Map(seen).set(key, { from, boot, highest: sequence, mask: (1n << span) - 1n })
}

/** The highest sequence that was taken of that process; 0: none. */
export const highestOf = (seen: Seen, header: Omit<Header, "sequence">): number => {
  const window = seen.get(keyOf(header))
  return window?.boot === header.boot ? window.highest : 0
}

/** Drops the windows of nodes that are no peers any more. */
export const forget = (seen: Seen, known: (node: NodeName) => boolean): Seen =>
  new Map([...seen].filter(([, window]) => known(window.from)))

const keyOf = ({ from, link, type }: Omit<Header, "sequence">): string =>
  `${from} ${link} ${type === packetTypes.heartbeat ? "heartbeat" : "message"}`
