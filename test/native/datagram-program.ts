/** `ADDRESS PORT TTL TIMES HEX`: sends a UDP datagram of these bytes so many times. */
import { createSocket } from "node:dgram"

const [address = "", port, ttl, times, hex = ""] = process.argv.slice(2)
const bytes = Buffer.from(hex, "hex")
const socket = createSocket(address.includes(":") ? "udp6" : "udp4")
socket.bind(0, () => {
  socket.setTTL(Number(ttl))
  let left = Number(times)
  const next = () => {
    left -= 1
    if (left < 0) socket.close()
    else socket.send(bytes, Number(port), address, next)
  }
  next()
})
