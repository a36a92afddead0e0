import { once } from "node:events"
import { connect, type Socket } from "node:net"

/** An answer of a daemon ends with three zeros and what became of the command: 0 done, 1 done with a warning, which "there is none" is too, else refused. */
const endLength = 4
const warning = 1

/** Asks a daemon of FRR on its socket for vtysh, in vtysh's own way. Throws an Error with what it says to a command that it does not take. */
export const askTerminal = async (path: string, command: string): Promise<string> => {
  const socket = connect(path)
  socket.setTimeout(10_000, () => socket.destroy(new Error(`${path} does not answer ${command}`)))
  try {
    await once(socket, "connect")
    await answerTo(socket, "enable")
    return await answerTo(socket, command)
  } finally {
    socket.destroy()
  }
}

const answerTo = async (socket: Socket, command: string): Promise<string> => {
  const parts: Buffer[] = []
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const read = (part: Buffer) => {
    parts.push(part)
    const all = Buffer.concat(parts)
    const end = all.length - endLength
    if (end < 0 || all.readUIntBE(end, 3) !== 0) return
    const text = all.toString("utf8", 0, end)
    if ((all.at(-1) ?? 0) > warning) reject(new Error(text))
    else resolve(text)
  }
  const closed = () => reject(new Error(`closed before it answered ${command}`))
  socket.on("data", read).on("error", reject).on("close", closed)
  socket.write(`${command}\0`)
  try {
    return await promise
  } finally {
    socket.off("data", read).off("error", reject).off("close", closed)
  }
}
