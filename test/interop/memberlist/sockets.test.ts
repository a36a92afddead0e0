import assert from "node:assert/strict"
import { createSocket } from "node:dgram"
import { connect, createServer, type Socket } from "node:net"
import { describe, it } from "node:test"
import { encodeStreamMessage } from "../../../agent/core/membership/wire/encode.ts"
import { eventually, metallbKey, quickSettings, type Speaker, type SpeakerOptions, startSpeaker } from "./speaker.ts"

const port = 7946
let subnet = 100

/** Runs with one speaker on an address of its own, and closes it whatever happens. */
const withSpeaker = async (
  options: Partial<SpeakerOptions>,
  run: (speaker: Speaker, address: string) => Promise<void>,
): Promise<void> => {
  subnet += 1
  const address = `127.20.${subnet}.1`
  const speaker = await startSpeaker({ name: "ours1", addr: address, port, ...options })
  try {
    await run(speaker, address)
  } finally {
    await speaker.stop(0)
  }
}

/** Opens a connection, writes, and gives everything that came back once the other side has closed it. */
const exchange = (address: string, bytes: Uint8Array): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, address)
    socket.on("data", (chunk: Buffer) => chunks.push(chunk))
    socket.on("error", reject)
    socket.on("end", () => {
      socket.destroy()
      resolve(Buffer.concat(chunks))
    })
    socket.write(bytes)
  })

describe("the sockets of a speaker", { concurrency: false }, () => {
  it("say in one sentence which address cannot be had, and leave nothing open", async () => {
    const taken = createServer()
    await new Promise<void>(resolve => taken.listen(port, "127.20.200.1", resolve))
    try {
      await assert.rejects(startSpeaker({ name: "a", addr: "127.20.200.1", port }), (error: Error) => {
        assert.equal(error.message, "membership: cannot listen on 127.20.200.1:7946 (TCP)")
        assert.match(String(error.cause), /EADDRINUSE/)
        return true
      })
    } finally {
      await new Promise(resolve => taken.close(resolve))
    }
    const udp = createSocket("udp4")
    await new Promise<void>(resolve => udp.bind(port, "127.20.200.1", resolve))
    try {
      await assert.rejects(startSpeaker({ name: "a", addr: "127.20.200.1", port }), {
        message: "membership: cannot listen on 127.20.200.1:7946 (UDP)",
      })
    } finally {
      await new Promise<void>(resolve => udp.close(resolve))
    }
    const speaker = await startSpeaker({ name: "a", addr: "127.20.200.1", port })
    await speaker.stop(0)
    await assert.rejects(startSpeaker({ name: "a", addr: "host", port }), {
      message: 'membership: --ml-bindaddr must be an IP address, it is "host"',
    })
  })

  it("answer rubbish on a connection with an error, and close it", async () => {
    await withSpeaker({}, async (speaker, address) => {
      const reply = await exchange(address, Uint8Array.of(9, 0xc1))
      assert.equal(reply[0], 13)
      assert.ok(reply.includes("msgpack-type"))
      assert.equal(speaker.counts.get("msgpack-type"), 1)
    })
  })

  it("take a message that comes in single bytes", async () => {
    await withSpeaker({}, async (speaker, address) => {
      const ping = encodeStreamMessage({ kind: "ping", sequence: 9, node: "ours1", source: undefined })
      const chunks: Buffer[] = []
      const socket = connect({ port, host: address, noDelay: true })
      socket.on("data", (chunk: Buffer) => chunks.push(chunk))
      const ended = new Promise(resolve => socket.on("end", resolve))
      for (const byte of ping)
        await new Promise<void>(done => socket.write(Uint8Array.of(byte), () => setImmediate(done)))
      await ended
      socket.destroy()
      assert.equal(Buffer.concat(chunks)[0], 2)
      assert.equal(speaker.counts.get("ping-answered"), 1)
    })
  })

  it("say nothing to whoever does not have the key, except that the key does not fit", async () => {
    await withSpeaker({ keys: [metallbKey()] }, async (speaker, address) => {
      const udp = createSocket("udp4")
      udp.send(encodeStreamMessage({ kind: "ping", sequence: 9, node: "ours1", source: undefined }), port, address)
      await eventually(
        "it is counted",
        () => speaker.counts.has("cipher-short") || speaker.counts.has("cipher-version"),
      )
      udp.close()
      const reply = await exchange(
        address,
        encodeStreamMessage({ kind: "ping", sequence: 9, node: "", source: undefined }),
      )
      assert.equal(reply[0], 10)
      assert.equal(speaker.counts.get("cipher-missing"), 1)
      assert.equal(speaker.counts.get("ping-answered"), undefined)
    })
  })

  it("are all closed by stop, also while connections are open, and stop can be called again", async () => {
    await withSpeaker({}, async (speaker, address) => {
      const idle = connect(port, address)
      await new Promise(resolve => idle.once("connect", resolve))
      const closed = new Promise(resolve => idle.once("close", resolve))
      idle.on("error", () => undefined)
      await Promise.all([speaker.stop(0), speaker.stop(0)])
      await closed
      const again = await startSpeaker({ name: "ours1", addr: address, port })
      await again.stop(0)
    })
  })

  it("give up on a peer that takes the connection and never answers", async () => {
    const mute = createServer(socket => socket.on("error", () => undefined).resume())
    await new Promise<void>(resolve => mute.listen(port, "127.20.201.1", resolve))
    try {
      await withSpeaker({ settings: { ...quickSettings, tcpTimeout: 200 } }, async speaker => {
        speaker.setPeers([{ address: "127.20.201.1", port }])
        await eventually(
          "the exchange fails",
          () => speaker.counts.has("exchange-failed"),
          () => [...speaker.counts],
          2000,
        )
        assert.deepEqual(speaker.names(), ["ours1"])
      })
    } finally {
      await new Promise(resolve => mute.close(resolve))
    }
  })

  it("work over IPv6", async () => {
    const speaker = await startSpeaker({ name: "six", addr: "::1", port })
    try {
      assert.equal(speaker.members()[0]?.endpoint.address, "::1")
      const socket = connect(port, "::1")
      await new Promise(resolve => socket.once("connect", resolve))
      socket.destroy()
    } finally {
      await speaker.stop(0)
    }
  })
})

describe("a neighbour on the same port", { concurrency: false }, () => {
  it("gets the packets and connections that begin with its byte, and no others", async () => {
    const packets: Uint8Array[] = []
    const connections: Uint8Array[] = []
    const neighbour = {
      firstByte: 0xc7,
      onPacket: (bytes: Uint8Array) => packets.push(bytes),
      onConnection: (socket: Socket, first: Uint8Array) => {
        connections.push(first)
        socket.write("hello")
      },
    }
    await withSpeaker({ neighbour, settings: { ...quickSettings, tcpTimeout: 100 } }, async (speaker, address) => {
      const udp = createSocket("udp4")
      udp.send(Uint8Array.of(0xc7, 1, 2), port, address)
      await eventually("the packet arrives", () => packets.length === 1)
      udp.close()
      assert.deepEqual(packets, [Uint8Array.of(0xc7, 1, 2)])

      const kept = connect(port, address)
      const closed = new Promise(resolve => kept.once("close", resolve))
      const answer = new Promise(resolve => kept.once("data", resolve))
      kept.write(Uint8Array.of(0xc7, 9))
      assert.equal(String(await answer), "hello")
      assert.deepEqual(
        connections.map(first => [...first]),
        [[0xc7, 9]],
      )

      const reply = await exchange(
        address,
        encodeStreamMessage({ kind: "ping", sequence: 1, node: "", source: undefined }),
      )
      assert.equal(reply[0], 2)
      assert.equal(connections.length, 1)
      assert.deepEqual(speaker.counts.get("message-type"), undefined)

      // A connection that nobody takes over has its time; the neighbour's stays until the sockets are closed.
      const idle = connect(port, address)
      await new Promise(resolve => idle.once("close", resolve))
      assert.equal(kept.destroyed, false)
      await speaker.stop(0)
      await closed
    })
  })

  it("can open sockets of its own on the port", async () => {
    await withSpeaker({}, async (_, address) => {
      const shared = createSocket({ type: "udp4", reuseAddr: true })
      await new Promise<void>(resolve => shared.bind(port, address, resolve))
      await new Promise<void>(resolve => shared.close(resolve))
    })
  })
})
