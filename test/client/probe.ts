/**
 * Runs on the client: opens one connection to ADDRESS PORT every EVERY ms (default 100), each independent of the others with LIMIT ms
 * (default 1000) to be answered, until its standard input ends. Then prints one JSON object, a `ClientReport`.
 *
 *   node probe.ts 192.168.1.11 80 [EVERY] [LIMIT]
 */
import { connect } from "node:net"
import { epochOfNow } from "./epoch.ts"
import { type Attempt, type ClientReport, reportOf } from "./report.ts"

const [address = "", port = "", every = "100", limit = "1000"] = process.argv.slice(2)
const attempts: Attempt[] = []
let open = 0
let ended = false

const mostLosses = 1000

const finish = () => {
  if (!ended || open > 0) return
  const epoch = epochOfNow()
  const losses = attempts.flatMap(one => ("error" in one ? [{ at: epoch + one.at, error: one.error }] : []))
  const report: ClientReport = { ...reportOf(attempts, Number(limit)), losses: losses.slice(0, mostLosses) }
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0))
}

const attempt = () => {
  const at = performance.now()
  open++
  const socket = connect({ host: address, port: Number(port) })
  let text = ""
  let settled = false
  const settle = (error: string | undefined) => {
    if (settled) return
    settled = true
    socket.destroy()
    open--
    const who = text.split("\r\n\r\n")[1]?.trim() ?? ""
    attempts.push(
      error === undefined && who !== ""
        ? { at, ms: performance.now() - at, who }
        : { at, error: error ?? "empty answer" },
    )
    finish()
  }
  socket.setTimeout(Number(limit), () => settle("timeout"))
  const deadline = setTimeout(() => settle("timeout"), Number(limit))
  socket.on("connect", () => socket.write("GET / HTTP/1.0\r\n\r\n"))
  socket.on("data", chunk => {
    text += chunk.toString("latin1")
  })
  socket.on("end", () => settle(undefined))
  socket.on("close", () => {
    clearTimeout(deadline)
    settle("closed")
  })
  socket.on("error", (error: NodeJS.ErrnoException) => settle(error.code ?? error.message))
}

process.stdout.write("probing\n")
attempt()
const timer = setInterval(attempt, Number(every))
process.stdin.on("end", () => {
  clearInterval(timer)
  ended = true
  finish()
})
process.stdin.resume()
