/** One entry of an archive. `mode` holds permission bits (0 to 0o7777); `capability` is the raw security.capability xattr. */
export type ImageFile = {
  readonly path: string
  readonly kind: "file" | "dir" | "symlink"
  readonly mode: number
  readonly data?: Uint8Array
  readonly target?: string
  readonly capability?: Uint8Array
}

const block = 512
const shortName = 100
const typeFlags = { file: "0", symlink: "2", dir: "5", pax: "x" } as const
const maxSize = 0o77777777777

/**
 * A POSIX.1-2001 (PAX) tar archive of `files` in the order given; owner 0:0 and time 0 everywhere, so that the same
 * files give the same bytes. Throws an Error naming the entry whose size or mode a header cannot hold.
 */
export function tar(files: readonly ImageFile[]): Buffer {
  const parts: Buffer[] = []
  for (const file of files) {
    const name = file.kind === "dir" ? `${file.path}/` : file.path
    const data = file.kind === "file" ? (file.data ?? new Uint8Array()) : new Uint8Array()
    const extended = extendedHeader(name, file)
    if (extended.length > 0) {
      parts.push(header("pax", "PaxHeaders/entry", 0o644, extended.length, ""), ...padded(extended))
    }
    parts.push(header(file.kind, name, file.mode, data.length, file.target ?? ""), ...padded(data))
  }
  parts.push(Buffer.alloc(2 * block))
  return Buffer.concat(parts)
}

/** The records an ustar header has no room for: file capabilities, and names that are long or not ASCII. */
function extendedHeader(name: string, file: ImageFile): Buffer {
  const records: Buffer[] = []
  if (!fitsHeader(name)) records.push(record("path", Buffer.from(name)))
  if (file.target !== undefined && !fitsHeader(file.target)) records.push(record("linkpath", Buffer.from(file.target)))
  if (file.capability) records.push(record("SCHILY.xattr.security.capability", file.capability))
  return Buffer.concat(records)
}

function fitsHeader(name: string): boolean {
  return Buffer.byteLength(name) === name.length && name.length <= shortName
}

/** "LENGTH key=value\n", where LENGTH counts its own digits too. */
function record(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")])
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

function header(kind: keyof typeof typeFlags, name: string, mode: number, size: number, target: string): Buffer {
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777) {
    throw new Error(`archive entry ${name}: mode ${mode} is not between 0 and 0o7777`)
  }
  if (size > maxSize) throw new Error(`archive entry ${name}: ${size} bytes are more than the allowed ${maxSize}`)
  const out = Buffer.alloc(block)
  const octal = (value: number, at: number, width: number) =>
    out.write(`${value.toString(8).padStart(width - 1, "0")}\0`, at, "ascii")
  out.write(fitsHeader(name) ? name : "entry", 0, "ascii")
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  out.fill(" ", 148, 156)
  out.write(typeFlags[kind], 156, "ascii")
  if (fitsHeader(target)) out.write(target, 157, "ascii")
  out.write("ustar\x0000", 257, "ascii")
  octal(0, 329, 8)
  octal(0, 337, 8)
  let sum = 0
  for (const byte of out) sum += byte
  out.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "ascii")
  return out
}

function padded(data: Uint8Array): Buffer[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length)
  const gap = (block - (data.length % block)) % block
  return gap === 0 ? [bytes] : [bytes, Buffer.alloc(gap)]
}
