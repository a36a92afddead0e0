import assert from "node:assert/strict"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { after, before, beforeEach, describe, it } from "node:test"
import { loadAddon } from "../../agent/native/addon.ts"
import { compileAddon } from "../../agent/native/compile.ts"
import { BfdChild, type SessionText } from "./bfd-child.ts"
import { type Chain, makeChain } from "./chain.ts"
import { waitFor } from "./wait.ts"

/** 50 ms x 3. */
const fast = { receiveInterval: 50, transmitInterval: 50 }
const node = "10.81.1.1"
const router = "10.81.1.254"

let chain: Chain
let ours: BfdChild
let theirs: BfdChild

before(async () => {
  await compileAddon()
  chain = makeChain()
})
after(() => chain.remove())

/** Our BFD at both ends of the first link, or of the whole chain. */
const start = (mine: readonly SessionText[], other: readonly SessionText[], host: "router" | "peer" = "router") => {
  ours = new BfdChild(chain.enter("node"), mine)
  theirs = new BfdChild(chain.enter(host), other)
}
const end = () => Promise.all([ours.kill(), theirs.kill()])

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
  const [file = "", ...rest] = chain.enter(from)
  const program = join(import.meta.dirname, "datagram-program.ts")
  execFileSync(file, [...rest, process.execPath, program, node, String(port), String(ttl), String(times), hex])
}

/** A program that has port 3784 of the node to itself. */
const holdPort = async (): Promise<ChildProcess> => {
  const program = "require('node:dgram').createSocket('udp4').bind(3784, () => console.log('bound'))"
  const [file = "", ...rest] = chain.enter("node")
  const holder = spawn(file, [...rest, process.execPath, "-e", program], { stdio: ["ignore", "pipe", "inherit"] })
  await once(holder.stdout, "data")
  return holder
}

describe("BFD over one hop", { concurrency: false }, () => {
  beforeEach(() => start([{ name: "r", peer: router, ...fast }], [{ name: "n", peer: node, ...fast }]))

  it("comes up at the pace of the profile, from a port of its own and with TTL 255 as network control", async () => {
    try {
      await ours.up("r")
      const settled = await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
      assert.deepEqual([settled.transmitInterval, settled.local, settled.interface], [50, node, "eth0"])
      const seen = chain.shell("router", "timeout 5 tcpdump -nv -c 6 -i r1 udp dst port 3784 2>/dev/null")
      const packets = seen.split("\n").filter(line => line.includes(` ${node}.`) && line.includes(">"))
      assert.ok(packets.length >= 2, seen)
      const ports = packets.flatMap(line => /10\.81\.1\.1\.(\d+) >/.exec(line)?.slice(1).map(Number) ?? [])
      assert.equal(new Set(ports).size, 1)
      assert.ok((ports[0] ?? 0) >= 49_152)
      assert.match(seen, /tos 0xc0, ttl 255/)
      assert.doesNotMatch(seen, /ttl (?!255)/)
    } finally {
      await end()
    }
  })

  it("notices a peer that was killed within its detection time, and says that it failed", async () => {
    try {
      await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
      const killed = Date.now()
      await theirs.kill()
      const change = await waitFor("the end", () => ours.changes.find(({ from }) => from === "Up"))
      assert.deepEqual([change.to, change.reason, change.failure], ["Down", "ML483", true])
      assert.ok(change.at - killed < 400, `after ${change.at - killed} ms`)
    } finally {
      await end()
    }
  })

  it("stays up while either event loop stands still for two seconds", async () => {
    try {
      await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
      for (const child of [ours, theirs]) {
        child.tell({ block: 2_000 })
        await child.status()
      }
      assert.deepEqual(
        [...ours.changes, ...theirs.changes].filter(({ failure }) => failure),
        [],
      )
    } finally {
      await end()
    }
  })

  it("falls silent when the event loop has not turned for three seconds, and comes back with it", async () => {
    try {
      await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
      ours.tell({ block: 4_000 })
      await waitFor("the peer notices", () => theirs.changes.find(({ reason }) => reason === "ML483"))
      await ours.status()
      await theirs.up("n")
    } finally {
      await end()
    }
  })

  it("takes a process that was stopped for dead, and is not taken for dead by it", async () => {
    try {
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
    } finally {
      theirs.process.kill("SIGCONT")
      await end()
    }
  })

  it("ends without a failure at the peer", async () => {
    try {
      await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
      ours.tell({ stop: true })
      const change = await waitFor("the peer is told", () => theirs.changes.find(({ from }) => from === "Up"))
      assert.deepEqual([change.to, change.reason, change.failure], ["Down", "ML486", false])
      await waitFor("the end", () => ours.lines.find(({ event }) => event === "stopped"))
    } finally {
      await end()
    }
  })

  it("takes new intervals without a flap, and only when both sides know", async () => {
    try {
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
    } finally {
      await end()
    }
  })

  it("notices a cable that is pulled, and comes back when it is plugged", async () => {
    try {
      await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
      chain.ip("router", "link", "set", "r1", "down")
      await waitFor("the silence is noticed", () => ours.changes.find(({ reason }) => reason === "ML483"))
      chain.ip("router", "link", "set", "r1", "up")
      await ours.up("r")
    } finally {
      chain.ip("router", "link", "set", "r1", "up")
      await end()
    }
  })

  it("drops what has not TTL 255, also where it looks like the peer's last packet", async () => {
    try {
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
    } finally {
      await end()
    }
  })

  it("drops what is authenticated or broken, each under its name", async () => {
    try {
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
    } finally {
      await end()
    }
  })

  it("stays up, and its event loop free, while a neighbour floods it", async () => {
    try {
      await ours.until("r", "the agreed pace", ({ detectionTime }) => detectionTime === 150)
      throwAt(down, { ttl: 254, times: 20_000 })
      const began = Date.now()
      const status = await ours.session("r")
      assert.ok(Date.now() - began < 1_000, "it answers")
      assert.equal(status.state, "Up")
      assert.ok((status.refused["TTL is too low"] ?? 0) <= 6_000, "most of it never came to the event loop")
      await waitFor("the drops are told", () => ours.lines.find(({ event }) => event === "trouble"))
    } finally {
      await end()
    }
  })
})

describe("BFD elsewhere", { concurrency: false }, () => {
  it("runs over IPv6, with global and link-local addresses side by side", async () => {
    const local = (host: "node" | "router", device: string) =>
      /fe80:[0-9a-f:]+/.exec(chain.ip(host, "-6", "addr", "show", "dev", device))?.[0] ?? ""
    start(
      [
        { name: "global", peer: "fd81:1::fe", ...fast },
        { name: "link-local", peer: local("router", "r1"), interface: "eth0", ...fast },
        { name: "v4", peer: router, ...fast },
      ],
      [
        { name: "global", peer: "fd81:1::1", ...fast },
        { name: "link-local", peer: local("node", "eth0"), interface: "r1", ...fast },
        { name: "v4", peer: node, ...fast },
      ],
    )
    try {
      for (const name of ["global", "link-local", "v4"])
        await ours.until(name, `${name} at the agreed pace`, ({ detectionTime }) => detectionTime === 150)
      await theirs.kill()
      await waitFor("all three fail", () =>
        ours.changes.filter(({ failure }) => failure).length === 3 ? true : undefined,
      )
    } finally {
      await end()
    }
  })

  it("runs over two hops on port 4784, with the lowest TTL of the profile", async () => {
    start(
      [
        { name: "v4", peer: "10.81.2.2", multihop: true, local: node, ...fast },
        { name: "v6", peer: "fd81:2::2", multihop: true, ...fast },
      ],
      [
        { name: "v4", peer: node, multihop: true, ...fast },
        { name: "v6", peer: "fd81:1::1", multihop: true, local: "fd81:2::2", ...fast },
      ],
      "peer",
    )
    try {
      for (const name of ["v4", "v6"])
        await ours.until(name, `${name} at the agreed pace`, ({ detectionTime }) => detectionTime === 150)
      chain.ip("node", "route", "replace", "blackhole", "10.81.2.2")
      await waitFor("the peer misses us", () =>
        theirs.changes.find(({ names, failure }) => failure && names[0] === "v4"),
      )
      chain.ip("node", "route", "del", "blackhole", "10.81.2.2")
      await ours.up("v4")
      assert.equal((await ours.session("v6")).counts.downs, 0)
    } finally {
      await end()
    }
  })

  it("drops over several hops what has less than the profile's TTL", async () => {
    start([{ name: "far", peer: "10.81.2.2", multihop: true, local: node, minimumTtl: 250, ...fast }], [])
    try {
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
    } finally {
      await end()
    }
  })

  it("sends echo packets that the peer's kernel returns, and notices when it stops", async () => {
    const echo = { name: "r", peer: router, ...fast, echoMode: true, echoInterval: 20 }
    start([echo], [{ ...echo, name: "n", peer: node }])
    try {
      const status = await ours.until("r", "echo is active", session => session.echo && session.detectionTime === 3_000)
      assert.ok(status.counts.echoesReturned > 0)
      assert.equal((await theirs.session("n")).echo, false, "our kernel does not forward, so nothing is promised")
      await ours.until("r", "more of it", ({ counts }) => counts.echoesReturned > status.counts.echoesReturned + 50)
      chain.shell("router", "echo 0 > /proc/sys/net/ipv4/conf/r1/forwarding")
      const change = await waitFor("the end", () => ours.changes.find(({ from }) => from === "Up"))
      assert.deepEqual([change.reason, change.failure], ["ML484", true])
      const again = await ours.until("r", "up without it", ({ state, remarks }) => state === "Up" && remarks.length > 0)
      assert.deepEqual(
        again.remarks.map(({ reason, facts }) => [reason, facts["why"]]),
        [["ML496", "none has come back"]],
      )
      chain.shell("router", "echo 1 > /proc/sys/net/ipv4/conf/r1/forwarding")
      await ours.until("r", "echo is active again", session => session.echo)
    } finally {
      chain.shell("router", "echo 1 > /proc/sys/net/ipv4/conf/r1/forwarding")
      await end()
    }
  })

  it("needs NET_RAW alone", async () => {
    const bare = ["setpriv", "--inh-caps=-all", "--bounding-set=-all,+net_raw"]
    const echo = { name: "r", peer: router, ...fast, echoMode: true }
    ours = new BfdChild([...chain.enter("node"), ...bare], [echo])
    theirs = new BfdChild(chain.enter("router"), [{ ...echo, name: "n", peer: node }])
    try {
      await ours.until("r", "up with echo", session => session.echo)
      const effective = execFileSync("grep", ["CapEff", `/proc/${ours.process.pid}/status`], { encoding: "utf8" })
      assert.equal(Number.parseInt(effective.split("\t")[1] ?? "", 16), 1 << 13)
    } finally {
      await end()
    }
  })

  it("says who is in the way where another program has the port to itself", async () => {
    const holder = await holdPort()
    start([{ name: "r", peer: router, ...fast }], [])
    try {
      const status = await ours.until("r", "the refusal", ({ reason }) => reason === "ML490")
      assert.match(String(status.facts["why"]), /EADDRINUSE/)
    } finally {
      holder.kill()
      await end()
    }
  })
})

describe("the thread of the addon", { concurrency: false }, () => {
  it("refuses arguments of a wrong type or out of range", () => {
    const addon = loadAddon()
    const handle = addon.bfdStart(() => undefined)
    const address = Uint8Array.of(127, 0, 0, 1)
    const packet = new Uint8Array(24)
    const none = new Uint8Array(0)
    const ear = addon.bfdListen(handle, 1, 4, 13_784)
    const line = addon.bfdOpen(handle, ear, 1, 7, 255, address, 50_000, address, 13_784)
    assert.throws(() => addon.bfdListen(handle, 1, 5.5, 3784), TypeError)
    assert.throws(() => addon.bfdListen(handle, 2 ** 31 - 1, 4, 3784), /ENODEV/)
    assert.throws(() => addon.bfdOpen(handle, ear, 1, 0, 255, address, 50_001, address, 1), TypeError)
    assert.throws(() => addon.bfdOpen(handle, ear, 1, 7, 255, address, 50_001, address, 1), /EEXIST/)
    assert.throws(() => addon.bfdOpen(handle, ear, 1, 8, 256, address, 50_001, address, 1), TypeError)
    assert.throws(() => addon.bfdOpen(handle, ear, 1, 8, 255, address, 50_001, new Uint8Array(16), 1), /EAFNOSUPPORT/)
    assert.throws(
      () => addon.bfdOpen(handle, ear, 1, 8, 255, Uint8Array.of(9, 9, 9, 9), 50_001, address, 1),
      /EADDRNOTAVAIL/,
    )
    assert.throws(() => addon.bfdPlan(handle, line, new Uint8Array(23), 1, 0, 0, none, false), TypeError)
    assert.throws(() => addon.bfdPlan(handle, line, packet, 0, 0, 0, none, false), TypeError)
    assert.throws(() => addon.bfdPlan(handle, line, packet, -1, 0, 0, none, false), TypeError)
    assert.throws(() => addon.bfdPlan(handle, line, packet, Number.NaN, 0, 0, none, false), TypeError)
    assert.throws(() => addon.bfdPlan(handle, 999, packet, 1_000, 0, 0, none, false), /EBADF/)
    assert.throws(() => addon.bfdSend(handle, line, none), TypeError)
    assert.equal(addon.bfdSend(handle, line, packet), 0)
    assert.equal(addon.bfdEcho(handle, line, 1_000, 0, new Uint8Array(7)), 22)
    assert.throws(() => addon.bfdCounts(handle, 999), /EBADF/)
    assert.equal(addon.bfdCounts(handle, line).sent, 1)
    addon.bfdClose(handle, line)
    addon.bfdClose(handle, line)
    addon.bfdUnlisten(handle, ear)
    addon.bfdStop(handle)
    addon.bfdStop(handle)
    assert.throws(() => addon.bfdListen(handle, 1, 4, 13_784), /EBADF/)
  })

  it("wakes the event loop for each packet that has to be looked at, and for silence once", async () => {
    const addon = loadAddon()
    const told: (readonly [number, number])[] = []
    const handle = addon.bfdStart((kind, which) => told.push([kind, which]))
    const address = Uint8Array.of(127, 0, 0, 1)
    const ear = addon.bfdListen(handle, 1, 4, 13_784)
    const line = addon.bfdOpen(handle, ear, 1, 7, 255, address, 50_000, address, 13_784)
    const packet = Uint8Array.from(Buffer.from("20c00318000000070000000700002710000027100000c350", "hex"))
    addon.bfdSend(handle, line, packet)
    await waitFor("the packet", () => told[0])
    assert.deepEqual(told, [[0, ear]])
    addon.bfdPlan(handle, line, packet, 20_000, 60_000, 0, packet, false)
    await waitFor("packets that are alike", () => (addon.bfdCounts(handle, line).alike > 5 ? true : undefined))
    assert.deepEqual(told, [[0, ear]])
    addon.bfdPlan(handle, line, new Uint8Array(0), 20_000, 60_000, 0, packet, false)
    await waitFor("silence", () => told[1])
    addon.bfdPlan(handle, line, new Uint8Array(0), 20_000, 60_000, 0, packet, false)
    await waitFor("silence again", () => told[2])
    assert.deepEqual(told.slice(1), [
      [1, 7],
      [1, 7],
    ])
    addon.bfdStop(handle)
  })
})
