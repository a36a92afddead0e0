import assert from "node:assert/strict"
import { test } from "node:test"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import {
  concludeRoute,
  holdFor,
  holdsOf,
  lookAtRoutes,
  type RouteChecks,
  type RouteHeld,
  routeChecksAtStart,
  routesToAsk,
  routesWakeAt,
  textOfRoute,
} from "../../../agent/core/probe/route-checks.ts"
import { address } from "../allocate/fixtures.ts"

const held = (text: string, more: Partial<RouteHeld> = {}): RouteHeld => ({
  address: address(text),
  asker: "n1",
  mine: false,
  tells: true,
  announced: false,
  reported: false,
  exempt: false,
  young: false,
  ...more,
})
const mine = { mine: true }
const free = { kind: "free", reason: "ML338" } as const
const conflict = { kind: "conflict", reason: "ML349" } as const
const unknown = { kind: "unknown", reason: "ML346" } as const

/** One speaker's view. */
class View {
  checks: RouteChecks = routeChecksAtStart
  released: readonly string[] = []

  /** What is held back after a look, and why. */
  look(now: number, ...all: readonly RouteHeld[]): string {
    const byText = new Map(all.map(one => [formatAddress(one.address), one]))
    const { next, released } = lookAtRoutes(this.checks, byText.keys(), text => byText.get(text), now)
    this.checks = next
    this.released = released.map(({ address: one, reason }) => `${formatAddress(one)} ${reason}`)
    return this.holds()
  }

  holds(): string {
    return [...holdsOf(this.checks)].map(([text, { reason }]) => `${text} ${reason}`).join(", ")
  }

  asks(now: number): string {
    return routesToAsk(this.checks, now).map(textOfRoute).join(" ")
  }

  conclude(now: number, text: string, verdict: Parameters<typeof concludeRoute>[2]): string {
    this.checks = concludeRoute(this.checks, text, verdict, now)
    return this.holds()
  }
}

/** One that has looked once and knows nothing new. */
const watching = (): View => {
  const view = new View()
  view.look(0)
  return view
}

test("what is there at the first look is told at once: a restart holds nothing back", () => {
  const view = new View()
  assert.equal(view.look(0, held("10.9.0.1"), held("10.9.0.2", mine)), "")
  assert.equal(view.look(1, held("10.9.0.1"), held("10.9.0.2", mine)), "")
  assert.equal(view.asks(1), "")
})

test("at the first look only what came with this pod, and what nobody announces, is new", () => {
  const view = new View()
  const young = { young: true }
  assert.equal(
    view.look(0, held("10.9.0.1", { ...young, ...mine }), held("10.9.0.2", { ...young, announced: true })),
    "10.9.0.1 ML416",
  )
})

test("one node asks and has it told when nobody answered; the others tell when they hear that it does", () => {
  const [asker, other] = [watching(), watching()]
  assert.equal(asker.look(10, held("10.9.0.1", mine)), "10.9.0.1 ML416")
  assert.equal(other.look(10, held("10.9.0.1")), "10.9.0.1 ML417")
  assert.deepEqual([asker.asks(10), other.asks(10)], ["10.9.0.1", ""])
  assert.equal(asker.conclude(1_010, "10.9.0.1", free), "")
  assert.equal(asker.look(1_010, held("10.9.0.1", mine)), "")
  assert.equal(other.look(1_100, held("10.9.0.1", { announced: true })), "")
  assert.deepEqual(other.released, ["10.9.0.1 ML419"])
  assert.equal(other.look(1_200, held("10.9.0.1")), "", "and it stays told")
})

test("what a node says of a service within the first second may be about an address that it had before", () => {
  const view = watching()
  assert.equal(view.look(10, held("10.9.0.1", { announced: true })), "10.9.0.1 ML417")
  assert.equal(routesWakeAt(view.checks, 10), 1_010)
  assert.equal(view.look(1_010, held("10.9.0.1", { announced: true })), "")
})

test("nobody waits longer than five seconds: then it is told, whoever was to ask, and that is a release to be counted", () => {
  const view = watching()
  view.look(10, held("10.9.0.1"))
  assert.equal(routesWakeAt(view.checks, 1_010), 10 + holdFor)
  assert.equal(view.look(3_000, held("10.9.0.1", { asker: "n2" })), "10.9.0.1 ML417")
  assert.equal(view.look(4_000, held("10.9.0.1", { asker: "n3", ...mine })), "10.9.0.1 ML416")
  assert.equal(view.look(10 + holdFor, held("10.9.0.1")), "")
  assert.deepEqual(view.released, ["10.9.0.1 ML418"])
})

test("a conflict holds the address back on every node, is asked for again after 5 s and less often later, and ends when nobody answers", () => {
  const [asker, other] = [watching(), watching()]
  asker.look(0, held("10.9.0.1", mine))
  other.look(0, held("10.9.0.1"))
  assert.equal(asker.conclude(1_000, "10.9.0.1", conflict), "10.9.0.1 ML349")
  assert.equal(other.look(1_200, held("10.9.0.1", { reported: true })), "10.9.0.1 ML349")
  assert.equal(other.look(60_000, held("10.9.0.1", { reported: true })), "10.9.0.1 ML349")
  assert.equal(routesWakeAt(other.checks, 60_000), undefined)
  assert.deepEqual([asker.asks(5_999), asker.asks(6_000)], ["", "10.9.0.1"])
  asker.conclude(6_000, "10.9.0.1", conflict)
  assert.equal(routesWakeAt(asker.checks, 6_000), 16_000)
  assert.equal(asker.look(20_000, held("10.9.0.1", { ...mine, reported: true })), "10.9.0.1 ML349")
  assert.equal(asker.conclude(20_000, "10.9.0.1", free), "")
  assert.equal(other.look(60_100, held("10.9.0.1")), "", "the report was taken back")
})

test("the node that comes next takes a reported conflict up, and what it cannot ask for stays as it was", () => {
  const view = watching()
  view.look(0, held("10.9.0.1", { reported: true }))
  view.look(100, held("10.9.0.1", { reported: true, ...mine }))
  assert.equal(view.asks(100), "10.9.0.1")
  assert.equal(view.conclude(1_100, "10.9.0.1", unknown), "10.9.0.1 ML349")
  assert.deepEqual([view.asks(2_000), view.asks(61_100)], ["", "10.9.0.1"])
})

test("what cannot be asked for, with nobody's report of it, is told", () => {
  const view = watching()
  view.look(0, held("10.9.0.1", mine))
  assert.equal(view.conclude(1_000, "10.9.0.1", unknown), "")
})

test("a node that would tell nobody holds nothing back, and does not ask later for what others have told meanwhile", () => {
  const view = watching()
  assert.equal(view.look(0, held("10.9.0.1", { tells: false })), "")
  assert.equal(view.look(6_000, held("10.9.0.1", { tells: false })), "")
  assert.deepEqual(view.released, [])
  assert.equal(view.look(6_001, held("10.9.0.1", mine)), "")
  const before = watching()
  before.look(0, held("10.9.0.1", { tells: false, asker: undefined }))
  assert.equal(before.look(60_000, held("10.9.0.1", mine)), "10.9.0.1 ML416", "nobody could announce it before")
})

test("an address that comes back within ten minutes of its announcement is told at once", () => {
  const view = watching()
  view.look(0, held("10.9.0.1", mine))
  view.conclude(1_000, "10.9.0.1", free)
  view.look(1_000, held("10.9.0.1", mine))
  view.look(2_000)
  assert.equal(view.look(500_000, held("10.9.0.1", mine)), "")
  view.look(510_000)
  assert.equal(view.look(1_200_000, held("10.9.0.1", mine)), "10.9.0.1 ML416")
})

test("what is not to be asked for is told: another pool, a subnet of a speaker, a route that leads here already", () => {
  const view = watching()
  assert.equal(view.look(0, held("10.9.0.1", { exempt: true, ...mine })), "")
  assert.equal(view.look(1, held("10.9.0.1", mine)), "")
})
