import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { lanSettings, swiftSettings } from "../../../agent/core/membership/settings.ts"
import { ackOf as ack, addressOf, kindsTo, packetOf, placeOf, streamOf, testNode } from "./node.ts"
import { pingOf } from "./pings.ts"

describe("a probe", () => {
  it("pings one node a second and says where the answer is to go", () => {
    const node = testNode()
    node.meet("n2")
    node.take()
    node.wait(0)
    const ping = pingOf(node.sent())
    assert.equal(ping.to, "10.0.0.2")
    assert.equal(ping.node, "n2")
    assert.deepEqual(ping.source, { address: addressOf("n1"), port: 7946, name: "n1" })
    assert.equal(node.hear(ack(ping.sequence)).reason, "probe-answered")
    assert.equal(node.hear(ack(ping.sequence)).reason, "ack-unexpected")
    node.wait(999)
    assert.equal(kindsTo(node.sent(), "10.0.0.2").includes("ping"), false)
    node.wait(1)
    assert.equal(pingOf(node.sent()).sequence, (ping.sequence + 1) >>> 0)
  })

  it("visits every member once in a round", () => {
    const node = testNode()
    const others = ["n2", "n3", "n4", "n5", "n6"]
    node.meet(...others)
    const visit = () => {
      const ping = pingOf(node.sent())
      node.hear(ack(ping.sequence))
      return ping.node
    }
    node.wait(0)
    visit()
    // A round may already be under way: the second one is whole.
    const visits: string[] = []
    for (let i = 0; i < 20; i += 1) {
      node.wait(1000)
      visits.push(visit())
    }
    for (const other of others) assert.ok(visits.filter(v => v === other).length >= 3, `${other}: ${visits.join()}`)
  })

  it("asks three others and TCP after the timeout, and suspects after the interval", () => {
    const node = testNode()
    node.meet("n2")
    node.take()
    node.wait(0)
    const ping = pingOf(node.sent())
    node.meet("n3", "n4", "n5", "n6")
    node.wait(499)
    node.take()
    node.wait(1)
    const effects = node.take()
    const asked = effects.flatMap(e => (e.kind === "send" ? e.messages.map(packetOf) : []))
    const requests = asked.filter(m => m.kind === "indirect-ping")
    assert.equal(requests.length, 3)
    assert.deepEqual(
      requests.map(r => [r.sequence, r.node, r.port, r.nack]),
      Array(3).fill([ping.sequence, "n2", 7946, true]),
    )
    const [dial] = effects.filter(e => e.kind === "dial")
    assert.ok(dial !== undefined)
    assert.deepEqual([dial.to, dial.until, dial.expectsReply], [placeOf("n2"), 1000, true])
    assert.equal(streamOf(dial.message).kind, "ping")
    node.wait(499)
    assert.equal(node.member("n2")?.state, "alive")
    node.wait(1)
    assert.equal(node.member("n2")?.state, "suspect")
  })

  it("succeeds through another node, before or after the timeout", () => {
    for (const at of [300, 900]) {
      const node = testNode()
      node.meet("n2", "n3")
      node.wait(0)
      const ping = pingOf(node.sent())
      node.wait(at)
      assert.equal(node.hear(ack(ping.sequence)).reason, "probe-answered")
      node.wait(1000)
      assert.equal(node.member(ping.node)?.state, "alive")
    }
  })

  it("succeeds over TCP alone, which is told because UDP should work too", () => {
    const node = testNode()
    node.meet("n2")
    node.wait(500)
    const [dial] = node.take().filter(e => e.kind === "dial")
    assert.ok(dial !== undefined)
    const request = streamOf(dial.message)
    assert.ok(request.kind === "ping")
    node.on({ kind: "reply", exchange: dial.exchange, message: ack(request.sequence) })
    node.wait(499)
    const { happenings } = node.on({ kind: "tick", due: 1000 })
    assert.deepEqual(happenings.map(h => h.what).slice(0, 1), ["nothing-due"])
    node.wait(1)
    assert.equal(node.member("n2")?.state, "alive")
  })

  it("blames this node for helpers that say nothing, and the target for helpers that say nack", () => {
    for (const [nacks, awareness] of [
      [0, 3],
      [2, 1],
      [3, 0],
    ] as const) {
      const node = testNode()
      node.meet("n2")
      node.wait(0)
      const { sequence } = pingOf(node.sent())
      node.meet("n3", "n4", "n5")
      node.wait(500)
      for (let i = 0; i < nacks; i += 1) assert.equal(node.hear({ kind: "nack", sequence }).reason, "nack-heard")
      node.wait(500)
      assert.equal(node.state().awareness, awareness, `${nacks} nacks`)
    }
  })

  it("takes longer the worse this node's health is, and an answer makes it better", () => {
    const node = testNode()
    node.meet("n2")
    node.hear({ kind: "suspect", incarnation: 1, node: "n1", from: "n2" })
    node.wait(0)
    assert.equal(node.state().probe?.deadline, 2000)
    node.hear(ack(pingOf(node.sent()).sequence))
    assert.equal(node.state().awareness, 0)
  })

  it("of a suspect carries the accusation, so that it can be refuted at once", () => {
    const node = testNode()
    node.meet("n2")
    node.hear({ kind: "suspect", incarnation: 1, node: "n2", from: "n3" })
    node.take()
    node.wait(0)
    const [packet] = node.sent().filter(s => s.messages.some(m => m.kind === "ping"))
    assert.deepEqual(
      packet?.messages.map(m => m.kind),
      ["ping", "suspect"],
    )
  })

  it("of a node that somebody else suspects comes at once where that is fast", () => {
    const node = testNode(swiftSettings)
    node.meet("n2", "n3", "n4")
    node.wait(0)
    node.hear(ack(pingOf(node.sent()).sequence))
    node.wait(20)
    node.take()
    node.hear({ kind: "suspect", incarnation: 1, node: "n3", from: "n2" })
    node.wait(0)
    assert.equal(pingOf(node.sent()).node, "n3")
  })

  it("is not made while there is nobody else, and no time is wasted on waiting for it", () => {
    const node = testNode()
    node.wait(100_000)
    assert.deepEqual(node.take(), [])
  })
})

describe("a process that stood still", () => {
  const silent = { ...lanSettings, gossipInterval: 0 }

  it("does not hold the silence of that time against its probe or its suspects", () => {
    const node = testNode(silent)
    node.meet("n2", "n3")
    node.wait(0)
    const { sequence, node: probed } = pingOf(node.sent())
    const { happenings } = node.freeze(5000)
    assert.ok(happenings.some(h => h.what === "paused" && h.about === "4500 ms"))
    assert.equal(node.member(probed)?.state, "alive")
    assert.equal(node.state().awareness, 1)
    assert.equal(node.hear(ack(sequence)).reason, "probe-answered")

    node.hear({ kind: "suspect", incarnation: 1, node: "n3", from: "n2" })
    const began = node.state().suspicions.get("n3")?.began ?? 0
    node.freeze(20_000)
    assert.ok((node.state().suspicions.get("n3")?.began ?? 0) > began + 15_000)
    assert.equal(node.member("n3")?.state, "suspect")
  })

  it("for no longer than 100 ms is only slow", () => {
    const node = testNode(silent)
    node.meet("n2")
    node.wait(0)
    const due = (node.state().probe?.indirectAt ?? 0) - node.now()
    const { happenings } = node.freeze(due + 100)
    assert.ok(!happenings.some(h => h.what === "paused"))
    assert.ok(happenings.some(h => h.what === "probe-indirect"))
  })
})
