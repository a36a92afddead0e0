import { clearCode, endCode, firstWidth, highestCode } from "./lzw.ts"

/** Compressed form of `bytes`, the same bytes as Go's writer gives. At most one and a half times as long as the input, plus 4. */
export const lzwPack = (bytes: Uint8Array): Uint8Array => {
  const out = bitWriter(Math.ceil(bytes.length * 1.5) + 8)
  const codes = codeWriter(out)
  out.write(clearCode, firstWidth)
  const first = bytes[0]
  if (first !== undefined) codes.finish(packAll(bytes, first, codes))
  out.write(endCode, codes.width())
  return out.done()
}

/** Emits all codes but the last, which it returns. */
const packAll = (bytes: Uint8Array, first: number, codes: CodeWriter): number => {
  // BOUNDED: cleared before it holds a code above `highestCode`.
  const table = new Map<number, number>()
  let code = first
  for (let at = 1; at < bytes.length; at += 1) {
    const literal = bytes[at] ?? 0
    const key = (code << 8) | literal
    const known = table.get(key)
    if (known !== undefined) {
      code = known
      continue
    }
    const next = codes.emit(code)
    if (next === undefined) table.clear()
    else table.set(key, next)
    code = literal
  }
  return code
}

type CodeWriter = {
  /** Writes a code and gives the number of the new table entry, or undefined where the table has just been cleared. */
  readonly emit: (code: number) => number | undefined
  readonly finish: (code: number) => void
  readonly width: () => number
}

const codeWriter = (out: BitWriter): CodeWriter => {
  let width = firstWidth
  let highest = endCode
  const emit = (code: number): number | undefined => {
    out.write(code, width)
    highest += 1
    if (highest === 1 << width) width += 1
    if (highest < highestCode) return highest
    out.write(clearCode, width)
    width = firstWidth
    highest = endCode
    return undefined
  }
  return { emit, finish: emit, width: () => width }
}

type BitWriter = { readonly write: (code: number, width: number) => void; readonly done: () => Uint8Array }

const bitWriter = (capacity: number): BitWriter => {
  const bytes = new Uint8Array(capacity)
  let length = 0
  let bits = 0
  let held = 0
  const flush = (down: number) => {
    while (held >= down) {
      bytes[length] = bits & 0xff
      length += 1
      bits >>>= 8
      held -= 8
    }
  }
  return {
    write: (code, width) => {
      bits |= code << held
      held += width
      flush(8)
    },
    done: () => {
      flush(1)
      return bytes.subarray(0, length)
    },
  }
}
