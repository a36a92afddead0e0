import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { lanSettings, swiftSettings } from "../../../agent/core/membership/settings.ts"
import { aliveOf, markedMeta, placeOf, streamOf, testNode } from "./node.ts"

describe("leaving", () => {
  it("is over when the news has been sent often enough, and then nothing is done any more", () => {
    const node = testNode()
    node.meet("n2", "n3")
    node.wait(3000)
    node.take()
    node.on({ kind: "leave", within: 1000 })
    assert.equal(node.state().phase, "leaving")
    node.wait(600)
    const effects = node.take()
    assert.ok(effects.some(e => e.kind === "left"))
    assert.equal(node.state().phase, "left")
    node.wait(60_000)
    assert.deepEqual(
      node.take().filter(e => e.kind === "dial"),
      [],
    )
    assert.equal(node.on({ kind: "leave", within: 1000 }).reason, "already-left")
  })

  it("is over at once where nobody is left to hear it, and in any case when its time is up", () => {
    const alone = testNode()
    assert.ok(alone.on({ kind: "leave", within: 1000 }).effects.some(e => e.kind === "left"))
    const slow = testNode({ ...lanSettings, gossipInterval: 10_000 })
    slow.meet("n2")
    slow.wait(100)
    slow.on({ kind: "leave", within: 1000 })
    slow.wait(999)
    assert.equal(slow.state().phase, "leaving")
    slow.wait(1)
    assert.equal(slow.state().phase, "left")
  })
})

describe("messages of the speaker", () => {
  const payload = Uint8Array.of(1, 2, 3)

  it("go to one member, in a packet or over a connection", () => {
    const node = testNode()
    node.meet("n2")
    node.take()
    node.on({ kind: "say", to: "n2", payload, reliable: false })
    node.on({ kind: "say", to: "n2", payload, reliable: true })
    const [send, dial] = node.take()
    assert.ok(send?.kind === "send" && dial?.kind === "dial")
    assert.deepEqual(send.messages, [Uint8Array.of(8, 1, 2, 3)])
    assert.deepEqual(streamOf(dial.message), { kind: "user", payload })
    assert.equal(node.on({ kind: "hangup", exchange: dial.exchange, sent: true }).reason, "exchange-done")
  })

  it("are refused for strangers and where they are too long for a packet", () => {
    const node = testNode()
    node.meet("n2")
    const say = (to: string, length: number) =>
      node.on({ kind: "say", to, payload: new Uint8Array(length), reliable: false }).reason
    assert.equal(say("n3", 1), "user-message-no-member")
    assert.equal(say("n2", 1397), "user-message-sent")
    assert.equal(say("n2", 1398), "user-message-too-long")
  })

  it("are handed on with the place they came from", () => {
    const node = testNode()
    assert.deepEqual(node.hear({ kind: "user", payload }).effects, [{ kind: "heard", from: placeOf("n9"), payload }])
    const { effects } = node.on({ kind: "request", stream: 1, from: placeOf("n2"), message: { kind: "user", payload } })
    assert.deepEqual(effects, [
      { kind: "close", stream: 1 },
      { kind: "heard", from: placeOf("n2"), payload },
    ])
  })
})

describe("what a node tells of itself", () => {
  it("can change, and everybody hears of it", () => {
    const node = testNode()
    node.meet("n2")
    node.wait(3000)
    node.take()
    node.on({ kind: "meta", meta: markedMeta(77) })
    node.wait(200)
    const told = node.sent().flatMap(s => s.messages)
    assert.ok(told.some(m => m.kind === "alive" && m.node === "n1" && Buffer.from(m.meta).equals(markedMeta(77))))
  })

  it("decides between our times and the library's", () => {
    const node = testNode("automatic")
    assert.equal(node.state().mode, "swift")
    node.hear(aliveOf("n2", 1, { meta: markedMeta(5) }))
    assert.equal(node.state().mode, "swift")
    const { effects } = node.hear(aliveOf("n3", 1))
    assert.ok(effects.some(e => e.kind === "mode" && e.mode === "compatible"))
    assert.deepEqual(node.state().settings, lanSettings)
    node.hear({ kind: "dead", incarnation: 1, node: "n3", from: "n2" })
    assert.equal(node.state().mode, "swift")
    assert.deepEqual(node.state().settings, swiftSettings)
  })
})
