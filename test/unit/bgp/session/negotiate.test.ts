import assert from "node:assert/strict"
import { test } from "node:test"
import { crc32 } from "node:zlib"
import type { SessionSettings } from "../../../../agent/core/bgp/session/settings.ts"
import { nodeIdOf } from "../../../../agent/core/bgp/session/settings.ts"
import type { Capability } from "../../../../agent/core/bgp/wire/capability.ts"
import { encodeUpdate } from "../../../../agent/core/bgp/wire/encode-update.ts"
import { encodeKeepalive, encodeMessage } from "../../../../agent/core/bgp/wire/message.ts"
import { asnOf, decodeOpen, encodeOpen, type Open } from "../../../../agent/core/bgp/wire/open.ts"
import { address } from "../../allocate/fixtures.ts"
import { cidr, hex, text } from "../bytes.ts"
import { out4 } from "../rib/fixtures.ts"
import { Driver, fourOctet, ipv4, ipv6, openOf } from "./fixtures.ts"

/** What comes of an OPEN: the state, or the NOTIFICATION and the reason. */
const verdict = (open: Open, settings: Partial<SessionSettings> = {}): string => {
  const driver = new Driver(settings)
  driver.do({ kind: "start" })
  driver.connected("out-1")
  driver.said("out-1")
  driver.hear("out-1", encodeOpen(open))
  if (driver.state === "OpenConfirm") return "OpenConfirm"
  return `${driver.said("out-1")} ${driver.session.last?.explained.reason}`
}
const ours = (settings: Partial<SessionSettings> = {}, ends = {}, start = {}): Open => {
  const driver = new Driver(settings, start)
  driver.do({ kind: "start" })
  driver.connected("out-1", ends)
  const [message] = driver.sent("out-1")
  const reading = decodeOpen(message?.body ?? hex(""))
  assert.ok(reading.ok)
  return reading.value
}

test("the peer must show the AS that is expected of it", () => {
  const rows: readonly (readonly [string, Open, Partial<SessionSettings>, string])[] = [
    ["the right number", openOf(), {}, "OpenConfirm"],
    ["another number", openOf({ asn: 64999, capabilities: [ipv4] }), {}, "notification 2/2 ML436"],
    [
      "another number in four bytes",
      openOf({ asn: 64513, capabilities: [ipv4, fourOctet(64999)] }),
      {},
      "notification 2/2 ML436",
    ],
    [
      "AS_TRANS and the right one in four bytes",
      openOf({ asn: 23456, capabilities: [ipv4, fourOctet(4200000000)] }),
      { remote: { kind: "as", asn: 4200000000 } },
      "OpenConfirm",
    ],
    ["internal", openOf({ asn: 64512, capabilities: [ipv4] }), { remote: { kind: "internal" } }, "OpenConfirm"],
    ["internal, and it is another", openOf(), { remote: { kind: "internal" } }, "notification 2/2 ML436"],
    ["external", openOf(), { remote: { kind: "external" } }, "OpenConfirm"],
    [
      "external, and it is the own",
      openOf({ asn: 64512, capabilities: [ipv4] }),
      { remote: { kind: "external" } },
      "notification 2/2 ML436",
    ],
  ]
  for (const [what, open, settings, wanted] of rows) assert.equal(verdict(open, settings), wanted, what)
})

test("within one AS identifiers differ; between two they may be equal (RFC 6286)", () => {
  const same = 0x0a00000b
  assert.equal(verdict(openOf({ identifier: same })), "OpenConfirm")
  const internal = { remote: { kind: "internal" } as const }
  assert.equal(
    verdict(openOf({ asn: 64512, capabilities: [ipv4], identifier: same }), internal),
    "notification 2/3 ML437",
  )
})

test("a peer without a family in common is told which ones are missing", () => {
  const driver = new Driver()
  driver.do({ kind: "start" })
  driver.connected("out-1")
  driver.sent("out-1")
  driver.hear("out-1", encodeOpen(openOf({ capabilities: [ipv6, fourOctet(64513)] })))
  const [message] = driver.sent("out-1")
  assert.equal(text(message?.body ?? hex("")), text(hex("02 07 01 04 0001 00 01")))
  assert.equal(driver.session.last?.explained.reason, "ML439")
})

test("a peer that says nothing of families has IPv4 unicast", () => {
  assert.equal(verdict(openOf({ capabilities: [] })), "OpenConfirm")
  assert.equal(verdict(openOf({ capabilities: [] }), { families: ["IPv6"] }), "notification 2/7 ML439")
})

test("malformed OPENs get the subcode of what is wrong with them", () => {
  const rows = [
    ["03 fc01 005a 0a000001 00", "notification 2/1"],
    ["04 0000 005a 0a000001 00", "notification 2/2"],
    ["04 fc01 0002 0a000001 00", "notification 2/6"],
    ["04 fc01 005a 00000000 00", "notification 2/3"],
    ["04 fc01 005a 0a000001 03 01 01 00", "notification 2/4"],
    ["04 fc01 005a 0a000001 04 02 04 41 02", "notification 2/0"],
  ] as const
  for (const [body, wanted] of rows) {
    const driver = new Driver()
    driver.do({ kind: "start" })
    driver.connected("out-1")
    driver.said("out-1")
    driver.hear("out-1", encodeMessage("open", hex(body)))
    assert.deepEqual([driver.said("out-1"), driver.session.last?.explained.reason], [wanted, "ML441"], body)
  }
})

test("the own OPEN carries the AS in two and in four bytes, the hold time, and what this side can do", () => {
  assert.deepEqual(ours(), {
    asn: 64512,
    holdTime: 90,
    identifier: 0x0a00000b,
    capabilities: [
      ipv4,
      { kind: "route-refresh" },
      { kind: "extended-message" },
      fourOctet(64512),
      { kind: "enhanced-route-refresh" },
    ],
  })
  const big = ours({ asn: 4200000000 })
  assert.deepEqual([big.asn, asnOf(big)], [23456, 4200000000])
})

const kinds = ({ capabilities }: Open): readonly string[] =>
  capabilities.map(capability =>
    capability.kind === "multiprotocol" ? `AFI ${capability.family.afi}` : capability.kind,
  )

test("a session carries the family of its transport, both where that is asked for, and then IPv4 over IPv6 next hops", () => {
  const six = { local: address("2001:db8::11"), remote: address("2001:db8::1") }
  const families = (open: Open) => kinds(open).filter(kind => kind.startsWith("AFI") || kind === "extended-next-hop")
  assert.deepEqual(families(ours()), ["AFI 1"])
  assert.deepEqual(families(ours({}, six)), ["AFI 2"])
  assert.deepEqual(families(ours({ families: ["IPv4", "IPv6"] })), ["AFI 1", "AFI 2"])
  assert.deepEqual(families(ours({ families: ["IPv4", "IPv6"] }, six)), ["AFI 1", "AFI 2", "extended-next-hop"])
})

test("graceful restart is offered where it is turned on: R after a restart, F where packets were forwarded, N always", () => {
  assert.ok(!kinds(ours()).includes("graceful-restart"))
  const graceful = (restarted: boolean, preserved: boolean): Capability | undefined =>
    ours({ gracefulRestart: true }, {}, { restarted, preserved }).capabilities.find(
      ({ kind }) => kind === "graceful-restart",
    )
  const base = { kind: "graceful-restart", notification: true, time: 120 }
  const family = { afi: 1, safi: 1 }
  assert.deepEqual(graceful(true, true), { ...base, restarting: true, families: [{ family, forwarding: true }] })
  assert.deepEqual(graceful(true, false), { ...base, restarting: true, families: [{ family, forwarding: false }] })
  assert.deepEqual(graceful(false, true), { ...base, restarting: false, families: [{ family, forwarding: true }] })
})

test("the restart is told once: a session that was up since has not restarted", () => {
  const driver = new Driver({ gracefulRestart: true }, { restarted: true, preserved: false })
  driver.establish()
  driver.closed("out-1")
  driver.pass(0)
  driver.connected("out-2")
  const [message] = driver.sent("out-2")
  const reading = decodeOpen(message?.body ?? hex(""))
  assert.ok(reading.ok)
  const graceful = reading.value.capabilities.find(({ kind }) => kind === "graceful-restart")
  assert.ok(graceful?.kind === "graceful-restart" && !graceful.restarting && graceful.families[0]?.forwarding === true)
})

test("the identifier is the configured one, else the IPv4 address that the peer sees, else one of the interface, else the node's", () => {
  const six = { local: address("2001:db8::11"), remote: address("2001:db8::1") }
  assert.equal(ours({ routerId: 0x01020304 }).identifier, 0x01020304)
  assert.equal(ours().identifier, 0x0a00000b)
  assert.equal(ours({}, six).identifier, 7)
  const driver = new Driver()
  driver.do({ kind: "addresses", addresses: { IPv4: address("192.0.2.7"), IPv6: undefined } })
  driver.do({ kind: "start" })
  driver.connected("out-1", six)
  const reading = decodeOpen(driver.sent("out-1")[0]?.body ?? hex(""))
  assert.equal(reading.ok && reading.value.identifier, 0xc0000207)
})

test("a node's own identifier is MetalLB's: the CRC-32 of its name, its bytes turned round", () => {
  const dotted = (id: number) => [24, 16, 8, 0].map(shift => (id >>> shift) & 255).join(".")
  assert.equal(dotted(nodeIdOf(crc32("node-1"))), "95.28.242.19")
  assert.equal(nodeIdOf(0), 1)
})

test("what both sides can is agreed on, and what one of them can is not", () => {
  const agreed = (capabilities: readonly Capability[], settings: Partial<SessionSettings> = {}) => {
    const driver = new Driver(settings)
    driver.establish(openOf({ capabilities }))
    const { main } = driver.session
    assert.ok(main.state === "Established")
    return main.agreed
  }
  const all = agreed([
    ipv4,
    { kind: "route-refresh" },
    { kind: "enhanced-route-refresh" },
    { kind: "extended-message" },
    { kind: "graceful-restart", restarting: false, notification: true, time: 60, families: [] },
    fourOctet(64513),
  ])
  assert.deepEqual(
    [all.wire.fourOctet, all.routeRefresh, all.enhancedRefresh, all.extendedMessages.toPeer, all.gracefulRestart],
    [true, true, true, true, undefined],
    "graceful restart is turned off here",
  )
  const none = agreed([])
  assert.deepEqual(
    [none.wire.fourOctet, none.routeRefresh, none.enhancedRefresh, none.extendedMessages.toPeer, none.wire.families],
    [false, false, false, false, ["IPv4"]],
  )
  const graceful = { kind: "graceful-restart", restarting: false, time: 60, families: [] } as const
  const on = { gracefulRestart: true }
  assert.equal(agreed([ipv4, { ...graceful, notification: true }], on).keptOverNotification, true)
  assert.equal(agreed([ipv4, { ...graceful, notification: false }], on).keptOverNotification, false)
  const twice = agreed([ipv4, { ...graceful, notification: true }, { ...graceful, notification: false, time: 9 }], on)
  assert.equal(twice.gracefulRestart?.time, 9, "of two the last counts (RFC 4724 section 3)")
})

test("each direction has its own limit: who announced to take long messages takes them, whatever the peer announced (RFC 8654)", () => {
  const announced = Array.from({ length: 1200 }, (_, at) => cidr(`10.${at >> 8}.${at & 255}.0/24`))
  const attributes = { origin: 0 as const, asPath: [], nextHop: address("10.0.0.1") }
  const long = encodeUpdate({ withdrawn: [], attributes, announced }, out4.wire)
  assert.ok(long.length > 4096)
  const driver = new Driver()
  driver.establish(openOf())
  driver.hear("out-1", long)
  const { main } = driver.session
  assert.ok(main.state === "Established", driver.reason)
  assert.equal(main.learned.announced, 1200)
  assert.equal(main.agreed.extendedMessages.toPeer, false, "it said nothing of taking them itself")

  const plain = new Driver()
  plain.session = { ...plain.session, plain: true }
  plain.establish(openOf({ capabilities: [{ kind: "extended-message" }] }))
  assert.ok(plain.session.main.state === "Established" && plain.session.main.agreed.extendedMessages.toPeer)
  plain.hear("out-1", long)
  assert.equal(plain.said("out-1"), "notification 1/2", "this side announced nothing")
})

test("of what a peer can, that is in force which this side said too", () => {
  const agreed = (capabilities: readonly Capability[], settings: Partial<SessionSettings> = {}, ends = {}) => {
    const driver = new Driver(settings)
    driver.do({ kind: "start" })
    driver.connected("out-1", ends)
    driver.hear("out-1", encodeOpen(openOf({ capabilities })), encodeKeepalive())
    assert.ok(driver.session.main.state === "Established", driver.reason)
    return driver.session.main.agreed.common
  }
  const graceful: Capability = {
    kind: "graceful-restart",
    restarting: false,
    notification: true,
    time: 60,
    families: [],
  }
  const addPath: Capability = { kind: "other", code: 69, value: hex("") }
  const offered: readonly Capability[] = [ipv4, ipv6, { kind: "route-refresh" }, graceful, fourOctet(64513), addPath]
  assert.deepEqual(agreed(offered), [ipv4, { kind: "route-refresh" }, fourOctet(64513)])
  assert.deepEqual(agreed(offered, { families: ["IPv4", "IPv6"], gracefulRestart: true }), [
    ipv4,
    ipv6,
    { kind: "route-refresh" },
    graceful,
    fourOctet(64513),
  ])
  const hop = (afi: number, safi: number) => ({ family: { afi, safi }, nextHop: 2 })
  const six = { local: address("2001:db8::11"), remote: address("2001:db8::1") }
  const hops: Capability = { kind: "extended-next-hop", entries: [hop(1, 1), hop(1, 128)] }
  assert.deepEqual(agreed([ipv4, ipv6, hops], { families: ["IPv4", "IPv6"] }, six).at(-1), {
    ...hops,
    entries: [hop(1, 1)],
  })
  assert.deepEqual(agreed([ipv4, ipv6, { ...hops, entries: [hop(1, 128)] }], { families: ["IPv4", "IPv6"] }, six), [
    ipv4,
    ipv6,
  ])
})

test("a peer that does not know optional parameters gets an OPEN without any, until the session was up", () => {
  const driver = new Driver()
  driver.do({ kind: "start" })
  driver.connected("out-1")
  driver.hear("out-1", encodeMessage("notification", hex("0204")))
  driver.pass(2_000)
  driver.connected("out-2")
  const reading = decodeOpen(driver.sent("out-2")[0]?.body ?? hex(""))
  assert.deepEqual(reading.ok && reading.value.capabilities, [])
  driver.hear("out-2", encodeOpen(openOf({ capabilities: [] })), encodeKeepalive())
  assert.equal(driver.state, "Established")
  driver.closed("out-2")
  driver.pass(2_000)
  driver.connected("out-3")
  const again = decodeOpen(driver.sent("out-3")[0]?.body ?? hex(""))
  assert.ok(again.ok && again.value.capabilities.length > 0)
})

test("what only optional parameters can say is not given up", () => {
  const driver = new Driver({ asn: 4200000000 })
  driver.do({ kind: "start" })
  driver.connected("out-1")
  driver.hear("out-1", encodeMessage("notification", hex("0204")))
  assert.equal(driver.session.plain, false)
})
