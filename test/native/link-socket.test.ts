import assert from "node:assert/strict"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { before, test } from "node:test"
import { loadAddon } from "../../agent/native/addon.ts"
import { compileAddon } from "../../agent/native/compile.ts"
import { nativeLinkSockets } from "../../agent/ports/link-socket-native.ts"
import { waitFor } from "./wait.ts"

before(compileAddon)

test("a socket on an interface shares its port with one that is on none, and gets what comes in there", async () => {
  const addon = loadAddon()
  const shared = createSocket({ type: "udp4", reuseAddr: true })
  shared.bind({ port: 0, address: "127.0.0.1" })
  await once(shared, "listening")
  const { port } = shared.address()
  const heard: string[] = []
  const socket = nativeLinkSockets(addon).open(
    { interfaceIndex: 1, address: "127.0.0.1", port },
    {
      received: ({ bytes, age }) => heard.push(`${Buffer.from(bytes).toString()} ${age < 1_000}`),
      faulted: () => undefined,
    },
  )
  assert.equal(socket.send(Buffer.from("hello"), "127.0.0.1", port), undefined)
  await waitFor("the datagram", () => heard[0])
  assert.deepEqual(heard, ["hello true"])
  socket.close()
  socket.close()
  shared.close()
})

test("sockets and targets that cannot be had are refused by the errno's name", () => {
  const sockets = nativeLinkSockets(loadAddon())
  const listener = { received: () => undefined, faulted: () => undefined }
  assert.throws(
    () => sockets.open({ interfaceIndex: 1, address: "10.99.99.99", port: 7946 }, listener),
    /EADDRNOTAVAIL/,
  )
  assert.throws(
    () => sockets.open({ interfaceIndex: 2 ** 31 - 1, address: "127.0.0.1", port: 7946 }, listener),
    /ENODEV/,
  )
  assert.throws(
    () => sockets.open({ interfaceIndex: 1, address: "home", port: 7946 }, listener),
    /"home" is no IP address/,
  )
})
