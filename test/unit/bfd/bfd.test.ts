import assert from "node:assert/strict"
import { test } from "node:test"
import { type ControlPacket, writeControlPacket } from "../../../agent/core/bfd/packet.ts"
import { fixOf, phraseOf } from "../../../agent/core/sentence.ts"
import { createMetrics } from "../../../agent/ports/metrics.ts"
import { registerBfdMetrics } from "../../../agent/speaker/bfd/bfd-metrics.ts"
import { linksOf } from "../../../agent/speaker/bfd/links.ts"
import { ethernet } from "../agent/fake-link.ts"
import { address } from "../allocate/fixtures.ts"
import { fromPeer } from "./fixtures.ts"
import { type Host, VirtualNet } from "./virtual-net.ts"
import { profile, wanted } from "./wanted.ts"

const alone = (...addresses: readonly string[]): { net: VirtualNet; host: Host } => {
  const net = new VirtualNet(1)
  return { net, host: net.host("a", ...(addresses.length > 0 ? addresses : ["10.0.0.1"])) }
}

const first = { state: "Down", yourDiscriminator: 0 } as const

/** A packet that a stranger or a peer puts on the wire. */
const arrive = (
  host: Host,
  fields: Partial<ControlPacket>,
  more: { from?: string; ttl?: number; type?: number } = {},
) => {
  const bytes = writeControlPacket(fromPeer({ ...first, ...fields }))
  const authenticated = Uint8Array.of(...bytes, more.type ?? 0, 28, 1, 0)
  authenticated[1] = (authenticated[1] ?? 0) | 4
  authenticated[3] = 28
  host.arrive(
    more.from ?? "10.0.0.2",
    "10.0.0.1",
    "single",
    more.ttl ?? 255,
    more.type === undefined ? bytes : authenticated,
  )
}

const said = ({ reason, facts }: Host["status"]) => [reason, phraseOf(reason, facts)]

test("a session that has heard nothing says what it waits for, and what to do", () => {
  const { net, host } = alone()
  host.bfd.setSessions([wanted("10.0.0.2")])
  net.pass(5_000)
  assert.deepEqual(said(host.status), ["ML481", "BFD waits for 10.0.0.2"])
  assert.equal(
    fixOf("ML481", host.status.facts),
    "turn on BFD for 10.0.0.1 on the router 10.0.0.2, and let UDP port 3784 pass both ways",
  )
})

test("a peer that authenticates its packets is told by the kind of authentication", () => {
  const { net, host } = alone()
  host.bfd.setSessions([wanted("10.0.0.2")])
  net.pass(100)
  for (let round = 0; round < 3; round += 1) arrive(host, {}, { type: 5 })
  assert.deepEqual(said(host.status), ["ML491", "10.0.0.2 authenticates its packets (Meticulous Keyed SHA1)"])
  assert.deepEqual(host.status.refused, { "authentication is not in use": 3 })
  assert.deepEqual(
    host.status.remarks.map(({ reason }) => reason),
    ["ML481"],
  )
  assert.equal(host.status.state, "Down")
})

test("a peer whose packets come from too far away is told with both numbers", () => {
  const { net, host } = alone()
  host.bfd.setSessions([wanted("10.0.0.2")])
  net.pass(100)
  arrive(host, {}, { ttl: 254 })
  assert.deepEqual(said(host.status), ["ML492", "packets of 10.0.0.2 have TTL 254, 255 is the least"])
})

test("a packet that breaks another rule is told by that rule, until a good one comes", () => {
  const { net, host } = alone()
  host.bfd.setSessions([wanted("10.0.0.2")])
  net.pass(100)
  arrive(host, { state: "Up" })
  assert.deepEqual(said(host.status), ["ML493", "packets of 10.0.0.2 are dropped: state needs your discriminator"])
  net.pass(10)
  arrive(host, {})
  assert.deepEqual(said(host.status), ["ML482", "BFD hears 10.0.0.2, which has yet to hear us"])
  assert.deepEqual(host.status.remarks, [])
})

test("packets of nobody are counted by the rule that they break, and create nothing", () => {
  const { net, host } = alone()
  host.bfd.setSessions([wanted("10.0.0.2")])
  net.pass(100)
  arrive(host, {}, { from: "10.0.0.66" })
  arrive(host, { state: "Up", yourDiscriminator: 77 }, { from: "10.0.0.66" })
  host.arrive("10.0.0.66", "10.0.0.1", "single", 255, new Uint8Array(24))
  assert.deepEqual(host.bfd.strays(), {
    "no session with the sender": 1,
    "no session has your discriminator": 1,
    "version is not 1": 1,
  })
  assert.equal(host.status.reason, "ML481")
})

test("what the peer asks for is remarked: no packets at all, and Demand mode", () => {
  const { net, host } = alone()
  host.bfd.setSessions([wanted("10.0.0.2")])
  net.pass(100)
  arrive(host, { requiredMinRx: 0 })
  assert.deepEqual(
    host.status.remarks.map(({ reason }) => reason),
    ["ML494"],
  )
})

test("sockets that are refused are told with the kernel's words and tried again", () => {
  const { net, host } = alone()
  host.taken.add(3784)
  host.bfd.setSessions([wanted("10.0.0.2")])
  assert.deepEqual(said(host.status), ["ML490", "BFD cannot start: EADDRINUSE: address already in use, bind(UDP)"])
  host.taken.clear()
  net.pass(10_001)
  assert.equal(host.status.reason, "ML481")
  assert.ok(host.status.counts.sent >= 1)
})

test("a peer without a place is told, and gets a session when the network is there", () => {
  const { net, host } = alone()
  host.bfd.setSessions([wanted("10.5.0.2"), wanted("10.0.0.2")])
  const [near, far] = host.bfd.status()
  assert.deepEqual([near?.reason, far?.reason], ["ML481", "ML489"])
  assert.equal(phraseOf("ML489", far?.facts ?? {}), "10.5.0.2 is not a neighbour")
  const extended = host.addresses as string[]
  extended.push("10.5.0.1")
  host.bfd.refresh()
  net.pass(10)
  assert.deepEqual(
    host.bfd.status().map(({ reason, local }) => [reason, local]),
    [
      ["ML481", "10.0.0.1"],
      ["ML481", "10.5.0.1"],
    ],
  )
})

test("two clients of one path share a session, and it stays for the one that is left", () => {
  const { net, host } = alone()
  const other = net.host("b", "10.0.0.2")
  other.bfd.setSessions([wanted("10.0.0.1")])
  const slow = wanted("10.0.0.2", { receiveInterval: 300 }, { name: "slow" })
  const fast = wanted("10.0.0.2", { receiveInterval: 50 }, { name: "fast" })
  host.bfd.setSessions([slow, fast])
  net.pass(3_000)
  assert.deepEqual(host.status.names, ["fast", "slow"])
  assert.equal(host.status.detectionTime, 150)
  assert.deepEqual(host.changes.at(-1)?.names, ["fast", "slow"])
  host.bfd.setSessions([slow])
  net.pass(3_000)
  assert.deepEqual([host.status.state, host.status.detectionTime], ["Up", 900])
  assert.equal(other.status.counts.downs, 0)
})

test("1,024 sessions are the most, and the rest is told", () => {
  const { host } = alone("10.0.0.1")
  const many = Array.from({ length: 1_026 }, (_, at) => {
    const name = `p${String(at).padStart(4, "0")}`
    return wanted("10.0.0.2", {}, { name, peer: { family: "IPv4", value: (11n << 24n) + BigInt(at) }, multihop: true })
  })
  host.bfd.setSessions(many)
  const reasons = host.bfd.status().map(({ reason }) => reason)
  assert.equal(reasons.filter(reason => reason === "ML481").length, 1_024)
  assert.deepEqual(reasons.slice(-2), ["ML495", "ML495"])
})

test("a listener may change the sessions while it is told", () => {
  const { net, host } = alone()
  const other = net.host("b", "10.0.0.2")
  other.bfd.setSessions([wanted("10.0.0.1")])
  host.bfd.setSessions([wanted("10.0.0.2")])
  const push = host.changes.push.bind(host.changes)
  host.changes.push = (...changes) => {
    if (changes.some(({ to }) => to === "Up")) host.bfd.setSessions([])
    return push(...changes)
  }
  net.pass(3_000)
  assert.deepEqual(host.bfd.status(), [])
  assert.equal(host.wires, 0)
})

test("another source address gives the session new sockets and keeps it up", () => {
  const { net, host } = alone("10.0.0.1", "10.0.0.5")
  const other = net.host("b", "10.0.0.2")
  other.bfd.setSessions([wanted("10.0.0.1")])
  host.bfd.setSessions([wanted("10.0.0.2")])
  net.pass(3_000)
  const { sent } = host.status.counts
  host.bfd.setSessions([wanted("10.0.0.2", {}, { local: address("10.0.0.5") })])
  net.pass(2_000)
  assert.deepEqual([host.status.local, host.status.state, other.status.state], ["10.0.0.5", "Up", "Up"])
  assert.equal(other.status.counts.downs, 0)
  assert.ok(host.status.counts.sent > sent + 20, "what was counted before stays counted")
})

test("echo that is asked for says why it does nothing", () => {
  const { net, host } = alone("10.0.0.1", "fd00::1")
  const other = net.host("b", "10.0.0.2", "fd00::2")
  const why = () => host.status.remarks.filter(({ reason }) => reason === "ML496").map(({ facts }) => facts["why"])
  other.bfd.setSessions([wanted("fd00::1")])
  host.bfd.setSessions([wanted("fd00::2", { echoMode: true })])
  net.pass(3_000)
  assert.deepEqual(why(), ["it is for one hop of IPv4"])
  other.bfd.setSessions([wanted("10.0.0.1")])
  host.bfd.setSessions([wanted("10.0.0.2", { echoMode: true })])
  net.pass(3_000)
  assert.deepEqual(why(), ["the peer says that it returns none"])
})

test("echo packets of the peer are returned where the profile asks for echo and the kernel forwards", () => {
  const required = (forwards: boolean | undefined, echoMode: boolean): number => {
    const net = new VirtualNet(1)
    const host = net.host("a", "10.0.0.1")
    host.forwards = forwards
    let seen = -1
    const send = net.send.bind(net)
    net.send = (from, source, to, hops, bytes) => {
      seen = new DataView(bytes.buffer, bytes.byteOffset).getUint32(20)
      send(from, source, to, hops, bytes)
    }
    host.bfd.setSessions([wanted("10.0.0.2", { echoMode, echoInterval: 40 })])
    net.pass(10)
    return seen
  }
  assert.equal(required(true, true), 40_000)
  assert.equal(required(true, false), 0)
  assert.equal(required(false, true), 0)
  assert.equal(required(undefined, true), 0, "what cannot be read is not promised")
})

test("metrics have MetalLB's names, and go with the session", () => {
  const { net, host } = alone("10.0.0.1", "fe80::a")
  const other = net.host("b", "10.0.0.2", "fe80::b")
  other.bfd.setSessions([wanted("10.0.0.1")])
  const metrics = createMetrics()
  registerBfdMetrics(metrics, host.bfd.status, host.bfd.strays)
  const lines = (word: string) =>
    metrics
      .text()
      .split("\n")
      .filter(line => line.startsWith("metallb_bfd_") && line.includes(word))
  host.bfd.setSessions([wanted("10.0.0.2"), wanted("fe80::b", {}, { interface: "eth0", vrf: "red" })])
  net.pass(3_000)
  arrive(host, {}, { ttl: 9 })
  arrive(host, {}, { from: "10.0.0.66" })
  assert.deepEqual(lines("session_up{"), [
    'metallb_bfd_session_up{peer="10.0.0.2",vrf="default"} 1',
    'metallb_bfd_session_up{peer="fe80::b%eth0",vrf="red"} 0',
  ])
  assert.deepEqual(lines("up_events")[0], 'metallb_bfd_session_up_events{peer="10.0.0.2",vrf="default"} 1')
  assert.deepEqual(lines("refused"), [
    'metallb_bfd_refused_packets{peer="",rule="no session with the sender",vrf=""} 1',
    'metallb_bfd_refused_packets{peer="10.0.0.2",rule="TTL is too low",vrf="default"} 1',
  ])
  const [input] = lines("control_packet_input")
  assert.equal(
    input,
    `metallb_bfd_control_packet_input{peer="10.0.0.2",vrf="default"} ${host.bfd.status()[0]?.counts.received}`,
  )
  net.pass(1_000)
  assert.ok(Number(lines("control_packet_input")[0]?.split(" ")[1]) > Number(input.split(" ")[1]))
  host.bfd.setSessions([])
  assert.deepEqual(lines('peer="10.0.0.2"'), [])
  net.pass(1_000)
  host.bfd.setSessions([wanted("10.0.0.2")])
  assert.equal(lines("up_events")[0], 'metallb_bfd_session_up_events{peer="10.0.0.2",vrf="default"} 0')
})

test("links that are down carry no session", () => {
  const addresses = [{ address: "10.0.0.1", prefixLength: 24 }]
  assert.deepEqual(
    linksOf([ethernet(2, "eth0", { addresses }), ethernet(3, "eth1", { addresses, up: false })]).map(
      ({ name }) => name,
    ),
    ["eth0"],
  )
  assert.equal(profile().detectMultiplier, 3)
})
