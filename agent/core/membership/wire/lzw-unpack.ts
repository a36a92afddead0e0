import { bad, good, type Read } from "./fault.ts"
import { clearCode, endCode, firstWidth, lastWidth } from "./lzw.ts"

const none = -1

/**
 * The bytes that LZW data stands for. Gives "compression-size" as soon as more than `most` bytes would come out, so that a
 * small packet cannot take much memory; "compression-end" where the end code is missing; "compression-code" for a
 * code that cannot occur. Whatever follows the end code is ignored.
 */
export const lzwUnpack = (packed: Uint8Array, most: number): Read<Uint8Array> => {
  const next = bitReader(packed)
  const table = codeTable()
  const out = growing(most)
  for (;;) {
    const code = next(table.width())
    if (code === undefined) return bad("compression-end")
    if (code === endCode) return good(out.done())
    if (code === clearCode) {
      table.clear()
      continue
    }
    const length = table.accept(code)
    if (length === undefined) return bad("compression-code")
    const room = out.extend(length)
    if (room === undefined) return bad("compression-size")
    table.write(code, room)
  }
}

/** The codes of `width` bits, lowest bits first; undefined at the end. */
const bitReader = (bytes: Uint8Array): ((width: number) => number | undefined) => {
  let at = 0
  let bits = 0
  let held = 0
  return width => {
    while (held < width) {
      const byte = bytes[at]
      if (byte === undefined) return undefined
      at += 1
      bits |= byte << held
      held += 8
    }
    const code = bits & ((1 << width) - 1)
    bits >>>= width
    held -= width
    return code
  }
}

/** A buffer that doubles up to `most` bytes. */
const growing = (most: number) => {
  let buffer = new Uint8Array(Math.min(most, 1024))
  let length = 0
  return {
    /** Room for `more` bytes at the end, or undefined above the limit. */
    extend: (more: number): Uint8Array | undefined => {
      const wanted = length + more
      if (wanted > most) return undefined
      if (wanted > buffer.length) {
        const larger = new Uint8Array(Math.min(most, Math.max(wanted, buffer.length * 2)))
        larger.set(buffer.subarray(0, length))
        buffer = larger
      }
      const room = buffer.subarray(length, wanted)
      length = wanted
      return room
    },
    done: () => buffer.subarray(0, length),
  }
}

/**
 * What each code stands for: all but the last byte as an earlier code, and the last byte. `highest` is the code that the
 * writer has just given out and whose last byte only the next code tells.
 */
const codeTable = () => {
  const prefix = new Uint16Array(1 << lastWidth)
  const suffix = new Uint8Array(1 << lastWidth)
  const lengths = new Uint16Array(1 << lastWidth)
  const heads = new Uint8Array(1 << lastWidth)
  let width = firstWidth
  let highest = endCode
  let last = none

  const headOf = (code: number) => (code < clearCode ? code : (heads[code] ?? 0))
  const lengthOf = (code: number) => (code < clearCode ? 1 : (lengths[code] ?? 0))
  const define = (code: number, before: number, byte: number) => {
    prefix[code] = before
    suffix[code] = byte
    heads[code] = headOf(before)
    lengths[code] = lengthOf(before) + 1
  }
  const advance = (code: number) => {
    last = code
    highest += 1
    if (highest < 1 << width) return
    if (width < lastWidth) width += 1
    else {
      // A full table takes no more entries until it is cleared.
      last = none
      highest -= 1
    }
  }
  return {
    width: () => width,
    clear: () => {
      width = firstWidth
      highest = endCode
      last = none
    },
    /** Takes a code in and gives the number of bytes it stands for; undefined for one that cannot occur here. */
    accept: (code: number): number | undefined => {
      if (code > highest) return undefined
      // The highest code may be used before its last byte was told: it then repeats its own first one.
      if (last !== none) define(highest, last, code === highest ? headOf(last) : headOf(code))
      const length = lengthOf(code)
      advance(code)
      return length
    },
    /** Writes the bytes of a code from the last to the first; `room` has exactly its length. */
    write: (code: number, room: Uint8Array) => {
      let rest = code
      for (let at = room.length - 1; at >= 0; at -= 1) {
        room[at] = rest < clearCode ? rest : (suffix[rest] ?? 0)
        rest = prefix[rest] ?? 0
      }
    },
  }
}
