import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { retransmitLimit } from "../../../agent/core/membership/broadcasts.ts"
import { lanSettings, swiftSettings } from "../../../agent/core/membership/settings.ts"
import { addressOf, aliveOf, placeOf, streamOf, testNode } from "./node.ts"
import { pushPull, record } from "./records.ts"

describe("gossip", () => {
  it("tells each message 4 log10(n + 1) times and then forgets it", () => {
    assert.deepEqual(
      [1, 9, 10, 99, 100].map(n => retransmitLimit(4, n)),
      [4, 4, 8, 8, 12],
    )
    const node = testNode({ ...lanSettings, probeInterval: 0 })
    node.meet("n2", "n3")
    node.take()
    node.wait(5000)
    const told = node.sent().flatMap(s => s.messages)
    assert.equal(told.filter(m => m.kind === "alive" && m.node === "n2").length, 4)
    assert.equal(node.state().broadcasts.size, 0)
  })

  it("replaces what was queued about a node by what is newer", () => {
    const node = testNode()
    node.meet("n2", "n3")
    node.hear({ kind: "suspect", incarnation: 1, node: "n2", from: "n3" })
    node.hear(aliveOf("n2", 2))
    node.take()
    node.wait(200)
    const about = node.sent().flatMap(s => s.messages.filter(m => "node" in m && m.node === "n2" && m.kind !== "ping"))
    assert.ok(about.length > 0)
    assert.ok(about.every(m => m.kind === "alive" && m.incarnation === 2))
  })

  it("goes to three members every 200 ms; to the recently dead, and not to those that left", () => {
    const node = testNode({ ...lanSettings, probeInterval: 0, retransmitMult: 100 })
    node.meet("n2", "n3")
    node.hear({ kind: "dead", incarnation: 1, node: "n2", from: "n3" })
    node.hear({ kind: "dead", incarnation: 1, node: "n3", from: "n3" })
    node.wait(0)
    node.take()
    node.wait(1000)
    assert.deepEqual(new Set(node.sent().map(s => s.to)), new Set(["10.0.0.2"]))
    node.wait(30_000)
    node.take()
    node.meet("n4")
    node.wait(1000)
    assert.deepEqual(new Set(node.sent().map(s => s.to)), new Set(["10.0.0.4"]))
  })

  it("fills packets and never goes beyond the size that is set", () => {
    const node = testNode({ ...lanSettings, probeInterval: 0 })
    node.hear(
      ...Array.from({ length: 200 }, (_, i) => aliveOf("n2", 1, { node: `node-${i}`, meta: new Uint8Array(i) })),
    )
    node.wait(1000)
    const sizes = node
      .take()
      .flatMap(e => (e.kind === "send" ? [2 + e.messages.reduce((sum, m) => sum + 2 + m.length, 0)] : []))
    assert.ok(Math.max(...sizes) <= 1400 && Math.max(...sizes) > 1300, String(Math.max(...sizes)))
  })

  it("of what is urgent goes out at once where that is fast, and not oftener than every 10 ms", () => {
    const node = testNode(swiftSettings, { answering: true })
    node.meet("n2", "n3", "n4")
    node.wait(2000)
    node.take()
    node.hear({ kind: "suspect", incarnation: 1, node: "n2", from: "n3" })
    node.wait(0)
    const first = node.sent().flatMap(s => s.messages)
    assert.ok(first.some(m => m.kind === "suspect"))
    node.hear({ kind: "suspect", incarnation: 1, node: "n2", from: "n4" })
    node.wait(9)
    const isConfirmation = (m: (typeof first)[number]) => m.kind === "suspect" && m.from === "n4"
    assert.ok(!node.sent().some(s => s.messages.some(isConfirmation)))
    node.wait(1)
    assert.ok(node.sent().some(s => s.messages.some(isConfirmation)))
  })
})

describe("an exchange of states", () => {
  it("answers with everything that is known, after taking in what came", () => {
    const node = testNode()
    node.meet("n2")
    const { effects } = node.on({
      kind: "request",
      stream: 1,
      from: placeOf("n3"),
      message: pushPull(record("n3", 1, "alive"), record("n1", 4, "suspect")),
    })
    const [answer] = effects.filter(e => e.kind === "answer")
    assert.ok(answer !== undefined)
    const told = streamOf(answer.message)
    assert.ok(told.kind === "push-pull")
    assert.deepEqual(
      told.records.map(r => `${r.node} ${r.incarnation} ${r.state}`),
      ["n1 5 alive", "n2 1 alive", "n3 1 alive"],
    )
  })

  it("makes suspects of those that the other side holds for dead, and believes leaves", () => {
    const node = testNode()
    node.meet("n2", "n3", "n4")
    node.on({
      kind: "request",
      stream: 1,
      from: placeOf("n9"),
      message: pushPull(record("n2", 1, "dead"), record("n3", 1, "suspect"), record("n4", 1, "left")),
    })
    assert.deepEqual(
      ["n2", "n3", "n4"].map(name => node.member(name)?.state),
      ["suspect", "suspect", "left"],
    )
    assert.deepEqual(node.state().suspicions.get("n2")?.accusers, ["n1"])
  })

  it("happens every 30 s with one member, and less often in larger clusters", () => {
    const node = testNode({ ...lanSettings, probeInterval: 0, gossipInterval: 0 })
    node.meet("n2")
    node.take()
    node.wait(65_000)
    const dials = node.take().filter(e => e.kind === "dial")
    assert.deepEqual(
      dials.map(d => [d.to.address, d.expectsReply]),
      Array(2).fill(["10.0.0.2", true]),
    )
    node.meet(...Array.from({ length: 62 }, (_, i) => `n${i + 3}`))
    node.wait(200_000)
    assert.equal(node.take().filter(e => e.kind === "dial").length, 3)
  })

  it("is refused where the two clusters could not understand each other", () => {
    const node = testNode()
    const tell = (...versions: readonly number[]) =>
      node.on({
        kind: "request",
        stream: 1,
        from: placeOf("n2"),
        message: pushPull({ ...record("n2", 1, "alive"), versions: Uint8Array.from(versions) }),
      })
    // The first does not understand what we speak any more, the second not yet, the third speaks what we do not understand.
    for (const versions of [
      [4, 6, 5, 0, 0, 0],
      [1, 1, 1, 0, 0, 0],
      [1, 6, 6, 0, 0, 0],
      [1, 5, 2, 1, 1, 1],
    ]) {
      const { effects, reason } = tell(...versions)
      assert.equal(reason, "exchange-refused-versions", versions.join())
      assert.deepEqual(effects, [{ kind: "close", stream: 1 }])
      assert.equal(node.member("n2"), undefined)
    }
    assert.equal(tell(1, 5, 3, 0, 1, 0).reason, "exchange-answered")
  })

  it("that brings a claim about this node is followed by the refutation, straight to the other side", () => {
    const node = testNode()
    node.on({ kind: "peers", endpoints: [placeOf("n1"), placeOf("n2")] })
    node.wait(0)
    const [dial] = node.take().filter(e => e.kind === "dial")
    assert.ok(dial !== undefined)
    node.on({
      kind: "reply",
      exchange: dial.exchange,
      message: pushPull(record("n2", 1, "alive"), record("n1", 6, "dead")),
    })
    assert.deepEqual(
      node.sent().map(s => [s.to, s.messages.map(m => (m.kind === "alive" ? m.incarnation : m.kind))]),
      [["10.0.0.2", [7]]],
    )
  })
})

describe("places that the API knows", () => {
  const dials = (node: ReturnType<typeof testNode>) =>
    node.take().flatMap(e => (e.kind === "dial" ? [{ to: e.to.address, exchange: e.exchange }] : []))

  it("are joined at once, eight at a time, this node's own left out", () => {
    const node = testNode()
    node.on({ kind: "peers", endpoints: Array.from({ length: 12 }, (_, i) => placeOf(`n${i + 1}`)) })
    node.wait(0)
    const first = dials(node)
    assert.equal(first.length, 8)
    assert.ok(first.every(d => d.to !== "10.0.0.1"))
    for (const { exchange } of first) node.on({ kind: "hangup", exchange, sent: false })
    node.wait(0)
    assert.equal(dials(node).length, 3)
  })

  it("are looked for again with growing pauses until somebody is there", () => {
    const node = testNode({ ...lanSettings, reconnectInterval: 1000, reconnectMost: 8000 }, { answering: true })
    node.on({ kind: "peers", endpoints: [placeOf("n2")] })
    const times: number[] = []
    for (let i = 0; i < 600; i += 1) {
      node.wait(100)
      for (const { exchange } of dials(node)) {
        times.push(node.now())
        node.on({ kind: "hangup", exchange, sent: false })
      }
    }
    const pauses = times.slice(1).map((at, i) => at - (times[i] ?? 0))
    assert.ok(pauses.length >= 8 && pauses.length <= 14, pauses.join())
    assert.ok(Math.max(...pauses) <= 10_100 && (pauses[0] ?? 0) <= 1400, pauses.join())
    node.meet("n2")
    node.wait(20_000)
    assert.ok(dials(node).length <= 1)
  })

  it("that answer and have no live member are called with the same growing pauses", () => {
    const settings = { ...lanSettings, reconnectInterval: 1000, reconnectMost: 8000 }
    const left = record("n2", 1, "left")
    const elsewhere = { ...record("n2", 1, "alive"), address: addressOf("n7") }
    for (const told of [left, elsewhere]) {
      const node = testNode(settings, { answering: true })
      node.on({ kind: "peers", endpoints: [placeOf("n2")] })
      let calls = 0
      for (let i = 0; i < 600; i += 1) {
        node.wait(100)
        for (const { exchange, to } of dials(node)) {
          if (to !== placeOf("n2").address) continue
          calls += 1
          node.on({ kind: "reply", exchange, message: pushPull(told) })
        }
      }
      assert.ok(calls >= 8 && calls <= 15, `${told.state}: called ${calls} times in a minute`)
    }
  })

  it("are looked for as soon as their member is dead", () => {
    const node = testNode()
    node.on({ kind: "peers", endpoints: [placeOf("n2")] })
    node.meet("n2")
    node.wait(0)
    assert.deepEqual(dials(node), [])
    node.hear({ kind: "dead", incarnation: 1, node: "n2", from: "n3" })
    node.wait(0)
    assert.equal(dials(node).length, 1)
  })
})
