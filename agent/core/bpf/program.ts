/**
 * Classic BPF, the language of socket filters: one accumulator, absolute loads from the frame, jumps forward only. The
 * return value is how many bytes of the frame the socket gets, 0 drops it; a load past the end of the frame drops it too.
 * McCanne and Jacobson, "The BSD Packet Filter", 1993; linux/filter.h.
 */

/** struct sock_filter. `jt` and `jf` count the instructions skipped, 0 to 255; `code` has 16 bits and `k` 32, unsigned. */
export type Instruction = { readonly code: number; readonly jt: number; readonly jf: number; readonly k: number }

export type Program = readonly Instruction[]

/** A line of a filter before its labels are resolved. */
export type Line =
  | { readonly kind: "load"; readonly code: number; readonly at: number }
  | {
      readonly kind: "jump"
      readonly code: number
      readonly value: number
      readonly yes: string
      readonly no: string
    }
  | { readonly kind: "return"; readonly bytes: number }
  | { readonly kind: "label"; readonly name: string }

/** Jumping here means going on with the next line. */
export const next = "next"

/** 1, 2 or 4 bytes of the frame at an offset in bytes, in network order, into the accumulator. */
export const loadByte = (at: number): Line => ({ kind: "load", code: 0x30, at })
export const loadHalf = (at: number): Line => ({ kind: "load", code: 0x28, at })
export const loadWord = (at: number): Line => ({ kind: "load", code: 0x20, at })

/** How the frame reached this host, one of PACKET_* in linux/if_packet.h (SKF_AD_OFF + SKF_AD_PKTTYPE). */
export const loadPacketType: Line = { kind: "load", code: 0x28, at: 0xfffff004 }

/** The number of the interface that a frame belongs to (SKF_AD_OFF + SKF_AD_IFINDEX). */
export const loadInterface: Line = { kind: "load", code: 0x20, at: 0xfffff008 }

/** Compares the accumulator, unsigned, with a constant and goes on at one of two labels. */
export const ifEqual = (value: number, yes: string, no: string): Line => ({ kind: "jump", code: 0x15, value, yes, no })
export const ifAbove = (value: number, yes: string, no: string): Line => ({ kind: "jump", code: 0x25, value, yes, no })
export const ifAtLeast = (value: number, yes: string, no: string): Line => ({
  kind: "jump",
  code: 0x35,
  value,
  yes,
  no,
})
/** Goes on at a label, whatever the accumulator holds. */
export const goTo = (name: string): Line => ifAtLeast(0, name, name)

export const label = (name: string): Line => ({ kind: "label", name })

/** Ends the program: the socket gets up to this many bytes of the frame, 0 for none. */
export const accept = (bytes: number): Line => ({ kind: "return", bytes })
export const drop: Line = { kind: "return", bytes: 0 }

/**
 * Resolves the labels. Throws a RangeError naming the label that does not exist, lies behind, or is more than 255
 * instructions ahead: the filter was put together wrongly.
 */
export const assemble = (lines: readonly Line[]): Program => {
  const places = new Map<string, number>()
  let count = 0
  for (const line of lines) {
    if (line.kind === "label") places.set(line.name, count)
    else count += 1
  }
  const program: Instruction[] = []
  const distance = (name: string): number => {
    if (name === next) return 0
    const place = places.get(name)
    const skipped = place === undefined ? Number.NaN : place - program.length - 1
    if (skipped >= 0 && skipped <= 255) return skipped
    throw new RangeError(`jump to ${name} from instruction ${program.length}: 0 to 255 may be skipped, not ${skipped}`)
  }
  for (const line of lines) {
    if (line.kind === "load") program.push({ code: line.code, jt: 0, jf: 0, k: line.at })
    if (line.kind === "return") program.push({ code: 0x06, jt: 0, jf: 0, k: line.bytes })
    if (line.kind === "jump")
      program.push({ code: line.code, jt: distance(line.yes), jf: distance(line.no), k: line.value })
  }
  return program
}
