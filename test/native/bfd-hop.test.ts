import assert from "node:assert/strict"
import { after, afterEach, before, describe, it } from "node:test"
import { compileAddon } from "../../agent/native/compile.ts"
import { BfdEnds, fast, node, router } from "./bfd-ends.ts"
import { waitFor } from "./wait.ts"

const ends = new BfdEnds()
before(compileAddon)
afterEach(() => ends.end())
after(() => ends.remove())

describe("BFD over one hop", () => {
  it("comes up at the pace of the profile, from a port of its own and with TTL 255 as network control", async () => {
    const { ours } = ends.overOneHop()
    await ours.up("r")
    const settled = await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
    assert.deepEqual([settled.transmitInterval, settled.local, settled.interface], [50, node, "eth0"])
    const seen = ends.chain.shell("router", "timeout 5 tcpdump -nv -c 6 -i r1 udp dst port 3784 2>/dev/null")
    const packets = seen.split("\n").filter(line => line.includes(` ${node}.`) && line.includes(">"))
    assert.ok(packets.length >= 2, seen)
    const ports = packets.flatMap(line => /10\.81\.1\.1\.(\d+) >/.exec(line)?.slice(1).map(Number) ?? [])
    assert.equal(new Set(ports).size, 1)
    assert.ok((ports[0] ?? 0) >= 49_152)
    assert.match(seen, /tos 0xc0, ttl 255/)
    assert.doesNotMatch(seen, /ttl (?!255)/)
  })

  it("notices a peer that was killed within its detection time, and says that it failed", async () => {
    const { ours, theirs } = ends.overOneHop()
    await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
    const killed = Date.now()
    await theirs.kill()
    const change = await waitFor("the end", () => ours.changes.find(({ from }) => from === "Up"))
    assert.deepEqual([change.to, change.reason, change.failure], ["Down", "ML483", true])
    assert.ok(change.at - killed < 400, `after ${change.at - killed} ms`)
  })

  it("stays up while either event loop stands still for two seconds", async () => {
    const { ours, theirs } = ends.overOneHop()
    await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
    for (const child of [ours, theirs]) {
      child.tell({ block: 2_000 })
      await child.status()
    }
    assert.deepEqual(
      [...ours.changes, ...theirs.changes].filter(({ failure }) => failure),
      [],
    )
  })

  it("falls silent when the event loop has not turned for three seconds, and comes back with it", async () => {
    const { ours, theirs } = ends.overOneHop()
    await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
    ours.tell({ block: 4_000 })
    await waitFor("the peer notices", () => theirs.changes.find(({ reason }) => reason === "ML483"))
    await ours.status()
    await theirs.up("n")
  })

  it("takes a process that was stopped for dead, and is not taken for dead by it", async () => {
    const { ours, theirs } = ends.overOneHop()
    await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
    theirs.process.kill("SIGSTOP")
    await waitFor("the silence is noticed", () => ours.changes.find(({ reason }) => reason === "ML483"))
    theirs.process.kill("SIGCONT")
    await ours.up("r")
    const lost = theirs.changes.filter(({ from }) => from === "Up")
    assert.deepEqual(
      lost.map(({ reason }) => reason),
      ["ML485"],
    )
  })

  it("ends without a failure at the peer", async () => {
    const { ours, theirs } = ends.overOneHop()
    await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
    ours.tell({ stop: true })
    const change = await waitFor("the peer is told", () => theirs.changes.find(({ from }) => from === "Up"))
    assert.deepEqual([change.to, change.reason, change.failure], ["Down", "ML486", false])
    await waitFor("the end", () => ours.lines.find(({ event }) => event === "stopped"))
  })

  it("takes new intervals without a flap, and only when both sides know", async () => {
    const { ours, theirs } = ends.overOneHop()
    await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
    const slow = { name: "r", peer: router, receiveInterval: 200, transmitInterval: 400, detectMultiplier: 5 }
    ours.tell({ sessions: [slow] })
    await ours.until("r", "slower", status => status.detectionTime === 600 && status.transmitInterval === 400)
    await theirs.until("n", "slower", ({ detectionTime }) => detectionTime === 2_000)
    ours.tell({ sessions: [{ ...slow, ...fast, detectMultiplier: 3 }] })
    await ours.until("r", "fast again", status => status.detectionTime === 150 && status.transmitInterval === 50)
    await theirs.until("n", "fast again", ({ detectionTime }) => detectionTime === 150)
    assert.deepEqual(
      [...ours.changes, ...theirs.changes].filter(({ failure }) => failure),
      [],
    )
  })

  it("notices a cable that is pulled, and comes back when it is plugged", async () => {
    const { ours } = ends.overOneHop()
    try {
      await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
      ends.chain.ip("router", "link", "set", "r1", "down")
      await waitFor("the silence is noticed", () => ours.changes.find(({ reason }) => reason === "ML483"))
      ends.chain.ip("router", "link", "set", "r1", "up")
      await ours.up("r")
    } finally {
      ends.chain.ip("router", "link", "set", "r1", "up")
    }
  })
})
