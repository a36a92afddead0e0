/** Frames of a server (RFC 6455 section 5.2), which are never masked. */
export type Message = { readonly kind: "data"; readonly bytes: Buffer } | { readonly kind: "close" }

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8 } as const

/** Puts messages together from whatever arrives. A message longer than `most` bytes, or one that breaks the rules, throws an Error. */
export const createMessageReader = (most: number): ((part: Buffer) => readonly Message[]) => {
  let rest: Buffer = Buffer.alloc(0)
  let begun: Buffer[] = []
  let length = 0

  const take = (): Message | "control" | undefined => {
    const frame = frameIn(rest, most)
    if (frame === undefined) return undefined
    rest = rest.subarray(frame.end)
    if (frame.opcode === opcodes.close) return { kind: "close" }
    if (frame.opcode > opcodes.close) return "control"
    length += frame.payload.length
    if (length > most) throw new Error(`a message is longer than ${most} bytes`)
    begun.push(frame.payload)
    if (!frame.isLast) return "control"
    const bytes = Buffer.concat(begun)
    begun = []
    length = 0
    return { kind: "data", bytes }
  }

  return part => {
    rest = Buffer.concat([rest, part])
    const messages: Message[] = []
    for (let found = take(); found !== undefined; found = take()) if (found !== "control") messages.push(found)
    return messages
  }
}

type Frame = { readonly opcode: number; readonly isLast: boolean; readonly payload: Buffer; readonly end: number }

const frameIn = (bytes: Buffer, most: number): Frame | undefined => {
  if (bytes.length < 2) return undefined
  const [first, second] = [bytes.readUInt8(0), bytes.readUInt8(1)]
  if ((second & 0x80) !== 0) throw new Error("the server masked a frame")
  const short = second & 0x7f
  const start = short === 127 ? 10 : short === 126 ? 4 : 2
  if (bytes.length < start) return undefined
  const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short
  if (length > most) throw new Error(`a message is longer than ${most} bytes`)
  if (bytes.length < start + length) return undefined
  const payload = bytes.subarray(start, start + length)
  return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, payload, end: start + length }
}
