import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import { formatMac } from "../../../agent/core/net/mac.ts"
import { asksMax, type ProbeEvent, type Prober, probeCount, proberAtStart } from "../../../agent/core/probe/state.ts"
import { step } from "../../../agent/core/probe/step.ts"
import { address } from "../../unit/allocate/fixtures.ts"
import { heard, link, links, nodes, wantBeside } from "../../unit/probe/scene.ts"

const ips = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.250", "2001:db8::1", "2001:db8::2"]
const macs = ["02:bb:00:00:00:01", "02:bb:00:00:00:02", "02:00:00:00:00:01", "02:00:00:00:00:02", "02:cc:00:00:00:03"]
const ip = fc.constantFrom(...ips)
const name = fc.constantFrom("eth0", "eth1")
const second = { mac: Uint8Array.of(2, 0, 0, 0, 0, 9) }

const event: fc.Arbitrary<ProbeEvent> = fc.oneof(
  { weight: 4, arbitrary: fc.uniqueArray(ip, { maxLength: 5 }).map(wantAll) },
  {
    weight: 8,
    arbitrary: fc
      .record({
        text: ip,
        mac: fc.constantFrom(...macs),
        on: name,
        how: fc.constantFrom("answer" as const, "probe" as const),
      })
      .map(({ text, ...more }) => heard(text, more)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.boolean(), fc.boolean())
      .map(([one, two]) => links(link("eth0", { running: one }), link("eth1", { ...second, running: two }))),
  },
  fc
    .record({
      macs: fc.uniqueArray(fc.constantFrom(...macs), { maxLength: 2 }),
      addresses: fc.constantFrom([], ["10.0.0.250"]),
    })
    .map(nodes),
  fc
    .record({ text: ip, on: name })
    .map(({ text, on }) => ({ kind: "refused", interface: on, address: address(text) }) as const),
  fc.constant({ kind: "tick" } as const),
)

/** Each with its own free neighbours. */
function wantAll(texts: readonly string[]): ProbeEvent {
  const targets = texts.flatMap(text => {
    const one = wantBeside(text, ...ips.filter(other => other !== text && !texts.includes(other)).slice(0, 4))
    return one.kind === "want" ? one.targets : []
  })
  return { kind: "want", targets }
}

const story = fc.array(fc.record({ wait: fc.constantFrom(0, 1, 10, 59, 150, 900, 2_000), event }), { maxLength: 60 })

type Told = { readonly at: number; readonly heard: ReadonlySet<string>; readonly state: Prober }

/** Plays a story with every wake-up that the prober asks for; `each` sees each step. */
const play = (
  happenings: readonly { readonly wait: number; readonly event: ProbeEvent }[],
  each: (told: Told, effects: ReturnType<typeof step>["effects"]) => void,
): void => {
  let state = proberAtStart
  let wakeAt: number | undefined
  let now = 0
  const said = new Set<string>()
  const take = (at: number, one: ProbeEvent) => {
    now = at
    const known = one.kind === "heard" && !state.links.some(({ mac }) => formatMac(mac) === formatMac(one.mac))
    if (known) said.add(`${formatAddress(one.address)} ${formatMac(one.mac)} ${one.interface}`)
    const result = step(state, one, now)
    assert.ok(result.wakeAt === undefined || result.wakeAt > now, "asked to be woken at once, for ever")
    state = result.next
    wakeAt = result.wakeAt
    each({ at, heard: said, state }, result.effects)
  }
  const until = (at: number) => {
    let turns = 0
    while (wakeAt !== undefined && wakeAt <= at) {
      take(wakeAt, { kind: "tick" })
      turns += 1
      assert.ok(turns < 1_000, "never at rest")
    }
  }
  take(0, links(link("eth0"), link("eth1", second)))
  for (const { wait, event: one } of happenings) {
    until(now + wait)
    take(Math.max(now, now + wait), one)
  }
  until(now + 10_000)
}

test("nothing is in conflict without an answer of a stranger for that very address on that link", () => {
  fc.assert(
    fc.property(story, happenings => {
      play(happenings, ({ heard: said, state }, effects) => {
        for (const effect of effects) {
          if (effect.kind !== "verdict" || effect.verdict.kind !== "conflict") continue
          const { mac, interface: where } = effect.verdict
          const by = formatMac(mac)
          assert.ok(said.has(`${formatAddress(effect.address)} ${by} ${where}`), "nobody said so")
          assert.ok(!state.nodes.macs.has(by), "a node")
          assert.ok(![...state.learned.values()].includes(by), "a node that was learned")
          assert.ok(!state.links.some(one => formatMac(one.mac) === by), "an interface of this host")
        }
      })
    }),
    { numRuns: 2_000 },
  )
})

test("every address that stays wanted on a link that stays up gets one verdict, and then silence", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(ip, { minLength: 1, maxLength: 8 }),
      fc.array(
        fc.record({
          wait: fc.nat(400),
          event: fc
            .record({ text: ip, mac: fc.constantFrom(...macs), on: name })
            .map(({ text, ...more }) => heard(text, more)),
        }),
        { maxLength: 20 },
      ),
      (texts, answers) => {
        const verdicts: string[] = []
        let last: Prober = proberAtStart
        play([{ wait: 0, event: wantAll(texts) }, ...answers], ({ state }, effects) => {
          last = state
          for (const effect of effects) if (effect.kind === "verdict") verdicts.push(formatAddress(effect.address))
        })
        assert.deepEqual([...verdicts].sort(), [...texts].sort())
        assert.deepEqual([last.subjects.size, last.inquiries.size], [0, 0])
      },
    ),
    { numRuns: 1_000 },
  )
})

test("packets are bounded: three a link for each time that an address is asked for, and what an inquiry may ask", () => {
  fc.assert(
    fc.property(story, happenings => {
      let sent = 0
      let begun = 0
      let inquired = 0
      let before: Prober = proberAtStart
      play(happenings, ({ at, state }, effects) => {
        for (const [key, { began }] of state.subjects) {
          if (began !== undefined && began.at === at && before.subjects.get(key)?.began?.at !== at) begun += 1
        }
        for (const [place, { asks }] of state.inquiries) {
          assert.ok(asks.size <= asksMax)
          for (const text of asks.keys()) if (before.inquiries.get(place)?.asks.has(text) !== true) inquired += 1
        }
        before = state
        sent += effects.filter(({ kind }) => kind === "send").length
      })
      assert.ok(sent <= probeCount * (2 * begun + inquired), `${sent} frames for ${begun} addresses`)
    }),
    { numRuns: 500 },
  )
})
