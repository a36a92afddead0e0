import type { Program } from "../../../agent/core/bpf/program.ts"

/** Classic BPF as the kernel runs it, for the instructions that our filters use; anything else is an error of the test. */

const packetTypeAt = 0xfffff004
const interfaceAt = 0xfffff008
const sizes: Readonly<Record<number, 1 | 2 | 4>> = { 48: 1, 40: 2, 32: 4 }

/** How many bytes of the frame the socket gets. Throws where the kernel would refuse to attach the program. */
export const runFilter = (program: Program, frame: Uint8Array, packetType = 0, interfaceIndex = 0): number => {
  if (program.length < 1 || program.length > 4096) throw new Error(`${program.length} instructions are not 1 to 4096`)
  if (program.at(-1)?.code !== 0x06) throw new Error("the last instruction is no return")
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  let accumulator = 0
  for (let at = 0; ; at += 1) {
    const instruction = program[at]
    if (instruction === undefined) throw new Error(`instruction ${at} does not exist`)
    const { code, jt, jf, k } = instruction
    const size = sizes[code]
    if (code === 0x06) return Math.min(k, frame.length)
    if (size !== undefined) {
      if (k === packetTypeAt) accumulator = packetType
      else if (k === interfaceAt && size === 4) accumulator = interfaceIndex
      else if (k + size > frame.length) return 0
      else accumulator = size === 4 ? view.getUint32(k) : size === 2 ? view.getUint16(k) : view.getUint8(k)
    } else at += compare(code, accumulator, k) ? jt : jf
  }
}

const compare = (code: number, a: number, k: number): boolean => {
  if (code === 0x15) return a === k
  if (code === 0x25) return a > k
  if (code === 0x35) return a >= k
  throw new Error(`instruction code 0x${code.toString(16)} is not known`)
}
