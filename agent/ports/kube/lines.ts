import { GarbledAnswerError } from "./api-error.ts"

/**
 * Cuts a byte stream into the lines that each chunk completes: one array a chunk, so that what arrived together is handled
 * together. Bounded: a line longer than `mostBytes` ends the stream with an error. A last line without an end is dropped,
 * because a watch event that was cut short is no event.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  mostBytes: number,
): AsyncGenerator<readonly string[]> {
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  for await (const chunk of chunks) {
    const lines: string[] = []
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...pending, chunk.subarray(from, end)]).toString("utf8")
      if (line.trim() !== "") lines.push(line)
      pending = []
      pendingBytes = 0
      from = end + 1
    }
    if (from < chunk.length) {
      pending.push(chunk.subarray(from))
      pendingBytes += chunk.length - from
    }
    if (pendingBytes > mostBytes) throw new GarbledAnswerError(`a line of more than ${mostBytes} bytes`)
    if (lines.length > 0) yield lines
  }
}
