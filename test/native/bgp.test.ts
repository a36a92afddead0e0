import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { after, before, describe, it } from "node:test"
import { compileAddon } from "../../agent/native/compile.ts"
import { BgpChild, type PeerText } from "./bgp-child.ts"
import { makeSegment, type Segment } from "./segment.ts"
import { waitFor } from "./wait.ts"

let segment: Segment
before(async () => {
  await compileAddon()
  segment = makeSegment()
  for (const { ip } of [segment.node, segment.peer]) ip("link", "set", "eth0", "addrgenmode", "none")
  segment.node.ip("addr", "add", "fd77::1/64", "dev", "eth0", "nodad")
  segment.peer.ip("addr", "add", "fd77::2/64", "dev", "eth0", "nodad")
  segment.node.ip("addr", "add", "10.77.0.11/24", "dev", "eth0")
})
after(() => segment.remove())

const toPeer: PeerText = { name: "peer", asn: 65002, address: "10.77.0.2" }
/** The same two hosts, over IPv6. */
const other: PeerText = { name: "other", asn: 65002, address: "fd77::2" }
const forOther: PeerText = { name: "for-other", asn: 65001, address: "fd77::1", port: 1 }
const toNode: PeerText = { name: "node", asn: 65001, address: "10.77.0.1" }

const both = async (
  mine: Partial<PeerText>,
  theirs: Partial<PeerText>,
  play: (node: BgpChild, peer: BgpChild) => Promise<void>,
  twice = false,
) => {
  const peer = new BgpChild(segment.peer.enter, {
    asn: 65002,
    listens: true,
    // Nothing answers on port 1, so that this side only listens.
    peers: [{ ...toNode, port: 1, ...theirs }, ...(twice ? [forOther] : [])],
    routes: ["198.51.100.0/24"],
  })
  const node = new BgpChild(segment.node.enter, {
    asn: 65001,
    peers: [{ ...toPeer, ...mine }, ...(twice ? [other] : [])],
    routes: ["203.0.113.7/32", "fd00::7/128"],
  })
  try {
    await play(node, peer)
  } finally {
    await node.kill()
    await peer.kill()
  }
}

describe("BGP between two speakers", { concurrency: false }, () => {
  it("is established over IPv4, tells routes of both families, and leaves with its reason", () =>
    both({}, {}, async (node, peer) => {
      await node.until("peer", "Established")
      await peer.until("node", "Established")
      const [session] = (await node.status()).sessions
      assert.deepEqual(
        session?.up?.families.map(({ family, told }) => [family, told]),
        [
          ["IPv4", 1],
          ["IPv6", 1],
        ],
      )
      await node.stop("shutdown")
      const { why } = await peer.because("node", "ML434")
      assert.match(why, /maintenance/)
    }))

  it("is established over IPv6", () =>
    both({ address: "fd77::2" }, { address: "fd77::1" }, async node => {
      await node.until("peer", "Established")
    }))

  it("is established between link-local addresses, on the interface that the node is known by", async () => {
    for (const [at, { ip }] of [segment.node, segment.peer].entries())
      ip("addr", "add", `fe80::${at + 1}/64`, "dev", "eth0", "nodad")
    await both({ address: "fe80::2" }, { address: "fe80::1" }, async (node, peer) => {
      await node.until("peer", "Established")
      const [session] = (await peer.status()).sessions
      assert.deepEqual(
        session?.up?.families.map(({ why }) => why),
        [undefined, undefined],
      )
    })
  })

  it("uses the source address that it is told, and names it where the node does not have it", () =>
    both({ source: "10.77.0.11" }, { address: "10.77.0.11" }, async node => {
      await node.until("peer", "Established")
      node.say({ peers: [{ ...toPeer, source: "10.77.0.99" }] })
      const { why } = await node.because("peer", "ML427")
      assert.match(why, /10\.77\.0\.99/)
    }))

  it("signs segments, is not heard with another password, and takes a new one without ending other sessions", () =>
    both(
      { password: "one" },
      { password: "one" },
      async (node, peer) => {
        await node.until("peer", "Established")
        await node.until("other", "Established")
        const others = node.changes.filter(({ peer: name }) => name === "other").length
        node.say({ peers: [{ ...toPeer, password: "two" }, other] })
        await node.ended("peer", "ML425")
        peer.say({ peers: [{ ...toNode, port: 1, password: "two" }, forOther] })
        await node.until("peer", "Established")
        assert.equal(node.changes.filter(({ peer: name }) => name === "other").length, others)
      },
      true,
    ))

  it("takes and makes connections of a peer that proves to be on the link (RFC 5082), over both families", async () => {
    for (const [mine, theirs] of [
      ["10.77.0.2", "10.77.0.1"],
      ["fd77::2", "fd77::1"],
    ] as const)
      await both({ address: mine, ttlSecurityHops: 1 }, { address: theirs, ttlSecurityHops: 1 }, async (node, peer) => {
        await node.until("peer", "Established")
        await peer.until("node", "Established")
      })
  })

  it("refuses the connection of a peer whose first packet comes from too far away, and hears no later packet from there", async () => {
    const program = new BgpChild(segment.peer.enter, {
      asn: 65002,
      listens: true,
      peers: [
        { ...toNode, port: 1, ttlSecurityHops: 1 },
        { ...forOther, ttlSecurityHops: 1 },
      ],
      routes: [],
    })
    const send = (ttl: number) =>
      segment.node.shell(
        `sysctl -q -w net.ipv4.ip_default_ttl=${ttl} && sysctl -q -w net.ipv6.conf.eth0.hop_limit=${ttl}`,
      )
    const drops = () => Number(segment.peer.shell("nstat -asz TcpExtTCPMinTTLDrop | awk 'END { print $2 }'"))
    const [file = "", ...enter] = segment.node.enter
    const calling = (address: string) => {
      const script = `
        const socket = require("node:net").connect(179, ${JSON.stringify(address)}, () => console.log("connected"))
        socket.on("data", bytes => console.log("heard " + bytes[18]))
        socket.on("error", error => console.log("error " + error.code))
        socket.on("close", () => console.log("closed"))
        process.stdin.on("data", text => socket.write(Buffer.from(String(text).trim(), "hex")))`
      const caller = spawn(file, [...enter, process.execPath, "-e", script], { stdio: ["pipe", "pipe", "inherit"] })
      let said = ""
      caller.stdout.on("data", text => {
        said += text
      })
      const hears = (what: string) =>
        waitFor(`the caller hears ${what}`, () => (said.includes(what) ? what : undefined))
      return { caller, hears }
    }
    const all: ReturnType<typeof calling>[] = []
    try {
      for (const [at, address] of ["10.77.0.2", "fd77::2"].entries()) {
        const name = at === 0 ? "node" : "for-other"
        await program.because(name, "ML422")
        send(64)
        const far = calling(address)
        all.push(far)
        await far.hears("closed")
        assert.equal((await program.status()).strangers, at + 1)
        send(255)
        const near = calling(address)
        all.push(near)
        // An OPEN of the other side: it was taken.
        await near.hears("heard 1")
        const before = drops()
        send(64)
        near.caller.stdin.write("00")
        await waitFor("the packet is dropped", () => (drops() > before ? true : undefined))
        const [session] = (await program.status()).sessions.filter(({ peer: one }) => one === name)
        assert.deepEqual(session?.counters.refused, {}, "the byte, which would have been a fault, was not heard")
      }
    } finally {
      for (const { caller } of all) caller.kill()
      send(64)
      await program.kill()
    }
  })

  it("says that a connection is refused, and by whom", () =>
    both({ port: 1790 }, {}, async node => {
      const { why } = await node.because("peer", "ML423")
      assert.match(why, /10\.77\.0\.2 refuses connections on port 1790/)
    }))

  it("turns hosts away that are no peers", () =>
    both({}, { address: "10.77.0.50" }, async (node, peer) => {
      await node.because("peer", "ML432")
      assert.ok((await peer.status()).strangers > 0)
    }))

  it("opens connections where another program has the port, and says who cannot call", async () => {
    const program = "require('node:net').createServer().listen(179, '0.0.0.0', () => console.log('has it'))"
    const [file = "", ...rest] = segment.node.enter
    const holder = spawn(file, [...rest, process.execPath, "-e", program], { stdio: ["ignore", "pipe", "inherit"] })
    await once(holder.stdout, "data")
    const peer = new BgpChild(segment.peer.enter, { asn: 65002, listens: true, peers: [toNode], routes: [] })
    const node = new BgpChild(segment.node.enter, { asn: 65001, listens: true, peers: [toPeer], routes: [] })
    try {
      await node.until("peer", "Established")
      assert.match((await node.status()).deaf.join(), /EADDRINUSE/)
    } finally {
      await node.kill()
      await peer.kill()
      holder.kill()
    }
  })

  it("keeps one of two connections that both sides open at once", async () => {
    const peer = new BgpChild(segment.peer.enter, { asn: 65002, listens: true, peers: [toNode], routes: [] })
    const node = new BgpChild(segment.node.enter, { asn: 65001, listens: true, peers: [toPeer], routes: [] })
    const both = [node, peer]
    const hosts = [segment.node, segment.peer]
    try {
      // Neither gets out until both listen and both have an attempt due: each then opens its connection before it looks at the other's.
      for (const { shell } of hosts)
        shell(
          "nft add table ip hold && nft add chain ip hold out '{ type filter hook output priority 0; }' && nft add rule ip hold out tcp dport 179 reject with tcp reset",
        )
      await node.because("peer", "ML423")
      await peer.because("node", "ML423")
      for (const child of both) child.process.kill("SIGSTOP")
      const stopped = Date.now()
      await waitFor("the next attempt of both is due", () => (Date.now() - stopped > 1_500 ? true : undefined))
      for (const { shell } of hosts) shell("nft delete table ip hold")
      for (const child of both) child.process.kill("SIGCONT")
      await node.until("peer", "Established")
      await peer.until("node", "Established")
      const [ours, theirs] = (await Promise.all(both.map(child => child.status()))).map(({ sessions }) => sessions[0])
      assert.deepEqual(
        [ours?.counters.sent.open, theirs?.counters.sent.open],
        [2, 2],
        "an OPEN on each of two connections",
      )
      assert.deepEqual([ours?.counters.established, theirs?.counters.established], [1, 1])
      assert.deepEqual(
        new Set([ours?.up?.opener, theirs?.up?.opener]),
        new Set(["us", "peer"]),
        "both kept the same one",
      )
    } finally {
      for (const child of both) child.process.kill("SIGCONT")
      await node.kill()
      await peer.kill()
      for (const { shell } of hosts) shell("nft delete table ip hold 2>/dev/null || true")
    }
  })

  it("ends the session when BFD loses the peer, and says so", () =>
    both({ bfd: 100, holdTime: 90 }, { bfd: 100, holdTime: 90 }, async (node, peer) => {
      await node.until("peer", "Established")
      await node.until("peer", "Established")
      await waitFor("BFD is up", () => (node.bfd.some(({ to }) => to === "Up") ? true : undefined))
      segment.node.ip("link", "set", "eth0", "down")
      try {
        await peer.because("node", "ML445")
      } finally {
        segment.node.ip("link", "set", "eth0", "up")
      }
    }))

  it("leaves a peer that keeps routes over a restart without a word", () =>
    both({ gracefulRestart: true }, { gracefulRestart: true }, async (node, peer) => {
      await node.until("peer", "Established")
      await peer.until("node", "Established")
      await node.stop("leave")
      await waitFor("the session is lost", () =>
        peer.changes.find(({ from, to }) => from === "Established" && to !== "Established"),
      )
      assert.equal((await peer.status()).sessions[0]?.counters.received.notification, 0)
    }))
})
