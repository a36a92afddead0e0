/** What a service's pods would be: says on port 80 which node it is. The argument is the name. */
import { createServer } from "node:net"

createServer(socket => {
  socket.on("error", () => socket.destroy())
  socket.end(`${process.argv[2]}\n`)
}).listen(80, () => process.stdout.write("ready\n"))
