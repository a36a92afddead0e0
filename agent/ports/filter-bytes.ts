import { endianness } from "node:os"
import type { Program } from "../core/bpf/program.ts"

/** struct sock_filter, 8 bytes each, in the machine's byte order. */
export const encodeFilter = (program: Program): Uint8Array => {
  const out = new DataView(new ArrayBuffer(8 * program.length))
  const little = endianness() === "LE"
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    out.setUint16(8 * index, code, little)
    out.setUint8(8 * index + 2, jt)
    out.setUint8(8 * index + 3, jf)
    out.setUint32(8 * index + 4, k, little)
  }
  return new Uint8Array(out.buffer)
}
