import { createInterface } from "node:readline/promises"
import type { Terminal } from "./terminal.ts"

/** The process's own streams. `onBrokenPipe` is called when a reader closes the pipe early (`| head`). */
export const realTerminal = (onBrokenPipe: () => void): Terminal => {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: Error & { code?: string }) => {
      if (error.code !== "EPIPE") throw error
      onBrokenPipe()
    })
  const streamOf = (stream: NodeJS.WriteStream) => ({
    tty: stream.isTTY === true,
    columns: stream.columns ?? 0,
    write: (text: string) => {
      stream.write(text)
    },
  })
  return {
    out: streamOf(process.stdout),
    err: streamOf(process.stderr),
    input: {
      tty: process.stdin.isTTY === true,
      readAll: async () => {
        const chunks: Buffer[] = []
        for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
        return Buffer.concat(chunks).toString("utf8")
      },
      ask: async question => {
        const reader = createInterface({ input: process.stdin, output: process.stderr })
        const ended = new Promise<undefined>(resolve => reader.once("close", () => resolve(undefined)))
        try {
          return await Promise.race([reader.question(question), ended])
        } finally {
          reader.close()
        }
      },
    },
  }
}
