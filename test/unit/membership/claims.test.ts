import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { lanSettings, swiftSettings } from "../../../agent/core/membership/settings.ts"
import { addressOf, aliveOf, testNode } from "./node.ts"

const suspect = (node: string, from: string, incarnation = 1) => ({ kind: "suspect", incarnation, node, from }) as const
const dead = (node: string, from: string, incarnation = 1) => ({ kind: "dead", incarnation, node, from }) as const

describe("a claim that a node is alive", () => {
  it("makes it a member, tells it on, and is told once", () => {
    const node = testNode()
    assert.equal(node.meet("n2").reason, "member-joined")
    assert.deepEqual(node.changes(), ["joined n2"])
    assert.equal(node.meet("n2").reason, "claim-stale")
    assert.deepEqual(node.changes(), [])
    assert.ok(node.state().broadcasts.has("n2"))
  })

  it("under a higher incarnation takes the new metadata over", () => {
    const node = testNode()
    node.meet("n2")
    node.take()
    assert.equal(node.hear(aliveOf("n2", 2, { meta: Uint8Array.of(1) })).reason, "member-renewed")
    assert.deepEqual(node.changes(), ["updated n2"])
    assert.equal(node.hear(aliveOf("n2", 3, { meta: Uint8Array.of(1) })).reason, "member-renewed")
    assert.deepEqual(node.changes(), [])
    assert.equal(node.member("n2")?.incarnation, 3)
  })

  it("from another address is refused while the name is taken, and taken when its node has left", () => {
    const node = testNode()
    node.meet("n2")
    const moved = aliveOf("n2", 9, { address: addressOf("n7") })
    assert.equal(node.hear(moved).reason, "claim-conflicting-address")
    node.hear(dead("n2", "n3"))
    assert.equal(node.hear(moved).reason, "claim-conflicting-address")
    node.hear(aliveOf("n2", 2))
    node.hear(dead("n2", "n2", 2))
    assert.equal(node.hear({ ...moved, incarnation: 1 }).reason, "member-joined")
    assert.equal(node.member("n2")?.endpoint.address, "10.0.0.7")
  })

  it("takes the name of a dead node over after deadNodeReclaimTime, where there is one", () => {
    const node = testNode({ ...lanSettings, deadNodeReclaimTime: 5000 })
    node.meet("n2")
    node.hear(dead("n2", "n3"))
    const moved = aliveOf("n2", 1, { address: addressOf("n7") })
    node.wait(5000)
    assert.equal(node.hear(moved).reason, "claim-conflicting-address")
    node.wait(1)
    assert.equal(node.hear(moved).reason, "member-joined")
  })

  it("at an IPv4-mapped address is the same place", () => {
    const node = testNode()
    node.meet("n2")
    const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 2)
    assert.equal(node.hear(aliveOf("n2", 2, { address: mapped })).reason, "member-renewed")
    assert.equal(node.member("n2")?.endpoint.address, "10.0.0.2")
  })

  it("without port means our own port, as protocol version 1 has it", () => {
    const node = testNode()
    node.hear(aliveOf("n2", 1, { port: 0 }))
    assert.equal(node.member("n2")?.endpoint.port, 7946)
  })

  it("is refused with a reason where it makes no sense", () => {
    const node = testNode()
    assert.equal(node.hear(aliveOf("n2", 1, { node: "" })).reason, "claim-without-name")
    assert.equal(node.hear(aliveOf("n2", 1, { address: new Uint8Array(0) })).reason, "claim-bad-address")
    for (const versions of [
      [0, 5, 2, 0, 0, 0],
      [1, 0, 2, 0, 0, 0],
      [3, 2, 2],
    ])
      assert.equal(node.hear(aliveOf("n2", 1, { versions: Uint8Array.from(versions) })).reason, "claim-bad-versions")
    assert.equal(node.hear(aliveOf("n2", 1, { versions: new Uint8Array(0) })).reason, "member-joined")
  })

  it("about this node is refuted where it differs from what the node is", () => {
    const node = testNode()
    const same = aliveOf("n1", 1, { meta: node.member("n1")?.meta ?? new Uint8Array(0) })
    assert.equal(node.hear(same).reason, "claim-known")
    assert.equal(node.hear(aliveOf("n1", 1)).reason, "refuted")
    assert.equal(node.member("n1")?.incarnation, 2)
    assert.equal(node.hear({ ...same, incarnation: 7 }).reason, "refuted")
    assert.equal(node.member("n1")?.incarnation, 8)
    assert.equal(node.hear({ ...same, incarnation: 3 }).reason, "claim-stale")
  })

  it("finds no room in a table that is full", () => {
    const node = testNode()
    const names = Array.from({ length: 8191 }, (_, i) => aliveOf("n2", 1, { node: `x${i}`, port: 1 + i }))
    node.hear(...names)
    assert.equal(node.state().members.size, 8192)
    assert.equal(node.meet("n2").reason, "claim-refused-full")
  })
})

describe("a suspicion", () => {
  it("ends in death after the time that the library gives, without confirmations", () => {
    const node = testNode()
    node.meet("n2")
    node.take()
    assert.equal(node.hear(suspect("n2", "n3")).reason, "member-suspected")
    node.wait(3999)
    assert.deepEqual(node.changes(), ["suspected n2"])
    node.wait(1)
    assert.deepEqual(node.changes(), ["dead n2"])
    assert.equal(node.member("n2")?.state, "dead")
  })

  it("lasts longer where confirmations are wanted, and each accuser shortens it once", () => {
    const node = testNode()
    node.meet("n2", "n3", "n4", "n5")
    node.hear(suspect("n2", "n3"))
    const deathAfter = () => {
      const s = node.state().suspicions.get("n2")
      assert.ok(s !== undefined)
      return s
    }
    assert.deepEqual([deathAfter().wanted, deathAfter().least, deathAfter().most], [2, 4000, 24_000])
    assert.equal(node.hear(suspect("n2", "n3")).reason, "claim-known")
    assert.equal(node.hear(suspect("n2", "n4")).reason, "member-confirmed")
    assert.equal(node.hear(suspect("n2", "n5")).reason, "member-confirmed")
    assert.equal(node.hear(suspect("n2", "n6")).reason, "claim-known")
    assert.deepEqual(deathAfter().accusers, ["n3", "n4", "n5"])
  })

  it("is over as soon as the suspect answers under a higher incarnation, and not before", () => {
    const node = testNode(lanSettings, { answering: true })
    node.meet("n2")
    node.hear(suspect("n2", "n3"))
    node.take()
    assert.equal(node.hear(aliveOf("n2", 1)).reason, "claim-stale")
    assert.equal(node.hear(aliveOf("n2", 2)).reason, "member-cleared")
    assert.deepEqual(node.changes(), ["cleared n2"])
    node.wait(60_000)
    assert.equal(node.state().suspicions.size, 0)
    assert.equal(node.hear(suspect("n2", "n3", 1)).reason, "claim-stale")
  })

  it("of this node is refuted, and costs it a little trust in itself", () => {
    const node = testNode()
    node.meet("n2")
    assert.equal(node.hear(suspect("n1", "n2", 4)).reason, "refuted")
    assert.equal(node.member("n1")?.incarnation, 5)
    assert.equal(node.member("n1")?.state, "alive")
    assert.equal(node.state().awareness, 1)
  })

  it("of this node that it has refuted already is answered again only where that is fast", () => {
    for (const [settings, again] of [
      [lanSettings, false],
      [swiftSettings, true],
    ] as const) {
      const node = testNode(settings)
      node.meet("n2")
      node.hear(suspect("n1", "n2", 4))
      node.wait(3000)
      assert.equal(node.state().broadcasts.size, 0)
      assert.equal(node.hear(suspect("n1", "n2", 4)).reason, "claim-stale")
      assert.equal(node.member("n1")?.incarnation, 5)
      assert.equal(node.state().broadcasts.has("n1"), again)
    }
  })

  it("of a node that nobody knows means nothing", () => {
    assert.equal(testNode().hear(suspect("n2", "n3")).reason, "claim-about-unknown")
  })
})

describe("a claim that a node is dead", () => {
  it("is believed at once and told on, and a higher incarnation brings the node back", () => {
    const node = testNode()
    node.meet("n2")
    node.take()
    assert.equal(node.hear(dead("n2", "n3")).reason, "member-dead")
    assert.equal(node.hear(dead("n2", "n4")).reason, "claim-known")
    assert.equal(node.hear(aliveOf("n2", 1)).reason, "claim-stale")
    assert.equal(node.hear(aliveOf("n2", 2)).reason, "member-joined")
    assert.deepEqual(node.changes(), ["dead n2", "joined n2"])
  })

  it("by the node itself means that it has left", () => {
    const node = testNode()
    node.meet("n2")
    node.take()
    assert.equal(node.hear(dead("n2", "n2")).reason, "member-left")
    assert.deepEqual(node.changes(), ["left n2"])
  })

  it("about this node is refuted unless it is leaving", () => {
    const node = testNode()
    node.meet("n2")
    assert.equal(node.hear(dead("n1", "n2", 1)).reason, "refuted")
    node.on({ kind: "leave", within: 1000 })
    assert.equal(node.member("n1")?.state, "left")
    assert.equal(node.hear(aliveOf("n1", 99)).reason, "claim-while-leaving")
    assert.equal(node.hear(dead("n1", "n2", 99)).reason, "claim-known")
  })

  it("is forgotten with the node after gossipToTheDeadTime, at the next round of probing", () => {
    const node = testNode()
    node.meet("n2", "n3")
    node.hear(dead("n3", "n4"))
    node.wait(29_000)
    assert.equal(node.member("n3")?.state, "dead")
    node.hear(aliveOf("n2", 5))
    node.wait(5000)
    assert.equal(node.member("n3"), undefined)
  })
})
