import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { valuesOf } from "../../../agent/core/bgp/rib/buckets.ts"
import type { Route } from "../../../agent/core/bgp/rib/route.ts"
import type { SessionSettings } from "../../../agent/core/bgp/session/settings.ts"
import { formatCidr } from "../../../agent/core/ip/cidr.ts"
import { address } from "../../unit/allocate/fixtures.ts"
import { cidr } from "../../unit/bgp/bytes.ts"
import { route } from "../../unit/bgp/rib/fixtures.ts"
import { settingsWith } from "../../unit/bgp/session/fixtures.ts"
import { type Random, seeded } from "../ownership/random.ts"
import { BgpNetwork, type Speaker } from "./network.ts"

const left = address("10.0.0.11")
const right = address("10.0.0.1")

const network = (
  seed: number,
  ours: Partial<SessionSettings> = {},
  theirs: Partial<SessionSettings> = {},
): BgpNetwork => {
  const both = { holdTime: 9, ...ours }
  const mirror: Partial<SessionSettings> = {
    ...both,
    asn: 64513,
    remote: { kind: "as", asn: 64512 },
    endpoint: { kind: "address", address: left },
    ...theirs,
  }
  const made = new BgpNetwork(
    [
      { address: left, settings: settingsWith(both) },
      { address: right, settings: settingsWith(mirror) },
    ],
    seeded(seed),
  )
  for (const speaker of made.speakers) made.tell(speaker, { kind: "start" })
  return made
}

const states = ({ speakers }: BgpNetwork) => speakers.map(({ session }) => session.main.state).join(" ")

const wanted = ({ session }: Speaker): ReadonlyMap<string, string> =>
  new Map(
    [...valuesOf(session.ribs.IPv4.wanted)].map(({ prefix, attributes }) => [
      formatCidr(prefix),
      JSON.stringify([attributes.med ?? null, attributes.communities]),
    ]),
  )

const assertAgree = (made: BgpNetwork, what: string): void => {
  const [a, b] = made.speakers
  assert.equal(
    states(made),
    "Established Established",
    `${what}: ${a.changes.slice(-4).join("; ")} | ${b.changes.slice(-4).join("; ")}`,
  )
  assert.deepEqual([a.session.second, b.session.second], [undefined, undefined], what)
  assert.deepEqual(sorted(made.routesOf(b)), sorted(wanted(a)), what)
  assert.deepEqual(sorted(made.routesOf(a)), sorted(wanted(b)), what)
}

const sorted = (map: ReadonlyMap<string, string>) => [...map].sort(([x], [y]) => (x < y ? -1 : 1))

describe("two speakers", () => {
  it("that both connect end with one session, whoever is faster", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const made = network(seed)
      made.run(5_000)
      assertAgree(made, `seed ${seed}`)
      const ends = made.speakers.map(({ ends }) => ends.size)
      assert.deepEqual(ends, [1, 1], `seed ${seed}: one connection a peer`)
    }
  })

  it("of which one is passive, or waits with its OPEN, have a session as well", () => {
    for (const [ours, theirs] of [
      [{}, { connects: false }],
      [{ accepts: false }, { accepts: true, connects: false }],
      [{ delayOpen: 2_000 }, {}],
      [{ delayOpen: 2_000 }, { delayOpen: 3_000 }],
      [
        { delayOpen: 2_000, connects: false },
        { delayOpen: 500, connects: true },
      ],
    ] as const) {
      for (let seed = 1; seed <= 20; seed += 1) {
        const made = network(seed, ours, theirs)
        made.run(20_000)
        assertAgree(made, `${JSON.stringify([ours, theirs])} seed ${seed}`)
      }
    }
  })

  it("stay up for hours with nothing but keepalives", () => {
    const made = network(7)
    made.run(6 * 3_600_000)
    assertAgree(made, "after six hours")
    assert.ok(made.speakers.every(({ session }) => session.counters.established === 1))
    const { sent } = made.speakers[0].session.counters
    assert.ok(sent.keepalive > 7_000 && sent.keepalive < 10_000, `${sent.keepalive} in six hours at a hold time of 9 s`)
    assert.equal(sent.update, 0)
  })

  it("notice a cut cable after the hold time and are back within seconds when it is mended", () => {
    const made = network(3)
    made.run(5_000)
    made.cut()
    made.run(9_100)
    assert.doesNotMatch(states(made), /Established/)
    made.run(60_000)
    made.mend()
    made.run(15_000)
    assertAgree(made, "mended")
  })

  it("agree on the routes after any sequence of changes, cuts, resets, restarts and new settings", () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = seeded(seed)
      const gracefulRestart = random.chance(0.5)
      const made = network(seed, { gracefulRestart, advertisementInterval: random.pick([0, 0, 500]) })
      for (let at = 0; at < 60; at += 1) {
        disturb(made, random)
        made.run(random.pick([0, 1, 10, 100, 1_000, 5_000, 20_000]))
      }
      made.mend()
      for (const speaker of made.speakers) made.tell(speaker, { kind: "start" })
      // The longest damping, and the attempt after it.
      made.run(300_000)
      assertAgree(made, `seed ${seed}`)
    }
  })
})

const disturb = (made: BgpNetwork, random: Random): void => {
  const speaker = random.pick(made.speakers)
  const prefix = () => `10.1.0.${random.between(1, 20)}/32`
  const routes = (): Route[] => [route(prefix(), { med: random.between(0, 2), communities: random.pick([[], [1]]) })]
  const { settings } = speaker.session
  switch (random.between(0, 12)) {
    case 0:
      made.cut()
      break
    case 1:
    case 2:
      made.mend()
      break
    case 3:
      made.tell(speaker, { kind: "reset", text: "" })
      break
    case 4:
      made.restart(speaker, true)
      break
    case 5:
      made.tell(speaker, { kind: "configure", settings: { ...settings, holdTime: random.pick([3, 9, 90]) } })
      break
    case 6:
      made.tell(speaker, {
        kind: "stop",
        stop: random.pick([{ kind: "leave" }, { kind: "removed" }, { kind: "shutdown", text: "x" }] as const),
      })
      break
    case 7:
      made.tell(speaker, { kind: "start" })
      break
    case 8:
      made.tell(speaker, { kind: "bfd-down" })
      break
    case 9:
      made.tell(speaker, { kind: "routes", set: [], gone: [cidr(prefix())] })
      break
    case 10:
      made.tell(speaker, { kind: "table", routes: routes() })
      break
    default:
      made.tell(speaker, { kind: "routes", set: routes(), gone: [] })
  }
}
