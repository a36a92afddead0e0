import assert from "node:assert/strict"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { after, afterEach, before, describe, it } from "node:test"
import { compileAddon } from "../../agent/native/compile.ts"
import { BfdEnds, fast, node, router } from "./bfd-ends.ts"
import { waitFor } from "./wait.ts"

const ends = new BfdEnds()
before(compileAddon)
afterEach(() => ends.end())
after(() => ends.remove())

/** A session that begins, as our packets say it: discriminator 900, 50 ms. */
const down = "204003180000038400000000000f42400000c35000000000"

type Throw = {
  readonly ttl?: number
  readonly port?: number
  readonly times?: number
  readonly from?: "router" | "peer"
}

/** Sends bytes to a port of the node. */
const throwAt = (hex: string, { ttl = 255, port = 3784, times = 1, from = "router" }: Throw = {}): void => {
  const [file = "", ...rest] = ends.chain.enter(from)
  const program = join(import.meta.dirname, "datagram-program.ts")
  execFileSync(file, [...rest, process.execPath, program, node, String(port), String(ttl), String(times), hex])
}

/** A program that has port 3784 of the node to itself. */
const holdPort = async (): Promise<ChildProcess> => {
  const program = "require('node:dgram').createSocket('udp4').bind(3784, () => console.log('bound'))"
  const [file = "", ...rest] = ends.chain.enter("node")
  const holder = spawn(file, [...rest, process.execPath, "-e", program], { stdio: ["ignore", "pipe", "inherit"] })
  await once(holder.stdout, "data")
  return holder
}

describe("what BFD refuses", () => {
  it("drops what has not TTL 255, also where it looks like the peer's last packet", async () => {
    const { ours, theirs } = ends.overOneHop()
    await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
    await theirs.kill()
    await waitFor("the silence is noticed", () => ours.changes.find(({ reason }) => reason === "ML483"))
    throwAt(down, { ttl: 254 })
    const dropped = await ours.until("r", "the drop", ({ refused }) => (refused["TTL is too low"] ?? 0) > 0)
    assert.equal(dropped.state, "Down")
    assert.equal(dropped.reason, "ML492")
    assert.equal(dropped.facts["ttl"], 254)
    throwAt(down)
    await ours.until("r", "it is heard", ({ state }) => state === "Init")
  })

  it("drops what is authenticated or broken, each under its name", async () => {
    const { ours, theirs } = ends.overOneHop()
    await theirs.kill()
    await ours.session("r")
    throwAt(`2044031a${down.slice(8)}0207`)
    throwAt("00".repeat(24))
    throwAt("20")
    throwAt("ff".repeat(2_000))
    throwAt("20c0031800000384000000070000c3500000c35000000000")
    const status = await ours.until("r", "the authentication", ({ refused }) => Object.keys(refused).length > 0)
    assert.deepEqual(status.refused, { "authentication is not in use": 1 })
    assert.equal(status.reason, "ML491")
    assert.equal(status.facts["type"], "Keyed MD5")
    const { strays } = await ours.status()
    assert.deepEqual(strays, {
      "version is not 1": 2,
      "shorter than a control packet": 1,
      "no session has your discriminator": 1,
    })
  })

  it("stays up, and its event loop free, while a neighbour floods it", async () => {
    const { ours } = ends.overOneHop()
    await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
    throwAt(down, { ttl: 254, times: 20_000 })
    const began = Date.now()
    const status = await ours.session("r")
    assert.ok(Date.now() - began < 1_000, "it answers")
    assert.equal(status.state, "Up")
    assert.ok((status.refused["TTL is too low"] ?? 0) <= 6_000, "most of it never came to the event loop")
    await waitFor("the drops are told", () => ours.lines.find(({ event }) => event === "trouble"))
  })

  it("drops over several hops what has less than the profile's TTL", async () => {
    const { ours } = ends.start(
      [{ name: "far", peer: "10.81.2.2", multihop: true, local: node, minimumTtl: 250, ...fast }],
      [],
    )
    await ours.session("far")
    throwAt(down, { ttl: 250, port: 4784, from: "peer" })
    const status = await ours.until("far", "the drop", ({ refused }) => Object.keys(refused).length > 0)
    assert.deepEqual([status.reason, status.facts["ttl"], status.facts["least"]], ["ML492", 249, 250])
    throwAt(down, { ttl: 251, port: 4784, from: "peer" })
    await ours.until("far", "it is heard", ({ state }) => state === "Init")
    throwAt(down, { port: 4784 })
    throwAt(down, { from: "peer" })
    const { strays } = await ours.status()
    assert.deepEqual(strays, { "no session with the sender": 1 }, "nobody listens on port 3784")
  })

  it("says who is in the way where another program has the port to itself", async () => {
    const holder = await holdPort()
    try {
      const { ours } = ends.start([{ name: "r", peer: router, ...fast }], [])
      const status = await ours.until("r", "the refusal", ({ reason }) => reason === "ML490")
      assert.match(String(status.facts["why"]), /EADDRINUSE/)
    } finally {
      holder.kill()
    }
  })
})
