import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { serialize } from "node:v8"
import { linkOf } from "../../../agent/core/bgp/session/lane.ts"
import { encodeUpdate } from "../../../agent/core/bgp/wire/encode-update.ts"
import { encodeMessage } from "../../../agent/core/bgp/wire/message.ts"
import { encodeOpen } from "../../../agent/core/bgp/wire/open.ts"
import { encodeRouteRefresh } from "../../../agent/core/bgp/wire/refresh.ts"
import { address } from "../../unit/allocate/fixtures.ts"
import { hex } from "../../unit/bgp/bytes.ts"
import { out4, route } from "../../unit/bgp/rib/fixtures.ts"
import { Driver, openOf } from "../../unit/bgp/session/fixtures.ts"
import { seeded } from "../ownership/random.ts"

/** Bytes that the state of a session takes, whatever the peer did. */
const sizeOf = (driver: Driver): number => serialize(driver.session).length
const bufferOf = (driver: Driver): number => linkOf(driver.session.main)?.framer.store.bytes.length ?? 0
/** Two of the longest messages, while one grows into the other. */
const largest = 2 * 65_535 + 20_000

const established = (): Driver => {
  const driver = new Driver()
  driver.do({ kind: "routes", set: [route("10.1.0.1/32")], gone: [] })
  driver.establish(openOf({ capabilities: [...openOf().capabilities, { kind: "extended-message" }] }))
  driver.sent("out-1")
  return driver
}

/** Our OPEN is sent, the peer's is waited for. */
const opened = (): Driver => {
  const driver = new Driver()
  driver.do({ kind: "start" })
  driver.connected("out-1")
  driver.sent("out-1")
  return driver
}

const table = (from: number, count: number): Uint8Array =>
  encodeUpdate(
    {
      withdrawn: [],
      attributes: { origin: 0, asPath: [{ kind: "sequence", asns: [64513] }], nextHop: address("10.0.0.1") },
      announced: Array.from({ length: count }, (_, at) => ({
        base: { family: "IPv4", value: BigInt(0x14000000 + (from + at) * 256) },
        length: 24,
      })),
    },
    out4.wire,
  )

describe("a hostile peer", () => {
  it("that sends random bytes is told what is wrong with the first of them", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = seeded(seed)
      const driver = random.chance(0.5) ? established() : opened()
      const junk = Uint8Array.from({ length: random.between(1, 3_000) }, () => random.between(0, 255))
      driver.hear("out-1", junk)
      assert.equal(driver.said("out-1"), "notification 1/1", `seed ${seed}`)
      assert.equal(driver.state, "Idle")
    }
  })

  it("that sends valid headers with random bodies never gets anything but an error or silence", () => {
    const codes = new Map<string, number>()
    for (let seed = 1; seed <= 3_000; seed += 1) {
      const random = seeded(seed)
      const driver = established()
      const type = random.pick(["open", "update", "notification", "keepalive", "route-refresh"] as const)
      const body = Uint8Array.from({ length: random.pick([0, 1, 4, 10, 30, 200]) }, () =>
        random.pick([0, 0, 1, 2, 4, 0x40, 0x80, 255, random.between(0, 255)]),
      )
      driver.hear("out-1", encodeMessage(type, body))
      const said = driver.said("out-1")
      codes.set(said, (codes.get(said) ?? 0) + 1)
      assert.match(said, /^(|notification (1\/2|3\/\d+|5\/3|7\/1))$/, `seed ${seed}: ${type}`)
      assert.ok(sizeOf(driver) < 20_000)
    }
    assert.ok(codes.size >= 6, `only ${[...codes.keys()].join(", ")}`)
  })

  it("that sends a message of the wrong length is told so before the body comes", () => {
    for (const [header, wanted] of [
      ["m 0012 02", "notification 1/2"],
      ["m ffff 04", "notification 1/2"],
      ["m 1001 01", "notification 1/2"],
      ["m 0014 04", "notification 1/2"],
      ["m 0017 06", "notification 1/3"],
    ] as const) {
      const driver = established()
      driver.hear("out-1", hex(header))
      assert.equal(driver.said("out-1"), wanted, header)
    }
  })

  it("that sends the longest message byte by byte, and never its end, costs one buffer and the hold time", () => {
    const driver = established()
    driver.hear("out-1", hex("m ffff 02"))
    const began = driver.now
    for (let at = 0; at < 65_000 && driver.state === "Established"; at += 1) {
      driver.hear("out-1", Uint8Array.of(0))
      if (at % 1_000 === 0) {
        driver.pass(1_000)
        assert.ok(bufferOf(driver) <= largest, `${bufferOf(driver)} bytes`)
      }
    }
    driver.pass(90_000)
    assert.match(driver.said("out-1"), /notification 4\/0$/)
    assert.ok(driver.now - began < 200_000)
  })

  it("that sends a million routes is cut off at the limit", () => {
    const driver = established()
    let sent = 0
    while (driver.state === "Established" && sent < 1_000_000) {
      driver.hear("out-1", table(sent, 1_000))
      sent += 1_000
      driver.pass(1)
    }
    assert.equal(driver.said("out-1"), "notification 6/1")
    assert.equal(sent, 101_000)
    assert.ok(sizeOf(driver) < 20_000, `${sizeOf(driver)} bytes`)
    assert.equal(driver.session.last?.explained.reason, "ML443")
  })

  it("whose million routes are allowed leaves nothing in memory but their number", () => {
    const driver = new Driver({ maxPrefixes: 0 })
    driver.establish()
    const before = sizeOf(driver)
    for (let sent = 0; sent < 1_000_000; sent += 1_000) driver.hear("out-1", table(sent, 1_000))
    assert.ok(driver.session.main.state === "Established")
    assert.equal(driver.session.main.learned.announced, 1_000_000)
    assert.ok(sizeOf(driver) < before + 10_000, `${sizeOf(driver)} bytes after ${before}`)
  })

  it("that asks for all routes without end, and reads none, fills no buffer", () => {
    const driver = established()
    driver.do({
      kind: "table",
      routes: Array.from({ length: 5_000 }, (_, at) => route(`10.${at >> 8}.${at & 255}.1/32`)),
    })
    driver.do({ kind: "congested", connection: "out-1" })
    driver.sent("out-1")
    const ask = encodeRouteRefresh({ subtype: "request", family: { afi: 1, safi: 1 } })
    for (let at = 0; at < 10_000; at += 1) driver.hear("out-1", ask)
    assert.equal(driver.said("out-1"), "")
  })

  it("that connects, is refused and connects again is held off ever longer, and each reason is told", () => {
    const driver = new Driver({ accepts: true })
    driver.do({ kind: "start" })
    const wrong = encodeOpen(openOf({ asn: 64999, capabilities: [] }))
    let attempts = 0
    const end = 3_600_000
    while (driver.now < end) {
      if (driver.state === "Connect") {
        const connection = `out-${driver.session.dials}`
        driver.connected(connection)
        driver.hear(connection, wrong)
        assert.match(driver.said(connection), /notification 2\/2$/)
        attempts += 1
      }
      driver.pass(100)
    }
    assert.ok(attempts > 30 && attempts < 60, `${attempts} in an hour`)
    assert.equal(driver.reason, "ML444")
  })
})
