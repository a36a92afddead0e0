/** One file of an archive. */
export type TarFile = { readonly name: string; readonly mode: number; readonly content: Uint8Array }

const block = 512

/**
 * A tar archive (POSIX.1-1988 ustar) whose bytes depend on nothing but the files: no time, no owner, names in order. krew
 * takes regular files and folders only. Names have at most 100 bytes.
 */
export const tarOf = (files: readonly TarFile[]): Uint8Array => {
  const parts = [...files]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(file => [headerOf(file), file.content, new Uint8Array(padding(file.content.length))])
  return Buffer.concat([...parts, new Uint8Array(2 * block)])
}

const padding = (length: number): number => (block - (length % block)) % block

/**
 *   0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 checksum 8 | 156 type 1
 * 157 link 100 | 257 "ustar\0" 6 | 263 "00" 2 | 265 owner 32 | 297 group 32 | 329 devmajor 8 | 337 devminor 8 | 345 prefix 155
 */
const headerOf = ({ name, mode, content }: TarFile): Uint8Array => {
  if (Buffer.byteLength(name) > 100) throw new RangeError(`tar: the name ${name} has more than 100 bytes`)
  const header = Buffer.alloc(block)
  const put = (text: string, at: number) => header.write(text, at, "latin1")
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`
  put(name, 0)
  put(octal(mode, 7), 100)
  put(octal(0, 7), 108)
  put(octal(0, 7), 116)
  put(octal(content.length, 11), 124)
  put(octal(0, 11), 136)
  put("        ", 148)
  put("0", 156)
  put("ustar\x0000", 257)
  put(octal(0, 7), 329)
  put(octal(0, 7), 337)
  const sum = header.reduce((total, byte) => total + byte, 0)
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148)
  return header
}
