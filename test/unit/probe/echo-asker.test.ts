import assert from "node:assert/strict"
import { test } from "node:test"
import { formatAddress } from "../../../agent/core/ip/format.ts"
import {
  type EchoAsker,
  type EchoEvent,
  echoAskerAtStart,
  echoOffFor,
  echoStep,
  echoSubjectsMax,
} from "../../../agent/core/probe/echo-asker.ts"
import { guardsFor } from "../../../agent/core/probe/echo-guards.ts"
import { address, range } from "../allocate/fixtures.ts"

/** An asker on virtual time; hosts answer at once. What it did, a line each. */
class Scene {
  state: EchoAsker = echoAskerAtStart
  now = 0
  wakeAt: number | undefined
  readonly told: string[] = []
  readonly there: Set<string>
  readonly byNode = new Set<string>()
  readonly unreachable = new Set<string>()

  constructor(...there: readonly string[]) {
    this.there = new Set(there)
  }

  take(event: EchoEvent): void {
    const { next, effects, wakeAt } = echoStep(this.state, event, this.now)
    this.state = next
    this.wakeAt = wakeAt
    for (const effect of effects) {
      const text = effect.kind === "off" ? effect.pool : formatAddress(effect.address)
      const what = effect.kind === "verdict" ? `${effect.verdict.kind} ${effect.verdict.reason}` : effect.kind
      this.told.push(`${this.now} ${what} ${text}`)
      if (effect.kind !== "send") continue
      if (this.unreachable.has(text)) this.take({ kind: "refused", address: text })
      else if (this.there.has(text)) this.take({ kind: "heard", address: text, byNode: this.byNode.has(text) })
    }
  }

  ask(text: string, pool = "far", guards: readonly string[] = ["10.9.0.8", "10.9.0.9"]): void {
    this.take({ kind: "ask", target: { address: address(text), pool, guards: guards.map(address) } })
  }

  /** Lets time pass until nothing is due any more; `late`: how long each timer comes too late. */
  run(late = 0): readonly string[] {
    while (this.wakeAt !== undefined) {
      this.now = Math.max(this.now, this.wakeAt) + late
      this.take({ kind: "tick" })
    }
    return this.told
  }

  sent(): readonly string[] {
    return this.told.filter(line => line.includes(" send ")).map(line => line.replace(" send", ""))
  }
}

test("three requests 200 ms apart, and silence for 600 ms after the last is free: a second in all, and no guard is asked", () => {
  const scene = new Scene()
  scene.ask("10.9.0.1")
  assert.deepEqual(scene.run(), [
    "0 send 10.9.0.1",
    "200 send 10.9.0.1",
    "400 send 10.9.0.1",
    "1000 free ML338 10.9.0.1",
  ])
})

test("an answer is a conflict once two addresses that nobody has were asked in vain", () => {
  const scene = new Scene("10.9.0.1")
  scene.ask("10.9.0.1")
  const told = scene.run()
  assert.equal(told.at(-1), "1000 conflict ML349 10.9.0.1")
  assert.deepEqual(scene.sent(), [
    "0 10.9.0.1",
    ...["0", "200", "400"].flatMap(at => [`${at} 10.9.0.8`, `${at} 10.9.0.9`]),
  ])
})

test("where one of the two answers it is a conflict all the same: a host may have it", () => {
  const scene = new Scene("10.9.0.1", "10.9.0.8")
  scene.ask("10.9.0.1")
  assert.equal(scene.run().at(-1), "1000 conflict ML349 10.9.0.1")
})

test("where all three answer a router does: the pool is off for an hour, at once, for every address of it, and for no other pool", () => {
  const scene = new Scene("10.9.0.1", "10.9.0.2", "10.9.0.8", "10.9.0.9", "10.7.0.1")
  scene.ask("10.9.0.2")
  scene.ask("10.9.0.1")
  assert.deepEqual(
    scene.run().filter(line => !line.includes("send")),
    ["0 off far", "0 proxy ML174 10.9.0.2", "0 proxy ML174 10.9.0.1"],
  )
  scene.told.length = 0
  scene.ask("10.9.0.3")
  assert.deepEqual(scene.run(), ["0 proxy ML174 10.9.0.3"])
  scene.told.length = 0
  scene.ask("10.7.0.1", "other", ["10.7.0.8", "10.7.0.9"])
  assert.equal(scene.run().at(-1), "1000 conflict ML349 10.7.0.1")
  scene.now = echoOffFor
  scene.there.clear()
  scene.told.length = 0
  scene.ask("10.9.0.3")
  assert.equal(scene.run().at(-1), `${echoOffFor + 1_000} free ML338 10.9.0.3`)
})

test("a pool without two free addresses has no guard: an answer is a conflict at once", () => {
  const scene = new Scene("10.9.0.1", "10.9.0.8")
  scene.ask("10.9.0.1", "far", ["10.9.0.8"])
  assert.equal(scene.run().at(-1), "0 conflict ML349 10.9.0.1")
})

test("an answer of a node of the cluster is no conflict, also where that is known only with the second one", () => {
  const scene = new Scene("10.9.0.1")
  scene.byNode.add("10.9.0.1")
  scene.ask("10.9.0.1")
  assert.equal(scene.run().at(-1), "0 free ML347 10.9.0.1")
  const late = new Scene("10.9.0.1")
  late.ask("10.9.0.1")
  late.now = 300
  late.take({ kind: "heard", address: "10.9.0.1", byNode: true })
  assert.equal(late.run().at(-1), "300 free ML347 10.9.0.1")
})

test("where no route leads nothing is known; where one request went out silence counts", () => {
  const scene = new Scene()
  scene.unreachable.add("10.9.0.1")
  scene.ask("10.9.0.1")
  assert.equal(scene.run().at(-1), "1000 unknown ML346 10.9.0.1")
  const once = new Scene()
  once.unreachable.add("10.9.0.1")
  once.ask("10.9.0.1")
  once.unreachable.clear()
  assert.equal(once.run().at(-1), "1000 free ML338 10.9.0.1")
})

test("whoever stood still asks three times all the same and listens as long after the last", () => {
  const scene = new Scene()
  scene.ask("10.9.0.1")
  scene.run(2_000)
  assert.deepEqual(scene.sent(), ["0 10.9.0.1", "2200 10.9.0.1", "4400 10.9.0.1"])
  assert.equal(scene.told.at(-1), "7000 free ML338 10.9.0.1")
})

test("hundreds of new addresses are asked for 256 at a time", () => {
  const scene = new Scene()
  const all = Array.from({ length: 600 }, (_, at) => `10.9.${1 + Math.floor(at / 250)}.${1 + (at % 250)}`)
  for (const one of all) scene.ask(one)
  assert.equal(scene.sent().length, echoSubjectsMax)
  scene.run()
  assert.equal(scene.told.filter(line => line.includes(" free ")).length, 600)
  assert.equal(scene.now, 3_000)
})

test("guards are free addresses from the middle of the pool outwards, of one family, and never the address itself", () => {
  const pool = [range("10.9.0.0/28"), range("2001:db8::10-2001:db8::13")]
  const taken = new Set(["10.9.0.7"])
  const guards = (text: string) =>
    guardsFor(address(text), pool, one => taken.has(formatAddress(one)))
      .map(formatAddress)
      .join(" ")
  assert.equal(guards("10.9.0.1"), "10.9.0.8 10.9.0.6")
  assert.equal(guards("10.9.0.8"), "10.9.0.6 10.9.0.9")
  assert.equal(guards("2001:db8::10"), "2001:db8::11 2001:db8::12")
  assert.equal(guardsFor(address("10.9.0.1"), [range("10.9.0.1/32")], () => false).length, 0)
  assert.equal(guardsFor(address("2001:db8::1"), [range("2001:db8::/32")], () => false).length, 2)
})
