import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { lanSettings } from "../../../agent/core/membership/settings.ts"
import { ackOf as ack, addressOf, aliveOf, none, placeOf, streamOf, testNode } from "./node.ts"
import { pingOf } from "./pings.ts"

describe("a ping from another node", () => {
  const source = { address: addressOf("n2"), port: 7946, name: "n2" }

  it("is answered where its sender says, or else where it came from", () => {
    const node = testNode()
    node.hear({ kind: "ping", sequence: 5, node: "n1", source })
    node.hear({ kind: "ping", sequence: 6, node: "", source: undefined })
    assert.deepEqual(node.sent(), [
      { to: "10.0.0.2", messages: [ack(5)] },
      { to: "10.0.0.9", messages: [ack(6)] },
    ])
  })

  it("for somebody else is not answered", () => {
    const node = testNode()
    assert.equal(node.hear({ kind: "ping", sequence: 5, node: "n3", source }).reason, "ping-for-another")
    assert.deepEqual(node.sent(), [])
  })

  it("that comes with an accusation is answered with the refutation in the same packet", () => {
    const node = testNode()
    node.meet("n2")
    node.take()
    node.hear(
      { kind: "ping", sequence: 5, node: "n1", source },
      { kind: "suspect", incarnation: 1, node: "n1", from: "n2" },
    )
    const [packet] = node.sent()
    assert.deepEqual(
      packet?.messages.map(m => (m.kind === "alive" ? `${m.kind} ${m.node} ${m.incarnation}` : m.kind)),
      ["ack", "alive n1 2", "alive n2 1"],
    )
  })

  it("over TCP is answered on the same connection, or closed where it is for somebody else", () => {
    const node = testNode()
    const ask = (name: string) =>
      node.on({
        kind: "request",
        stream: 3,
        from: placeOf("n2"),
        message: { kind: "ping", sequence: 8, node: name, source },
      }).effects
    const [answer] = ask("n1")
    assert.ok(answer?.kind === "answer" && answer.stream === 3)
    assert.deepEqual(streamOf(answer.message), ack(8))
    assert.deepEqual(ask("n3"), [{ kind: "close", stream: 3 }])
  })
})

describe("a probe for another node", () => {
  const request = {
    kind: "indirect-ping",
    sequence: 77,
    target: addressOf("n3"),
    port: 7946,
    node: "n3",
    nack: true,
    source: { address: addressOf("n2"), port: 7946, name: "n2" },
  } as const

  it("passes the answer on under the asker's number", () => {
    const node = testNode()
    node.hear(request)
    const ping = pingOf(node.sent())
    assert.deepEqual([ping.to, ping.node], ["10.0.0.3", "n3"])
    assert.equal(node.hear(ack(ping.sequence)).reason, "relay-answered")
    assert.deepEqual(node.sent(), [{ to: "10.0.0.2", messages: [ack(77)] }])
    node.wait(10_000)
    assert.deepEqual(node.sent(), [])
  })

  it("says nack after the timeout, if that is wanted", () => {
    for (const nack of [true, false]) {
      const node = testNode()
      node.hear({ ...request, nack })
      node.take()
      node.wait(lanSettings.probeTimeout)
      assert.deepEqual(node.sent(), nack ? [{ to: "10.0.0.2", messages: [{ kind: "nack", sequence: 77 }] }] : [])
      assert.equal(node.state().relays.size, 0)
    }
  })

  it("is refused where too many are under way, or the address is none", () => {
    const node = testNode()
    assert.equal(node.hear({ ...request, target: none }).reason, "relay-refused-address")
    node.hear(...Array.from({ length: 1024 }, (_, sequence) => ({ ...request, sequence })))
    assert.equal(node.hear(request).reason, "relay-refused-full")
    node.wait(500)
    assert.equal(node.hear(request).reason, "relay-started")
  })
})

describe("sequence numbers", () => {
  it("begin again at zero after 2^32 - 1", () => {
    const node = testNode(lanSettings, { seed: 0xffff_fffe })
    node.hear(aliveOf("n2"))
    node.wait(0)
    const first = pingOf(node.sent()).sequence
    assert.equal(first, 0xffff_ffff)
    node.hear(ack(first))
    node.wait(1000)
    assert.equal(pingOf(node.sent()).sequence, 0)
  })
})
