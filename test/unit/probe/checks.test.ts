import assert from "node:assert/strict"
import { test } from "node:test"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import {
  type Checks,
  checksAtStart,
  conclude,
  type Held,
  look,
  mayAnnounce,
  recentMax,
  retryAt,
  toProbe,
} from "../../../agent/core/probe/checks.ts"
import type { Verdict } from "../../../agent/core/probe/state.ts"
import { address } from "../allocate/fixtures.ts"
import { macOf, stranger } from "./scene.ts"

const held = (text: string, more: Partial<Held> = {}): Held => ({
  address: address(text),
  mine: false,
  elsewhere: false,
  announced: false,
  reported: false,
  exempt: false,
  young: false,
  ...more,
})
const mine = { mine: true }
const elsewhere = { elsewhere: true }
const free: Verdict = { kind: "free", reason: "ML338" }
const conflict: Verdict = { kind: "conflict", reason: "ML345", mac: macOf(stranger), interface: "eth0" }

/** One speaker's view: what it is to ask for after each look. */
class View {
  checks: Checks = checksAtStart

  look(now: number, ...all: readonly Held[]): string {
    const byText = new Map(all.map(one => [formatAddress(one.address), one]))
    this.checks = look(this.checks, byText.keys(), text => byText.get(text), now)
    return this.asks(now)
  }

  conclude(now: number, text: string, verdict: Verdict): string {
    this.checks = conclude(this.checks, address(text), verdict, now)
    return this.asks(now)
  }

  asks(now: number): string {
    return toProbe(this.checks, now).map(formatAddress).join(" ")
  }

  announces(text: string): boolean {
    return mayAnnounce(this.checks, address(text))
  }
}

test("whatever is there at the first look is known: a restart asks for nothing and delays nothing", () => {
  const view = new View()
  assert.equal(view.look(0, held("10.0.0.1", mine), held("10.0.0.2", elsewhere)), "")
  assert.equal(view.announces("10.0.0.1"), true)
})

test("an address that comes later is asked for before its first announcement, and never again", () => {
  const view = new View()
  view.look(0)
  assert.equal(view.look(1_000, held("10.0.0.1", mine)), "10.0.0.1")
  assert.equal(view.announces("10.0.0.1"), false)
  assert.equal(view.look(1_100, held("10.0.0.1", mine)), "10.0.0.1")
  assert.equal(view.conclude(1_200, "10.0.0.1", free), "")
  assert.equal(view.announces("10.0.0.1"), true)
  assert.equal(view.look(2_000, held("10.0.0.1")), "")
  assert.equal(view.look(3_000, held("10.0.0.1", mine)), "")
})

test("at the first look an address is new where it was given since this speaker's pod was made and nobody announces it", () => {
  assert.equal(new View().look(0, held("10.0.0.1", { ...mine, young: true })), "10.0.0.1")
  const later = new View()
  later.look(0, held("10.0.0.1", mine))
  assert.equal(later.look(1, held("10.0.0.1", { ...mine, young: true })), "", "only at the first look")
})

test("an owner that fails over asks for nothing: the node before it announced, or was the owner for five seconds", () => {
  const told = new View()
  told.look(0)
  told.look(1_000, held("10.0.0.1", elsewhere))
  assert.equal(told.look(1_500, held("10.0.0.1", { ...mine, announced: true })), "")
  const quiet = new View()
  quiet.look(0)
  quiet.look(1_000, held("10.0.0.1", elsewhere))
  assert.equal(quiet.look(6_000, held("10.0.0.1", mine)), "")
})

test("an owner that dies before it announced leaves the question to the next one", () => {
  const view = new View()
  view.look(0)
  view.look(1_000, held("10.0.0.1", elsewhere))
  assert.equal(view.look(1_100, held("10.0.0.1", mine)), "10.0.0.1")
})

test("a status of another node that is older than the address says nothing about it", () => {
  const view = new View()
  view.look(0)
  assert.equal(view.look(1_000, held("10.0.0.2", { ...mine, announced: true })), "10.0.0.2")
})

test("an address without an owner stays new until it has one", () => {
  const view = new View()
  view.look(0)
  view.look(1_000, held("10.0.0.1"))
  assert.equal(view.look(3_600_000, held("10.0.0.1", mine)), "10.0.0.1")
})

test("a pool without the check has nothing to ask for, also when it is switched off in between", () => {
  const view = new View()
  view.look(0)
  assert.equal(view.look(1, held("10.0.0.1", { ...mine, exempt: true }), held("10.0.0.2", mine)), "10.0.0.2")
  assert.equal(view.announces("10.0.0.1"), true)
  view.conclude(200, "10.0.0.2", conflict)
  assert.equal(view.look(300, held("10.0.0.2", { ...mine, exempt: true })), "")
  assert.equal(view.announces("10.0.0.2"), true)
})

test("an address in conflict is not announced, asked for again after 5, 10, 20, 40 and then 60 s, and announced once it is free", () => {
  const view = new View()
  view.look(0)
  view.look(0, held("10.0.0.1", mine))
  let now = 1_000
  const waits: number[] = []
  for (let turn = 0; turn < 7; turn += 1) {
    assert.equal(view.conclude(now, "10.0.0.1", conflict), "")
    assert.equal(view.announces("10.0.0.1"), false)
    const at = retryAt(view.checks, now) ?? assert.fail("never asked for again")
    waits.push(at - now)
    assert.equal(view.asks(at - 1), "")
    assert.equal(view.asks(at), "10.0.0.1")
    now = at + 1_000
  }
  assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000])
  view.conclude(now, "10.0.0.1", free)
  assert.equal(view.announces("10.0.0.1"), true)
  assert.equal(retryAt(view.checks, now), undefined)
})

test("what cannot be asked for is announced, unless another machine had it the last time", () => {
  const view = new View()
  view.look(0)
  view.look(0, held("10.0.0.1", mine), held("10.0.0.2", mine))
  view.conclude(200, "10.0.0.1", { kind: "unknown", reason: "ML346" })
  assert.equal(view.announces("10.0.0.1"), true)
  view.conclude(1_000, "10.0.0.2", conflict)
  view.conclude(7_000, "10.0.0.2", { kind: "unknown", reason: "ML346" })
  assert.equal(view.announces("10.0.0.2"), false)
  assert.equal(retryAt(view.checks, 7_000), 67_000)
  view.conclude(70_000, "10.0.0.2", { kind: "proxy", reason: "ML339", mac: macOf(stranger), interface: "eth0" })
  assert.equal(view.announces("10.0.0.2"), true)
})

test("a report of an owner survives its speaker: the next one asks again, at its start as well", () => {
  assert.equal(new View().look(0, held("10.0.0.1", { ...mine, reported: true })), "10.0.0.1")
  const next = new View()
  next.look(0)
  next.look(1_000, held("10.0.0.1", elsewhere))
  next.look(3_000, held("10.0.0.1", { ...elsewhere, reported: true }))
  assert.equal(next.look(60_000, held("10.0.0.1", { ...mine, reported: true, announced: true })), "10.0.0.1")
  const owner = new View()
  owner.look(0, held("10.0.0.1", mine))
  assert.equal(owner.look(1_000, held("10.0.0.1", { ...mine, reported: true })), "", "who announces goes on")
})

test("an address that comes back within ten minutes is known, later it is new, and one that was never announced is new at once", () => {
  const view = new View()
  view.look(0, held("10.0.0.1", mine))
  view.look(1_000)
  assert.equal(view.look(600_999, held("10.0.0.1", mine)), "")
  view.look(700_000)
  assert.equal(view.look(1_300_000, held("10.0.0.1", mine)), "10.0.0.1")
  view.conclude(1_301_000, "10.0.0.1", conflict)
  view.look(1_302_000)
  assert.equal(view.look(1_303_000, held("10.0.0.1", mine)), "10.0.0.1")
})

test("so many addresses that came and went are remembered, and no more", () => {
  const view = new View()
  const many = Array.from({ length: recentMax + 10 }, (_, n) => held(`10.1.${n >> 8}.${n & 255}`))
  view.look(0, ...many)
  view.look(1)
  assert.equal(view.checks.recent.size, recentMax)
  assert.equal(view.look(2, { ...many[0], ...mine } as Held), "10.1.0.0")
  assert.equal(view.look(3, { ...many[recentMax], ...mine } as Held), "")
})
