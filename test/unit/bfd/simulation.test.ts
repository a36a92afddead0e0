import assert from "node:assert/strict"
import { test } from "node:test"
import type { BfdProfile } from "../../../agent/core/config/bgp/model.ts"
import { type Host, VirtualNet } from "./virtual-net.ts"
import { wanted } from "./wanted.ts"

type Pair = { readonly net: VirtualNet; readonly a: Host; readonly b: Host }

/** Two hosts that want each other. */
const pair = (seed: number, ofA: Partial<BfdProfile> = {}, ofB: Partial<BfdProfile> = ofA): Pair => {
  const net = new VirtualNet(seed)
  const [a, b] = [net.host("a", "10.0.0.1"), net.host("b", "10.0.0.2")]
  a.bfd.setSessions([wanted("10.0.0.2", ofA)])
  b.bfd.setSessions([wanted("10.0.0.1", ofB)])
  return { net, a, b }
}

const bothUp = ({ a, b }: Pair) => a.status.state === "Up" && b.status.state === "Up"
const cameUp = [["Down -> Init ML482", "Init -> Up ML480"], ["Down -> Up ML480"]]

test("two sessions come up within two seconds and agree on the pace, whoever starts first", () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const both = pair(seed, {}, { receiveInterval: 70, transmitInterval: 20, detectMultiplier: 5 })
    both.net.pass(2_000)
    const { a, b } = both
    assert.ok(bothUp(both), `seed ${seed}`)
    assert.deepEqual([a.status.transmitInterval, a.status.detectionTime], [70, 250])
    assert.deepEqual([b.status.transmitInterval, b.status.detectionTime], [50, 210])
    for (const host of [a, b])
      assert.ok(
        cameUp.some(story => story.join() === host.story.join()),
        host.story.join(),
      )
  }
})

test("both sides passive never begin, one passive does", () => {
  const both = pair(1, { passiveMode: true })
  both.net.pass(60_000)
  assert.equal(both.a.status.reason, "ML488")
  assert.equal(both.a.status.counts.sent + both.b.status.counts.sent, 0)
  const one = pair(1, { passiveMode: true }, {})
  one.net.pass(3_000)
  assert.ok(bothUp(one))
})

test("one packet in a hundred lost and ten minutes of jitter up to 30 ms raise no false alarm at 50 ms x 3", () => {
  const both = pair(7)
  const { net, a, b } = both
  net.pass(3_000)
  net.weather = () => (net.random.next() < 0.01 ? undefined : 30 * net.random.next())
  net.pass(600_000)
  assert.ok(bothUp(both))
  assert.deepEqual(
    [...a.changes, ...b.changes].filter(change => change.failure),
    [],
  )
  assert.ok(a.status.counts.received > 12_000)
})

test("packets are at least 75 % and at most 90 % of the interval apart", () => {
  const { net, a } = pair(3)
  net.pass(3_000)
  const times: number[] = []
  net.weather = from => {
    if (from === "10.0.0.1") times.push(net.now)
    return 1
  }
  net.pass(60_000)
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
  assert.ok(Math.min(...gaps) >= 37.5 && Math.max(...gaps) <= 45, `${Math.min(...gaps)} to ${Math.max(...gaps)}`)
  assert.ok(a.status.counts.sent > 1_300)
})

test("a peer that is gone is noticed within the detection time of its last packet", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { net, a } = pair(seed)
    net.pass(3_000)
    let last = net.now
    net.weather = from => {
      if (from === "10.0.0.2") last = net.now
      return 1
    }
    net.pass(500)
    net.weather = () => undefined
    net.pass(last + 150 - net.now)
    assert.equal(a.status.state, "Up", `seed ${seed}`)
    net.pass(2)
    assert.equal(a.status.reason, "ML483")
    assert.equal(a.changes.at(-1)?.failure, true)
    assert.equal(a.changes.at(-1)?.facts["detection"], 150)
  }
})

test("a path that fails one way is told to the side that still hears", () => {
  const { net, a, b } = pair(2)
  net.pass(3_000)
  net.weather = from => (from === "10.0.0.1" ? undefined : 1)
  net.pass(200)
  assert.equal(b.status.reason, "ML483")
  assert.equal(a.status.reason, "ML485")
  assert.equal(a.status.remoteDiagnostic, "control detection time expired")
  assert.equal(a.changes.at(-1)?.failure, true)
})

test("it comes back by itself when the path does", () => {
  const both = pair(5)
  const { net, a } = both
  net.pass(3_000)
  net.weather = () => undefined
  net.pass(5_000)
  net.weather = () => 1
  net.pass(2_500)
  assert.ok(bothUp(both))
  assert.deepEqual([a.status.counts.ups, a.status.counts.downs], [2, 1])
})

test("an event loop that is busy for two seconds is noticed by nobody", () => {
  const both = pair(11)
  const { net, a, b } = both
  net.pass(3_000)
  for (let round = 0; round < 20; round += 1) {
    a.block(2_000)
    net.pass(2_100)
  }
  assert.ok(bothUp(both))
  assert.deepEqual(
    [a, b].flatMap(host => host.changes).filter(change => change.failure),
    [],
  )
})

test("a change of settings while the other event loop is busy is no false alarm", () => {
  const both = pair(12)
  const { net, a, b } = both
  net.pass(3_000)
  a.block(1_000)
  b.bfd.setSessions([wanted("10.0.0.1", { transmitInterval: 400, receiveInterval: 20 })])
  net.pass(900)
  assert.equal(a.status.detectionTime, 150, "not yet known")
  net.pass(2_000)
  assert.deepEqual([a.status.detectionTime, a.status.transmitInterval], [1_200, 50])
  assert.ok(bothUp(both))
  assert.deepEqual(
    [a, b].flatMap(host => host.changes).filter(change => change.failure),
    [],
  )
})

test("a process that stood still is taken for dead by its peer, and does not take its peer for dead", () => {
  const both = pair(13)
  const { net, a, b } = both
  net.pass(3_000)
  a.pause(1_000)
  net.pass(1_000)
  assert.equal(b.status.reason, "ML483")
  net.pass(2_500)
  assert.ok(bothUp(both))
  assert.deepEqual(
    a.changes.filter(change => change.failure).map(change => change.reason),
    ["ML485"],
    "its peer told it",
  )
})

test("any change of settings under loss settles without a flap", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const both = pair(seed, { receiveInterval: 100, transmitInterval: 100, detectMultiplier: 10 })
    const { net, a, b } = both
    net.pass(3_000)
    net.weather = () => (net.random.next() < 0.1 ? undefined : 5 * net.random.next())
    const pick = () => 20 + net.random.below(280)
    const hosts = [
      [a, "10.0.0.2"],
      [b, "10.0.0.1"],
    ] as const
    for (let round = 0; round < 40; round += 1) {
      const [host, peer] = net.random.pick(hosts)
      const next = { receiveInterval: pick(), transmitInterval: pick(), detectMultiplier: 8 + net.random.below(8) }
      host.bfd.setSessions([wanted(peer, next)])
      net.pass(net.random.below(2_000))
    }
    a.bfd.setSessions([wanted("10.0.0.2", { receiveInterval: 60, transmitInterval: 80, detectMultiplier: 10 })])
    b.bfd.setSessions([wanted("10.0.0.1", { receiveInterval: 100, transmitInterval: 30, detectMultiplier: 12 })])
    net.pass(10_000)
    assert.deepEqual(
      [a, b].flatMap(host => host.changes).filter(change => change.failure),
      [],
      `seed ${seed}`,
    )
    assert.deepEqual([a.status.transmitInterval, a.status.detectionTime], [100, 720], `seed ${seed}`)
    assert.deepEqual([b.status.transmitInterval, b.status.detectionTime], [60, 1_000], `seed ${seed}`)
  }
})

test("a speaker that ends tells its peer that this is no failure, even if the first packet of it is lost", async () => {
  const { net, a, b } = pair(4)
  net.pass(3_000)
  let lost = 0
  net.weather = from => (from === "10.0.0.1" && lost++ === 0 ? undefined : 1)
  const stopping = a.bfd.stop()
  for (let waited = 0; waited < 60 && a.wires > 0; waited += 1) {
    net.pass(20)
    await new Promise(resolve => setImmediate(resolve))
  }
  await stopping
  assert.equal(a.wires, 0)
  assert.equal(b.status.reason, "ML486")
  assert.deepEqual(
    b.changes.slice(-1).map(({ from, to, failure }) => [from, to, failure]),
    [["Up", "Down", false]],
  )
})

test("a session that nobody wants any more is turned off at the peer first, and then gone with the thread", () => {
  const { net, a, b } = pair(4)
  net.pass(3_000)
  const before = a.changes.length
  a.bfd.setSessions([])
  assert.deepEqual(a.bfd.status(), [])
  net.pass(100)
  assert.equal(b.status.reason, "ML486")
  assert.equal(a.wires, 1, "still telling")
  net.pass(100)
  assert.equal(a.wires, 0)
  assert.equal(a.changes.length, before, "whoever wants nothing is told nothing")
})

test("a session that is wanted again while it was being ended comes up again", () => {
  const both = pair(4)
  const { net, a } = both
  net.pass(3_000)
  a.bfd.setSessions([])
  net.pass(50)
  a.bfd.setSessions([wanted("10.0.0.2")])
  net.pass(3_000)
  assert.ok(bothUp(both))
  assert.equal(a.wires, 1)
})

test("a session is turned off and on by the name of a client, and stays off while its profile changes", () => {
  const both = pair(6)
  const { net, a, b } = both
  net.pass(3_000)
  a.bfd.adminDown("to 10.0.0.2")
  net.pass(1_000)
  assert.deepEqual([a.status.reason, b.status.reason], ["ML487", "ML486"])
  assert.deepEqual(
    [...a.changes, ...b.changes].filter(change => change.failure),
    [],
  )
  a.bfd.setSessions([wanted("10.0.0.2", { transmitInterval: 80 })])
  net.pass(3_000)
  assert.equal(a.status.state, "AdminDown")
  a.bfd.adminUp("to 10.0.0.2")
  net.pass(3_000)
  assert.ok(bothUp(both))
})

test("a speaker that is killed and started again is a new session to its peer, which is told of the failure", () => {
  const { net, a, b } = pair(8)
  net.pass(3_000)
  net.weather = () => undefined
  net.hosts.splice(net.hosts.indexOf(a), 1)
  a.bfd.setSessions([])
  net.pass(100)
  const again = net.host("a again", "10.0.0.1")
  net.weather = () => 1
  again.bfd.setSessions([wanted("10.0.0.2")])
  net.pass(3_000)
  assert.equal(again.status.state, "Up")
  assert.equal(b.status.state, "Up")
  assert.ok(b.changes.some(change => change.failure))
})
