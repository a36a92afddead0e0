import assert from "node:assert/strict"
import { createSocket } from "node:dgram"
import { before, describe, it } from "node:test"
import { keyOfSecret } from "../../../agent/core/membership/key.ts"
import { encodePacketMessage } from "../../../agent/core/membership/wire/encode.ts"
import { nodeCrypto } from "../../../agent/ports/crypto.ts"
import { hex, net, port, scene, together } from "./meeting.ts"
import { buildPeer, type GoSpec } from "./peer.ts"
import { eventually, markOf, metallbKey, quickGo, type Speaker, type SpeakerOptions } from "./speaker.ts"

before(buildPeer)

/** The same cluster of one Go node and one of ours under every kind of wrapping. */
const wrappings: readonly {
  readonly name: string
  readonly go: Partial<GoSpec>
  readonly ours: Partial<SpeakerOptions>
}[] = [
  { name: "plain", go: {}, ours: {} },
  { name: "compressed", go: { compress: true }, ours: { compress: true } },
  { name: "compressed by one side only", go: { compress: true }, ours: {} },
  { name: "labelled", go: { label: "blue" }, ours: { label: "blue" } },
  {
    name: "as MetalLB has it: compressed, encrypted with the key of its Secret",
    go: { compress: true, keys: [hex(metallbKey())] },
    ours: { compress: true, keys: [metallbKey()] },
  },
  {
    name: "labelled, compressed and encrypted",
    go: { compress: true, label: "blue", keys: ["00".repeat(16)] },
    ours: { compress: true, label: "blue", keys: [new Uint8Array(16)] },
  },
]

describe("one Go node and one of ours", { concurrency: false }, () => {
  for (const [index, { name, go, ours }] of wrappings.entries())
    it(`join, talk and part: ${name}`, async () => {
      const address = net(index + 1)
      const stage = scene()
      try {
        const peer = stage.peer()
        await peer.spawn({ name: "go1", addr: address(1), port, meta: "from go", ...quickGo, ...go })
        const ours1 = await stage.speaker({ name: "ours1", addr: address(2), port, ...ours })
        ours1.setPeers([{ address: address(1), port }])
        await together(["go1"], peer, [ours1], ["go1", "ours1"])

        const seen = (await peer.members("go1")).find(member => member.name === "ours1")
        assert.deepEqual(seen, { name: "ours1", addr: `${address(2)}:${port}`, meta: hex(markOf(1)) })
        const go1 = ours1.members().find(member => member.name === "go1")
        assert.equal(Buffer.from(go1?.meta ?? []).toString(), "from go")

        await peer.meta("go1", "changed")
        await eventually("the Go node's new metadata arrive", () => ours1.changes().includes("updated go1"))
        ours1.setMeta(markOf(2))
        await eventually("our new metadata arrive", () => peer.lines.some(l => l.meta === hex(markOf(2))))

        for (const reliable of [true, false]) {
          ours1.say("go1", Buffer.from(`ours ${reliable}`), reliable)
          await eventually("our message arrives", () => peer.lines.some(line => line.payload === `ours ${reliable}`))
          await peer.say("go1", "ours1", `go ${reliable}`, reliable)
          await eventually("the Go node's message arrives", () =>
            ours1.news.some(n => n.kind === "heard" && Buffer.from(n.payload).toString() === `go ${reliable}`),
          )
        }
        const faults = [...ours1.counts.keys()].filter(key =>
          /^(cipher|label|truncated|msgpack|field|message)/.test(key),
        )
        assert.deepEqual(faults, [])

        await ours1.stop(2000)
        await eventually("the Go node hears our leave", () =>
          peer.lines.some(line => line.event === "leave" && line.subject === "ours1"),
        )
      } finally {
        await stage.end()
      }
    })

  it("join when the Go node calls, and a Go node that leaves has left and is not dead", async () => {
    const address = net(20)
    const stage = scene()
    try {
      const peer = stage.peer()
      const ours1 = await stage.speaker({ name: "ours1", addr: address(2), port })
      await peer.spawn({ name: "go1", addr: address(1), port, ...quickGo })
      assert.equal((await peer.join("go1", ours1.at)).count, 1)
      await together(["go1"], peer, [ours1], ["go1", "ours1"])
      await peer.leave("go1")
      await eventually("its leave is heard", () => ours1.changes().includes("left go1"), ours1.changes)
      assert.ok(!ours1.changes().includes("dead go1"))
      await peer.shutdown("go1")
      await peer.spawn({ name: "go1", addr: address(3), port, ...quickGo })
      assert.equal((await peer.join("go1", ours1.at)).count, 1)
      await together(["go1"], peer, [ours1], ["go1", "ours1"])
      assert.equal(ours1.members().find(member => member.name === "go1")?.endpoint.address, address(3))
    } finally {
      await stage.end()
    }
  })

  it("join and part over IPv6", async () => {
    const stage = scene()
    try {
      const peer = stage.peer()
      await peer.spawn({ name: "go1", addr: "::1", port: 17_946, ...quickGo })
      const ours1 = await stage.speaker({ name: "ours1", addr: "::1", port: 17_947 })
      ours1.setPeers([{ address: "::1", port: 17_946 }])
      await together(["go1"], peer, [ours1], ["go1", "ours1"])
      await eventually("probes are answered", () => (ours1.counts.get("probe-answered") ?? 0) >= 2)
      await eventually("its pings are answered", () => (ours1.counts.get("ping-answered") ?? 0) >= 2)
      await peer.leave("go1")
      await eventually("its leave is heard", () => ours1.changes().includes("left go1"), ours1.changes)
    } finally {
      await stage.end()
    }
  })

  it("stay apart while keys or labels differ, and say why", async () => {
    const address = net(21)
    const stage = scene()
    try {
      const peer = stage.peer()
      await peer.spawn({ name: "go1", addr: address(1), port, ...quickGo, keys: ["11".repeat(16)] })
      await peer.spawn({ name: "go2", addr: address(2), port, ...quickGo, label: "red" })
      const locked = await stage.speaker({ name: "locked", addr: address(3), port, keys: [metallbKey()] })
      const open = await stage.speaker({ name: "open", addr: address(4), port })
      await assert.rejects(peer.join("go1", locked.at))
      await assert.rejects(peer.join("go1", open.at))
      await assert.rejects(peer.join("go2", open.at))
      assert.equal(locked.counts.get("cipher-key"), 1)
      assert.equal(open.counts.get("cipher-unexpected"), 1)
      assert.equal(open.counts.get("label-mismatch"), 1)
      locked.setPeers([{ address: address(1), port }])
      await eventually(
        "our own attempt fails",
        () => locked.counts.has("exchange-failed") || locked.counts.has("cipher-key"),
      )
      assert.deepEqual(locked.names(), ["locked"])
      assert.deepEqual(open.names(), ["open"])
    } finally {
      await stage.end()
    }
  })

  it("rotate their key without losing each other", async () => {
    const address = net(22)
    const stage = scene()
    try {
      const [oldKey, newKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
      const peer = stage.peer()
      await peer.spawn({ name: "go1", addr: address(1), port, ...quickGo, keys: [hex(oldKey)] })
      const ours1 = await stage.speaker({ name: "ours1", addr: address(2), port, keys: [oldKey] })
      ours1.setPeers([{ address: address(1), port }])
      await together(["go1"], peer, [ours1], ["go1", "ours1"])
      ours1.setKeys([oldKey, newKey])
      await peer.key("go1", "key-add", hex(newKey))
      const answered = async () => {
        const before = ours1.counts.get("probe-answered") ?? 0
        await eventually("probes are answered", () => (ours1.counts.get("probe-answered") ?? 0) >= before + 3)
      }
      await peer.key("go1", "key-use", hex(newKey))
      await answered()
      ours1.setKeys([newKey, oldKey])
      await answered()
      await peer.key("go1", "key-remove", hex(oldKey))
      ours1.setKeys([newKey])
      await answered()
      assert.deepEqual(ours1.changes(), ["joined go1"])
    } finally {
      await stage.end()
    }
  })
})

describe("suspicion between Go nodes and ours", { concurrency: false }, () => {
  it("is refuted by ours when a Go node spreads it, and by a Go node when ours do", async () => {
    const address = net(30)
    const stage = scene()
    const accuser = createSocket("udp4")
    try {
      const peer = stage.peer()
      await peer.spawn({ name: "go1", addr: address(1), port, ...quickGo })
      await peer.spawn({ name: "go2", addr: address(2), port, ...quickGo })
      const ours1 = await stage.speaker({ name: "ours1", addr: address(3), port })
      const ours2 = await stage.speaker({ name: "ours2", addr: address(4), port })
      await peer.join("go2", `${address(1)}:${port}`)
      for (const speaker of [ours1, ours2]) speaker.setPeers([{ address: address(1), port }])
      await together(["go1", "go2"], peer, [ours1, ours2], ["go1", "go2", "ours1", "ours2"])
      const accuse = (node: string, to: string) => {
        const incarnation = ours1.state().members.get(node)?.incarnation ?? 0
        accuser.send(encodePacketMessage({ kind: "suspect", incarnation, node, from: "nobody" }), port, to)
      }
      const incarnationOf = (speaker: Speaker, node: string) => speaker.state().members.get(node)?.incarnation ?? 0

      const before = incarnationOf(ours1, "ours1")
      accuse("ours1", address(1))
      await eventually("we refute", () => incarnationOf(ours1, "ours1") > before)
      await eventually("ours2 has heard it", () => incarnationOf(ours2, "ours1") === incarnationOf(ours1, "ours1"))

      accuse("go1", address(3))
      await eventually("it is suspected and cleared", () => ours1.changes().includes("cleared go1"), ours1.changes)
      await together(["go1", "go2"], peer, [ours1, ours2], ["go1", "go2", "ours1", "ours2"])
      assert.ok(!peer.lines.some(line => line.event === "leave"), JSON.stringify(peer.lines))
      assert.ok(![...ours1.changes(), ...ours2.changes()].some(change => change.startsWith("dead")))
    } finally {
      accuser.close()
      await stage.end()
    }
  })

  it("ends in a death that all agree on, and a Go process that was only stopped comes back", async () => {
    const address = net(31)
    const stage = scene()
    try {
      const peer = stage.peer()
      const frozen = stage.peer()
      await peer.spawn({ name: "go1", addr: address(1), port, ...quickGo })
      await frozen.spawn({ name: "go2", addr: address(2), port, ...quickGo })
      const ours1 = await stage.speaker({ name: "ours1", addr: address(3), port })
      const ours2 = await stage.speaker({ name: "ours2", addr: address(4), port })
      const places = [1, 2, 3, 4].map(host => ({ address: address(host), port }))
      for (const speaker of [ours1, ours2]) speaker.setPeers(places)
      await together(["go1"], peer, [ours1, ours2], ["go1", "go2", "ours1", "ours2"])

      frozen.pause()
      await together(["go1"], peer, [ours1, ours2], ["go1", "ours1", "ours2"])
      assert.ok(ours1.changes().includes("dead go2"))
      frozen.resume()
      await together(["go1"], peer, [ours1, ours2], ["go1", "go2", "ours1", "ours2"])

      await ours2.stop(0)
      await together(["go1"], peer, [ours1], ["go1", "go2", "ours1"])
      assert.ok(peer.lines.some(line => line.event === "leave" && line.subject === "ours2"))
      assert.ok((ours1.counts.get("relay-silent") ?? 0) > 0, "we were never asked to probe for a Go node")
    } finally {
      await stage.end()
    }
  })
})

describe("the key of MetalLB's Secret", () => {
  it("is the secret and the start of the hash of nothing", () => {
    const key = keyOfSecret(Buffer.from("TG9yZW0gaXBzdW0gZG9sb3"), nodeCrypto) ?? new Uint8Array(0)
    assert.equal(hex(key), `${hex(Buffer.from("TG9yZW0gaXBzdW0gZG9sb3"))}e3b0c44298fc1c149afb`)
  })
})
