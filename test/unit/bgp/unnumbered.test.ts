import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  adviseEvery,
  type Greeter,
  type GreeterEffect,
  type GreeterEvent,
  newGreeter,
  silentAfter,
} from "../../../agent/core/bgp/unnumbered/state.ts"
import { greet } from "../../../agent/core/bgp/unnumbered/step.ts"
import type { RouterMessage } from "../../../agent/core/ndp/router.ts"
import { allNodes, allRouters, multicastMac } from "../../../agent/core/net/ipv6.ts"
import { ip, mac } from "../ndp/frames.ts"

const own = { mac: mac("ee"), address: ip("fe80::ee") }
const [first, second] = [ip("fe80::1"), ip("fe80::2")]

type Said = { readonly at: number; readonly effect: GreeterEffect }

/** Plays events at their times, with the ticks that the greeter asks for in between, up to `until`. */
const play = (events: readonly (readonly [number, GreeterEvent])[], until: number, seed = 1) => {
  let greeter: Greeter = newGreeter("eth0", seed)
  let wakeAt: number | undefined
  const said: Said[] = []
  const step = (event: GreeterEvent, at: number) => {
    const done = greet(greeter, event, at)
    greeter = done.next
    wakeAt = done.wakeAt
    said.push(...done.effects.map(effect => ({ at, effect })))
  }
  const tickUntil = (at: number) => {
    while (wakeAt !== undefined && wakeAt <= at) step({ kind: "tick" }, wakeAt)
  }
  for (const [at, event] of events) {
    tickUntil(at)
    step(event, at)
  }
  tickUntil(until)
  return { greeter, said }
}

const up: GreeterEvent = { kind: "link", link: own }
const heard = (from: bigint, message: RouterMessage): GreeterEvent => ({
  kind: "heard",
  frame: { destination: multicastMac(allNodes), source: mac("01"), from, to: allNodes, message },
})
const router = (from: bigint, lifetime = 1800) =>
  heard(from, { kind: "router-advertisement", lifetime, linkLayer: undefined })
const asking = heard(second, { kind: "router-solicitation", linkLayer: undefined })

const sends = (said: readonly Said[], kind: RouterMessage["kind"]) =>
  said.filter(({ effect }) => effect.kind === "send" && effect.frame.message.kind === kind)
const news = (said: readonly Said[]) =>
  said.flatMap(({ effect }) => (effect.kind === "send" ? [] : [`${effect.reason} ${effect.facts["address"]}`]))

test("a link that comes up is told at once that a router is here, which is nobody's default router", () => {
  const { said } = play([[5, up]], 5)
  const [advice] = sends(said, "router-advertisement")
  assert.ok(advice?.effect.kind === "send")
  assert.deepEqual(advice.effect.frame, {
    destination: multicastMac(allNodes),
    source: own.mac,
    from: own.address,
    to: allNodes,
    message: { kind: "router-advertisement", lifetime: 0, linkLayer: own.mac },
  })
  const [question] = sends(said, "router-solicitation")
  assert.ok(question?.effect.kind === "send")
  assert.equal(question.effect.frame.to, allRouters)
})

test("advertisements come between 7.5 and 10 s apart, and differ from interface to interface", () => {
  const times = (seed: number) => sends(play([[0, up]], 100_000, seed).said, "router-advertisement").map(({ at }) => at)
  const all = times(1)
  assert.ok(all.length >= 11, String(all.length))
  for (const [index, at] of all.entries()) {
    const gap = at - (all[index - 1] ?? at - adviseEvery)
    assert.ok(gap >= 7_500 && gap <= 10_000, String(gap))
  }
  assert.notDeepEqual(all, times(2))
})

test("three solicitations where no router is heard, none after one was", () => {
  assert.deepEqual(
    sends(play([[0, up]], 60_000).said, "router-solicitation").map(({ at }) => at),
    [0, 4_000, 8_000],
  )
  assert.deepEqual(
    sends(
      play(
        [
          [0, up],
          [3_000, router(first)],
        ],
        60_000,
      ).said,
      "router-solicitation",
    ).map(({ at }) => at),
    [0],
  )
})

test("the router that is heard is where the peer is, told once; a lifetime of 0 is a router too", () => {
  for (const lifetime of [0, 1800]) {
    const { said } = play(
      [
        [0, up],
        [100, router(first, lifetime)],
        [9_000, router(first, lifetime)],
      ],
      9_000,
    )
    assert.deepEqual(news(said), ["ML453 fe80::1"])
  }
})

test("a second router is told once and changes nothing while the first is heard", () => {
  const { said, greeter } = play(
    [
      [0, up],
      [100, router(first)],
      [200, router(second)],
      [9_000, router(first)],
      [9_100, router(second)],
    ],
    9_100,
  )
  assert.deepEqual(news(said), ["ML453 fe80::1", "ML454 fe80::2"])
  assert.equal(greeter.router?.address, first)
})

test("a router that was exchanged is followed once the old one has been silent for 30 s", () => {
  const at = 100 + silentAfter
  assert.deepEqual(
    news(
      play(
        [
          [0, up],
          [100, router(first)],
          [at, router(second)],
        ],
        at,
      ).said,
    ),
    ["ML453 fe80::1", "ML454 fe80::2"],
  )
  assert.deepEqual(
    news(
      play(
        [
          [0, up],
          [100, router(first)],
          [at + 1, router(second)],
        ],
        at + 1,
      ).said,
    ),
    ["ML453 fe80::1", "ML453 fe80::2"],
  )
})

test("own advertisements that come back are nobody's", () =>
  assert.deepEqual(
    news(
      play(
        [
          [0, up],
          [1, router(own.address)],
        ],
        1,
      ).said,
    ),
    [],
  ))

test("a solicitation is answered within half a second, but never within three of the last advertisement", () => {
  const answered = sends(
    play(
      [
        [0, up],
        [5_000, asking],
      ],
      5_500,
    ).said,
    "router-advertisement",
  ).map(({ at }) => at)
  assert.equal(answered.length, 2)
  assert.ok((answered[1] ?? 0) >= 5_000 && (answered[1] ?? 0) <= 5_500)
  assert.deepEqual(
    sends(
      play(
        [
          [0, up],
          [100, asking],
        ],
        4_000,
      ).said,
      "router-advertisement",
    ).map(({ at }) => at),
    [0, 3_000],
  )
})

test("a link that goes takes the peer with it, nothing is sent meanwhile, and one that comes back begins anew", () => {
  const down: GreeterEvent = { kind: "link", link: undefined }
  const { said } = play(
    [
      [0, up],
      [100, router(first)],
      [200, down],
      [300, router(first)],
      [50_000, up],
      [50_100, router(second)],
    ],
    50_100,
  )
  assert.deepEqual(news(said), ["ML453 fe80::1", "ML446 interface eth0", "ML453 fe80::2"])
  assert.deepEqual(
    said.filter(({ at }) => at > 200 && at < 50_000),
    [],
  )
})

test("whatever is heard, three seconds lie between two advertisements and none is missing for more than ten", () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(3_000), fc.constantFrom(asking, router(first), router(second))), { maxLength: 60 }),
      fc.nat(),
      (gaps, seed) => {
        let at = 0
        const events = gaps.map(([gap, event]) => {
          at += gap
          return [at, event] as const
        })
        const times = sends(play([[0, up], ...events], at + 20_000, seed).said, "router-advertisement").map(
          one => one.at,
        )
        for (const [index, time] of times.entries()) {
          const gap = time - (times[index - 1] ?? time - adviseEvery)
          assert.ok(gap >= 3_000 && gap <= adviseEvery, String(gap))
        }
        assert.ok((times.at(-1) ?? 0) >= at + 20_000 - adviseEvery)
      },
    ),
  ))
