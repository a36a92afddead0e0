import assert from "node:assert/strict"
import { test } from "node:test"
import type { IpFamily } from "../../agent/core/model.ts"
import { type Echo, echoRequest, readEchoReply } from "../../agent/core/probe/echo.ts"
import { loadAddon } from "../../agent/native/addon.ts"
import { nativeEchoSockets } from "../../agent/ports/echo-native.ts"

const sockets = nativeEchoSockets(loadAddon())

/** The reply of the kernel to its own address. */
const ping = (family: IpFamily, address: string, echo: Echo) =>
  new Promise<readonly [Echo | undefined, string]>((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`no reply from ${address} within 5 s`)), 5_000)
    const socket = sockets.open(family, (bytes, from) => {
      clearTimeout(deadline)
      socket.close()
      resolve([readEchoReply(family, bytes), from])
    })
    const fault = socket.send(echoRequest(family, echo), address)
    if (fault !== undefined) reject(new Error(fault.message))
  })

for (const [family, address] of [
  ["IPv4", "127.0.0.1"],
  ["IPv6", "::1"],
] as const) {
  test(`an echo request of ${family} is answered by its own numbers, and requests are not heard`, async () => {
    const echo = { id: 0xbeef, sequence: 7 }
    assert.deepEqual(await ping(family, address, echo), [echo, address])
  })
}

test("a socket that is closed sends nothing, and closing twice is allowed", () => {
  const socket = sockets.open("IPv4", () => undefined)
  socket.close()
  socket.close()
  assert.equal(socket.send(echoRequest("IPv4", { id: 1, sequence: 1 }), "127.0.0.1")?.code, "EBADF")
})
