import assert from "node:assert/strict"
import { test } from "node:test"
import { encodeKeepalive } from "../../../../agent/core/bgp/wire/message.ts"
import { decodeNotification, shutdownText } from "../../../../agent/core/bgp/wire/notification.ts"
import { encodeOpen } from "../../../../agent/core/bgp/wire/open.ts"
import { address } from "../../allocate/fixtures.ts"
import { route } from "../rib/fixtures.ts"
import { Driver, openOf, router } from "./fixtures.ts"

test("a stop says why, with the operator's words, and the session rests until it is started", () => {
  const driver = new Driver()
  driver.establish()
  driver.do({ kind: "stop", stop: { kind: "shutdown", text: "node goes at noon" } })
  const [message] = driver.sent("out-1")
  assert.equal(shutdownText(decodeNotification(message?.body ?? new Uint8Array(2))), "node goes at noon")
  assert.deepEqual(
    [driver.state, driver.reason, driver.wakeAt, driver.acts],
    ["Idle", "ML421", undefined, ["close out-1 flush"]],
  )
  driver.accepted("in-1")
  assert.deepEqual(driver.acts, ["close in-1 abort"])
  driver.do({ kind: "start" })
  assert.equal(driver.state, "Connect")
})

test("a stop ends what is under way in every state, both connections and the damping", () => {
  const driver = new Driver()
  driver.do({ kind: "start" })
  driver.accepted("in-1")
  driver.said("in-1")
  driver.do({ kind: "stop", stop: { kind: "removed" } })
  assert.deepEqual([driver.said("in-1"), driver.state, driver.session.second], ["notification 6/3", "Idle", undefined])
  assert.ok(driver.acts.includes("close out-1 abort"))
  const damped = new Driver()
  damped.establish()
  damped.closed("out-1")
  damped.do({ kind: "stop", stop: { kind: "removed" } })
  assert.deepEqual([damped.wakeAt, damped.reason], [undefined, "ML421"])
})

test("a reset begins the session again at once, undamped, and is no loss", () => {
  const driver = new Driver()
  driver.establish()
  driver.do({ kind: "reset", text: "" })
  assert.deepEqual([driver.said("out-1"), driver.state, driver.session.losses], ["notification 6/4", "Connect", 0])
  const off = new Driver()
  off.do({ kind: "reset", text: "" })
  assert.deepEqual([off.state, off.reason], ["Idle", "ML421"], "one that is off stays off")
})

test("other settings are a new session at once; the same ones change nothing; the routes stay wanted", () => {
  const driver = new Driver()
  driver.establish()
  driver.do({ kind: "routes", set: [route("10.1.0.1/32")], gone: [] })
  driver.said("out-1")
  driver.do({ kind: "configure", settings: structuredClone(driver.session.settings) })
  assert.deepEqual([driver.effects, driver.state], [[], "Established"])
  const password = { from: "secret", name: "bgp", revision: "2" } as const
  driver.do({ kind: "configure", settings: { ...driver.session.settings, password } })
  assert.equal(driver.said("out-1"), "notification 6/6")
  assert.deepEqual([driver.state, driver.acts], ["Connect", ["close out-1 flush", "dial out-2"]])
  driver.connected("out-2")
  driver.hear("out-2", encodeOpen(openOf()), encodeKeepalive())
  assert.match(driver.said("out-2"), /update/)
})

test("new settings and another place are told as the reason, whether the session was up or not", () => {
  const reasons = (driver: Driver) =>
    driver.effects.flatMap(effect =>
      effect.kind === "changed" ? [`${effect.from} ${effect.to} ${effect.reason}`] : [],
    )
  const up = new Driver()
  up.establish()
  up.do({ kind: "configure", settings: { ...up.session.settings, holdTime: 30 } })
  assert.deepEqual(reasons(up), ["Established Idle ML447", "Idle Connect ML422"])
  const moved = unnumbered()
  moved.do({ kind: "start" })
  moved.do({ kind: "place", place })
  moved.connected("out-1", { local: address("fe80::11"), remote: place.address })
  moved.do({ kind: "place", place: { ...place, device: "eth2" } })
  assert.deepEqual(reasons(moved), ["OpenSent Idle ML447", "Idle Connect ML422"])
})

test("new settings are tried at once, whatever the damping was waiting for", () => {
  const driver = new Driver()
  driver.establish()
  for (let loss = 0; loss < 3; loss += 1) {
    driver.closed(`out-${driver.session.dials}`)
    driver.pass(2_000)
    driver.connected(`out-${driver.session.dials}`)
    driver.hear(`out-${driver.session.dials}`, encodeOpen(openOf()), encodeKeepalive())
  }
  driver.closed(`out-${driver.session.dials}`)
  assert.equal(driver.reason, "ML444")
  driver.do({ kind: "configure", settings: { ...driver.session.settings, holdTime: 30 } })
  assert.deepEqual([driver.state, driver.session.losses], ["Connect", 0])
})

test("another address of the peer is where the next connection goes", () => {
  const driver = new Driver()
  driver.establish()
  const endpoint = { kind: "address", address: address("10.0.0.2") } as const
  driver.do({ kind: "configure", settings: { ...driver.session.settings, endpoint } })
  const dial = driver.effects.find(effect => effect.kind === "dial")
  assert.ok(dial?.kind === "dial" && dial.to.value === endpoint.address.value)
})

test("what a connection is opened with follows from the settings", () => {
  const plan = (changes: ConstructorParameters<typeof Driver>[0]) => {
    const driver = new Driver(changes)
    const [dial] = driver.do({ kind: "start" })
    assert.ok(dial?.kind === "dial")
    const { kind: _, connection: __, ...rest } = dial
    return rest
  }
  const plain = { to: router, port: 179, from: undefined, device: undefined, leastTtl: undefined, password: false }
  assert.deepEqual(plan({}), plain)
  assert.deepEqual(plan({ port: 1790, sourceAddress: address("10.9.9.9"), vrf: "red" }), {
    ...plain,
    port: 1790,
    from: address("10.9.9.9"),
    device: "red",
  })
  assert.equal(plan({ ttlSecurityHops: 1 }).leastTtl, 255)
  assert.equal(plan({ ttlSecurityHops: 255 }).leastTtl, 1)
  assert.equal(plan({ password: { from: "peer", revision: "" } }).password, true)
})

const unnumbered = () => new Driver({}, {}, { endpoint: { kind: "interface", name: "eth1" } })
const place = { address: address("fe80::1"), device: "eth1" }

test("an unnumbered peer is waited for until it is found on its link, and its link is part of where it is", () => {
  const driver = unnumbered()
  driver.do({ kind: "start" })
  assert.deepEqual([driver.state, driver.reason, driver.wakeAt, driver.acts], ["Idle", "ML446", undefined, []])
  driver.do({ kind: "place", place })
  const dial = driver.effects.find(effect => effect.kind === "dial")
  assert.ok(dial?.kind === "dial" && dial.device === "eth1" && dial.to.value === place.address.value)
  driver.connected("out-1", { local: address("fe80::11"), remote: place.address })
  const open = openOf({
    capabilities: [
      { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
      { kind: "multiprotocol", family: { afi: 2, safi: 1 } },
      { kind: "extended-next-hop", entries: [{ family: { afi: 1, safi: 1 }, nextHop: 2 }] },
      { kind: "four-octet-as", asn: 64513 },
    ],
  })
  driver.hear("out-1", encodeOpen(open), encodeKeepalive())
  assert.equal(driver.state, "Established")
  assert.ok(driver.session.main.state === "Established")
  assert.deepEqual(driver.session.main.agreed.wire.extendedNextHop, ["IPv4"])
})

test("a link-local peer is found in the same way", () => {
  const driver = new Driver({}, {}, { endpoint: { kind: "address", address: address("fe80::1") } })
  driver.do({ kind: "start" })
  assert.equal(driver.reason, "ML461", "no router advertisement is waited for")
  assert.equal(driver.session.why.facts["where"], "this node")
  driver.do({ kind: "place", place })
  assert.equal(driver.state, "Connect")
})

test("a peer that is gone ends the attempts, not the session; one that is elsewhere ends the session", () => {
  const trying = unnumbered()
  trying.do({ kind: "start" })
  trying.do({ kind: "place", place })
  trying.do({ kind: "place", place: undefined })
  assert.deepEqual([trying.state, trying.reason], ["Idle", "ML446"])
  assert.ok(trying.acts.includes("close out-1 abort"))

  const driver = unnumbered()
  driver.do({ kind: "start" })
  driver.do({ kind: "place", place })
  driver.connected("out-1", { local: address("fe80::11"), remote: place.address })
  driver.do({ kind: "place", place: undefined })
  assert.equal(driver.state, "OpenSent")
  driver.do({ kind: "place", place: { ...place, address: address("fe80::2") } })
  assert.deepEqual([driver.state, driver.acts], ["Connect", ["close out-1 flush", "dial out-2"]])
})

test("a place means nothing to a peer whose address is written", () => {
  const driver = new Driver()
  driver.establish()
  driver.do({ kind: "place", place })
  assert.deepEqual([driver.state, driver.effects], ["Established", []])
})

test("BFD that loses the peer ends the established session at once, and no other", () => {
  const driver = new Driver()
  driver.establish()
  driver.do({ kind: "bfd-down" })
  assert.equal(driver.said("out-1"), "notification 6/10")
  assert.deepEqual([driver.state, driver.session.last?.explained.reason, driver.session.losses], ["Idle", "ML445", 1])
  const trying = new Driver()
  trying.do({ kind: "start" })
  trying.do({ kind: "bfd-down" })
  assert.equal(trying.state, "Connect")
})
