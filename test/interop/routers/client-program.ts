/** Opens connections to an address one after another for as long as it runs, 20 a second; a line for each: who answered, or nothing. */
import { connect } from "node:net"

const [host = ""] = process.argv.slice(2)
setInterval(() => {
  const at = Date.now()
  let answer = ""
  const socket = connect({ host, port: 80 }).setTimeout(1_000, () => socket.destroy())
  socket.setEncoding("utf8")
  socket.on("data", (text: string) => {
    answer += text
  })
  socket.on("error", () => socket.destroy())
  socket.on("close", () => process.stdout.write(`${JSON.stringify({ at, answer: answer.trim() })}\n`))
}, 50)
