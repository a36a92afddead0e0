import assert from "node:assert/strict"
import { test } from "node:test"
import type { Outbound } from "../../../../agent/core/bgp/rib/outbound.ts"
import { sessionReport } from "../../../../agent/core/bgp/session/report.ts"
import type { SessionSettings } from "../../../../agent/core/bgp/session/settings.ts"
import type { Capability } from "../../../../agent/core/bgp/wire/capability.ts"
import { encodeKeepalive, type Message } from "../../../../agent/core/bgp/wire/message.ts"
import { encodeOpen } from "../../../../agent/core/bgp/wire/open.ts"
import { encodeRouteRefresh } from "../../../../agent/core/bgp/wire/refresh.ts"
import { formatAddress } from "../../../../agent/core/ip/format.ts"
import { address } from "../../allocate/fixtures.ts"
import { cidr } from "../bytes.ts"
import { out4, out6, read, route, told } from "../rib/fixtures.ts"
import { Driver, fourOctet, ipv4, ipv6, openOf } from "./fixtures.ts"

const whole = ({ body }: Message): Uint8Array => Uint8Array.from([...new Uint8Array(19), ...body])
const updates = (driver: Driver, out: Outbound = out4): readonly string[] =>
  driver.sent("out-1").flatMap(message => (message.type === "update" ? [told(whole(message), out)] : []))
/** "update", "begin 1", "end 1". */
const order = (driver: Driver): readonly string[] =>
  driver.sent("out-1").map(({ type, body }) => {
    if (type !== "route-refresh") return type
    return `${body[2] === 1 ? "begin" : body[2] === 2 ? "end" : "request"} ${body[1]}`
  })
const up = (
  settings: Partial<SessionSettings> = {},
  capabilities: readonly Capability[] = openOf().capabilities,
): Driver => {
  const driver = new Driver(settings)
  driver.establish(openOf({ capabilities }))
  return driver
}
const set = (driver: Driver, ...prefixes: readonly string[]) =>
  driver.do({ kind: "routes", set: prefixes.map(prefix => route(prefix)), gone: [] })

test("routes that were wanted before the session are told when it is established, and changes at once from then on", () => {
  const driver = new Driver()
  driver.do({ kind: "table", routes: [route("10.1.0.1/32"), route("10.1.0.2/32")] })
  driver.do({ kind: "start" })
  driver.connected("out-1")
  driver.hear("out-1", encodeOpen(openOf()), encodeKeepalive())
  assert.deepEqual(updates(driver), ["+10.1.0.1/32 +10.1.0.2/32"])
  set(driver, "10.1.0.3/32")
  assert.deepEqual(updates(driver), ["+10.1.0.3/32"])
  driver.do({ kind: "routes", set: [], gone: [cidr("10.1.0.1/32")] })
  assert.deepEqual(updates(driver), ["-10.1.0.1/32"])
  driver.do({ kind: "table", routes: [route("10.1.0.3/32"), route("10.1.0.4/32")] })
  assert.deepEqual(updates(driver), ["+10.1.0.4/32", "-10.1.0.2/32"])
})

test("each session begins from nothing: all routes are told again", () => {
  const driver = up()
  set(driver, "10.1.0.1/32")
  driver.closed("out-1")
  assert.equal(driver.session.ribs.IPv4.told.size, 0)
  driver.pass(0)
  driver.connected("out-2")
  driver.hear("out-2", encodeOpen(openOf()), encodeKeepalive())
  assert.match(driver.said("out-2"), /update/)
})

test("what comes and goes while there is no session leaves nothing behind", () => {
  const driver = new Driver()
  for (let at = 0; at < 1000; at += 1) {
    const prefix = `10.2.${at >> 8}.${at & 255}/32`
    set(driver, prefix)
    driver.do({ kind: "routes", set: [], gone: [cidr(prefix)] })
  }
  const { wanted, dirty, told: known } = driver.session.ribs.IPv4
  assert.deepEqual([wanted.size, dirty.size, known.size], [0, 0, 0])
})

test("a step hands at most 64 kB of routes to the socket and asks to go on at once", () => {
  const driver = up({ families: ["IPv4", "IPv6"] }, [ipv4, ipv6, fourOctet(64513)])
  driver.do({ kind: "addresses", addresses: { IPv4: undefined, IPv6: address("2001:db8::11") } })
  const many = Array.from({ length: 10_000 }, (_, at) => route(`2001:db8:1::${at.toString(16)}/128`))
  driver.do({ kind: "table", routes: many })
  const bytes = () =>
    driver.effects.reduce((sum, effect) => sum + (effect.kind === "send" ? effect.bytes.length : 0), 0)
  assert.ok(bytes() > 60_000 && bytes() < 70_000, `${bytes()}`)
  assert.equal(driver.wakeAt, driver.now)
  let steps = 1
  while (driver.wakeAt === driver.now) {
    driver.do({ kind: "tick" })
    steps += 1
  }
  assert.equal(steps, 3)
  assert.equal(updates(driver, out6).flatMap(line => line.split(" ")).length, 10_000)
})

test("a full socket gets no more routes until it has drained; keepalives go on", () => {
  const driver = up()
  driver.do({ kind: "congested", connection: "out-1" })
  set(driver, "10.1.0.1/32")
  driver.pass(30_000)
  assert.deepEqual(order(driver), ["keepalive"])
  driver.do({ kind: "routes", set: [route("10.1.0.2/32")], gone: [cidr("10.1.0.1/32")] })
  driver.do({ kind: "drained", connection: "out-1" })
  assert.deepEqual(updates(driver), ["+10.1.0.2/32"], "what came and went meanwhile is not told")
})

test("a peer that takes nothing for eight minutes is given up (RFC 9687)", () => {
  const driver = up({ holdTime: 0 })
  driver.do({ kind: "congested", connection: "out-1" })
  driver.pass(479_999)
  driver.do({ kind: "congested", connection: "out-1" })
  assert.equal(driver.state, "Established")
  driver.pass(1)
  assert.equal(driver.said("out-1"), "notification 8/0")
  assert.equal(driver.session.last?.explained.reason, "ML449")
})

test("an update restarts the keepalive timer", () => {
  const driver = up()
  driver.pass(20_000)
  set(driver, "10.1.0.1/32")
  driver.sent("out-1")
  driver.pass(22_000)
  assert.deepEqual(order(driver), [], "not 30 s after the last keepalive")
  driver.pass(8_500)
  assert.deepEqual(order(driver), ["keepalive"])
})

test("an advertisement interval keeps updates apart, and the last state of a route is what is told", () => {
  const driver = up({ advertisementInterval: 5_000 })
  set(driver, "10.1.0.1/32")
  assert.equal(updates(driver).length, 1)
  driver.do({ kind: "routes", set: [route("10.1.0.1/32", { med: 1 })], gone: [] })
  driver.do({ kind: "routes", set: [route("10.1.0.1/32", { med: 2 }), route("10.1.0.2/32", { med: 2 })], gone: [] })
  assert.deepEqual(updates(driver), [])
  const wait = (driver.wakeAt ?? 0) - driver.now
  assert.ok(wait >= 3_750 && wait <= 5_000)
  driver.pass(wait)
  const [message, ...others] = driver.sent("out-1")
  assert.ok(message !== undefined && others.length === 0)
  assert.equal(read(whole(message), out4).attributes.med, 2)
})

const refresh = (afi: number) => encodeRouteRefresh({ subtype: "request", family: { afi, safi: 1 } })

test("a request for all routes is answered with all of them", () => {
  const driver = up()
  set(driver, "10.1.0.1/32", "10.1.0.2/32")
  driver.sent("out-1")
  driver.hear("out-1", refresh(1))
  assert.deepEqual(updates(driver), ["+10.1.0.1/32 +10.1.0.2/32"])
  driver.pass(5_000)
  driver.hear("out-1", refresh(2))
  assert.deepEqual(order(driver), [], "of a family that was not agreed on")
})

test("a peer that knows the markers gets begin and end around them (RFC 7313)", () => {
  const enhanced = [...openOf().capabilities, { kind: "enhanced-route-refresh" } as const]
  const driver = up({}, enhanced)
  set(driver, "10.1.0.1/32")
  driver.sent("out-1")
  driver.hear("out-1", refresh(1))
  assert.deepEqual(order(driver), ["begin 1", "update", "end 1"])
  driver.pass(1_000)
  driver.do({ kind: "congested", connection: "out-1" })
  driver.hear("out-1", refresh(1))
  driver.do({ kind: "routes", set: [], gone: [cidr("10.1.0.1/32")] })
  driver.do({ kind: "drained", connection: "out-1" })
  assert.deepEqual(order(driver), ["begin 1", "update", "end 1"])
})

test("requests without end are answered once a second", () => {
  const driver = up()
  set(driver, "10.1.0.1/32")
  driver.sent("out-1")
  for (let at = 0; at < 100; at += 1) driver.hear("out-1", refresh(1))
  assert.equal(updates(driver).length, 1)
  driver.pass(999)
  assert.equal(updates(driver).length, 0)
  driver.pass(1)
  assert.equal(updates(driver).length, 1)
  driver.pass(10_000)
  assert.equal(updates(driver).length, 0)
})

test("a request that comes before End-of-RIB is answered after it", () => {
  const graceful = { kind: "graceful-restart", restarting: false, notification: true, time: 60, families: [] } as const
  const driver = up({ gracefulRestart: true }, [...openOf().capabilities, graceful, { kind: "enhanced-route-refresh" }])
  set(driver, "10.1.0.1/32")
  driver.hear("out-1", refresh(1))
  assert.deepEqual(order(driver), ["update"])
  driver.do({ kind: "complete" })
  driver.pass(0)
  assert.deepEqual(order(driver), ["update", "begin 1", "update", "end 1"])
})

test("routes of both families go over one session, each with its next hop", () => {
  const driver = up({ families: ["IPv4", "IPv6"] }, [ipv4, ipv6, fourOctet(64513)])
  driver.do({ kind: "addresses", addresses: { IPv4: undefined, IPv6: address("2001:db8::11") } })
  set(driver, "10.1.0.1/32", "2001:db8:1::1/128")
  const hops = driver.sent("out-1").map(message => {
    const { attributes } = read(whole(message), out6)
    return formatAddress(attributes.nextHop ?? attributes.reach?.nextHop ?? address("::"))
  })
  assert.deepEqual(hops, ["10.0.0.11", "2001:db8::11"])
})

test("without a next hop of its family a route waits, and goes when the address comes, changes with it, and ends with it", () => {
  const driver = up({ families: ["IPv4", "IPv6"] }, [ipv4, ipv6, fourOctet(64513)])
  set(driver, "2001:db8:1::1/128")
  assert.deepEqual(updates(driver, out6), [])
  const why = () => sessionReport(driver.session).up?.families.find(({ family }) => family === "IPv6")?.why?.reason
  assert.equal(why(), "ML456")
  const move = (to: string | undefined) =>
    driver.do({ kind: "addresses", addresses: { IPv4: undefined, IPv6: to === undefined ? undefined : address(to) } })
  move("2001:db8::11")
  assert.deepEqual([updates(driver, out6), why()], [["+2001:db8:1::1/128"], undefined])
  move("2001:db8::11")
  assert.deepEqual(updates(driver, out6), [])
  move("2001:db8::12")
  assert.deepEqual(updates(driver, out6), ["+2001:db8:1::1/128"])
  move(undefined)
  assert.deepEqual(updates(driver, out6), ["-2001:db8:1::1/128"])
  move("2001:db8::12")
  assert.deepEqual(updates(driver, out6), ["+2001:db8:1::1/128"])
})

test("a family without a next hop still gets its End-of-RIB, or the peer would keep old routes until its timer ends", () => {
  const graceful = { kind: "graceful-restart", restarting: false, notification: true, time: 60, families: [] } as const
  const driver = up({ families: ["IPv4", "IPv6"], gracefulRestart: true }, [ipv4, ipv6, fourOctet(64513), graceful])
  driver.do({ kind: "complete" })
  assert.equal(driver.sent("out-1").filter(({ type }) => type === "update").length, 2)
})

test("what a peer does not get is told with its reason", () => {
  const driver = up()
  const huge = route("10.1.0.9/32", { communities: Array.from({ length: 1020 }, (_, at) => at) })
  driver.do({ kind: "routes", set: [route("10.1.0.1/32"), huge, route("2001:db8:1::1/128")], gone: [] })
  const families = sessionReport(driver.session).up?.families.map(({ family, wanted, told: has, why }) => [
    family,
    wanted,
    has,
    why?.reason,
  ])
  assert.deepEqual(families, [
    ["IPv4", 2, 1, "ML457"],
    ["IPv6", 1, 0, "ML455"],
  ])
})

test("routes that wait for a full connection, or for their turn, say so", () => {
  const driver = up()
  const why = () => sessionReport(driver.session).up?.families[0]?.why
  set(driver, "10.1.0.1/32")
  assert.equal(why(), undefined)
  driver.do({ kind: "congested", connection: "out-1" })
  driver.do({ kind: "routes", set: [route("10.1.0.2/32"), route("10.1.0.3/32")], gone: [] })
  assert.deepEqual([why()?.reason, why()?.facts["count"]], ["ML458", 2])
  driver.do({ kind: "routes", set: [], gone: ["10.1.0.1/32", "10.1.0.2/32", "10.1.0.3/32"].map(cidr) })
  assert.deepEqual([why()?.reason, why()?.facts["count"]], ["ML458", 1], "a withdrawal that waits, too")
  driver.do({ kind: "drained", connection: "out-1" })
  assert.equal(why(), undefined)

  const paced = up({ advertisementInterval: 10_000 })
  set(paced, "10.1.0.1/32")
  set(paced, "10.1.0.2/32")
  const pending = sessionReport(paced.session).up?.families[0]
  assert.deepEqual([pending?.wanted, pending?.told, pending?.why?.reason], [2, 1, "ML460"])
  paced.pass(10_000)
  assert.equal(sessionReport(paced.session).up?.families[0]?.why, undefined)
})

test("a report is plain data that says who the peer is, what was agreed on, and how it goes", () => {
  const driver = up()
  set(driver, "10.1.0.1/32")
  const { up: established, state, peer } = sessionReport(driver.session)
  assert.ok(established !== undefined)
  const { asn, internal, identifier, peerIdentifier, holdTime, opener, congested } = established
  assert.deepEqual(
    [peer, state, asn, internal, holdTime, opener, congested],
    ["tor", "Established", 64513, false, 90, "us", false],
  )
  assert.deepEqual([identifier, peerIdentifier], [0x0a00000b, 0x0a000001])
  assert.equal(sessionReport(new Driver().session).up, undefined)
})
