import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { createServiceEvents } from "../../../agent/controller/service-events.ts"
import { keyOf } from "../../../agent/core/allocate/claim.ts"
import { countersOf } from "../../../agent/core/allocate/counters.ts"
import type { EventIntent } from "../../../agent/core/allocate/event.ts"
import { forget, reconfigure, withhold } from "../../../agent/core/allocate/ledger.ts"
import { passOrder } from "../../../agent/core/allocate/settle.ts"
import type { Withheld } from "../../../agent/core/allocate/withheld.ts"
import type { Config } from "../../../agent/core/config/model.ts"
import type { Service } from "../../../agent/core/model.ts"
import { address, Controller, config } from "../../unit/allocate/fixtures.ts"
import { pools, services } from "./worlds.ts"

/** What the cluster does to a controller. */
type Entry =
  | { readonly kind: "service"; readonly service: Service }
  | { readonly kind: "gone"; readonly pick: number }
  | { readonly kind: "pools"; readonly config: Config }
  | { readonly kind: "withheld"; readonly list: readonly Withheld[] }

const kept = (text: string, keptFor: string): Withheld => ({
  address: address(text),
  reason: "ML150",
  facts: { address: text, keptFor: [keptFor], reservation: "r", until: "" },
  contested: false,
  keptFor: [keptFor],
})
const withheld = fc.subarray([
  kept("10.0.0.1", "shop/s1"),
  kept("10.0.3.1", "lab/s2"),
  { address: address("10.0.0.2"), reason: "ML135" as const, facts: {}, contested: false },
  { address: address("10.0.0.0"), reason: "ML171" as const, facts: {}, contested: true },
])

const entry: fc.Arbitrary<readonly Entry[]> = fc.oneof(
  services.map(list => list.slice(0, 2).map(service => ({ kind: "service", service }) as const)),
  fc.nat({ max: 9 }).map(pick => [{ kind: "gone", pick }] as const),
  pools.map(config => [{ kind: "pools", config }] as const),
  withheld.map(list => [{ kind: "withheld", list }] as const),
)
const logs: fc.Arbitrary<readonly Entry[]> = fc.array(entry, { maxLength: 12 }).map(lists => lists.flat())

/** A controller of which every event is counted by service. */
class Told {
  readonly controller: Controller
  /** By service, since the last time that they were counted. */
  readonly #events = new Map<string, number>()
  readonly #written = new Set<string>()
  /** What the last look at each service said: its words without numbers, and what was asked for. */
  readonly #says = new Map<string, string>()
  readonly #tell = createServiceEvents({
    record: ({ about: { namespace, name } }) => {
      const key = `${namespace}/${name}`
      this.#events.set(key, (this.#events.get(key) ?? 0) + 1)
    },
    stop: () => undefined,
  })

  constructor(controller = new Controller(config(), [], { doubt: "there is no pool" })) {
    this.controller = controller
  }

  /** The same cluster with a controller that begins anew. */
  restarted(): Told {
    const { services, ledger, settings } = this.controller
    const again = new Told(new Controller(ledger.table.config, [...services.values()], settings))
    withhold(again.controller.ledger, [...ledger.withheld.IPv4.values(), ...ledger.withheld.IPv6.values()])
    return again
  }

  /** Takes one entry in and looks at everything until nothing is written any more; gives the passes that it took. */
  take(entry: Entry): number {
    const { controller } = this
    if (entry.kind === "service") this.#look(merged(controller.services.get(keyOf(entry.service)), entry.service))
    if (entry.kind === "pools") {
      controller.settings = { doubt: entry.config.pools.length === 0 ? "there is no pool" : undefined }
      reconfigure(controller.ledger, entry.config)
    }
    if (entry.kind === "withheld") withhold(controller.ledger, entry.list)
    if (entry.kind === "gone") {
      const key = [...controller.services.keys()].sort()[entry.pick]
      if (key !== undefined) {
        controller.services.delete(key)
        forget(controller.ledger, key)
        this.#tell.forget(key)
        this.#says.delete(key)
      }
    }
    for (let passes = 1; ; passes++) if (!this.pass() || passes === 10) return passes
  }

  /** One look at everything; true where anything was written. */
  pass(): boolean {
    const writes = passOrder([...this.controller.services.values()]).map(one => this.#look(one))
    return writes.includes(true)
  }

  /** What was recorded and written since the last time. */
  news(): { readonly events: ReadonlyMap<string, number>; readonly written: ReadonlySet<string> } {
    const news = { events: new Map(this.#events), written: new Set(this.#written) }
    this.#events.clear()
    this.#written.clear()
    return news
  }

  says(): ReadonlyMap<string, string> {
    return new Map(this.#says)
  }

  state(): readonly string[] {
    const { services, ledger } = this.controller
    return [
      ...[...services.values()].map(
        one =>
          `${keyOf(one)} ${one.ingress.map(({ ip }) => ip)} ${one.annotations["metallb.io/ip-allocated-from-pool"]}`,
      ),
      ...countersOf(ledger.table).map(({ pool, total }) => `${pool} ${total.used} ${total.free}`),
    ].sort()
  }

  #look(one: Service): boolean {
    const wanted = this.controller.apply(one)
    const key = keyOf(one)
    if (wanted.write) {
      this.#written.add(key)
      this.#tell.tellWritten(one, wanted.events)
    } else this.#tell.tell(one, wanted.events)
    this.#says.set(key, JSON.stringify([wanted.events.map(codesOf), one.annotations, one.loadBalancerIP]))
    return wanted.write
  }
}

/** Kind and reason codes of an event, and nothing of its words. */
const codesOf = ({ type, reason, message }: EventIntent) => [type, reason, ...(message.match(/\[ML\d+\]/g) ?? [])]

/** An edit keeps the status, which is the controller's. */
const merged = (before: Service | undefined, now: Service): Service => {
  if (before === undefined) return now
  const record = before.annotations["metallb.io/ip-allocated-from-pool"]
  const { "metallb.io/ip-allocated-from-pool": _, ...annotations } = now.annotations
  const kept = record === undefined ? {} : { "metallb.io/ip-allocated-from-pool": record }
  return { ...now, ingress: before.ingress, annotations: { ...annotations, ...kept } }
}

test("a log that is replayed gives the same state, entry by entry, and so does a restart at its end", () => {
  fc.assert(
    fc.property(logs, log => {
      const first = new Told()
      const states = log.map(entry => {
        first.take(entry)
        return first.state()
      })
      const second = new Told()
      for (const [at, entry] of log.entries()) {
        second.take(entry)
        assert.deepEqual(second.state(), states[at], `entry ${at}`)
      }
      const restarted = second.restarted()
      assert.equal(restarted.pass(), false, "a restart writes nothing")
      assert.deepEqual(restarted.state(), second.state())
    }),
    { numRuns: 300 },
  )
})

test("every entry comes to rest, tells one event for each transition, and then nothing is told or written however often it is looked at", () => {
  fc.assert(
    fc.property(logs, log => {
      const told = new Told()
      for (const [at, entry] of log.entries()) {
        const before = told.says()
        const passes = told.take(entry)
        assert.ok(passes < 10, `entry ${at} (${entry.kind}) never comes to rest`)
        told.pass()
        const { events, written } = told.news()
        for (const [key, count] of events) {
          const where = `entry ${at} (${entry.kind}): ${count} events for ${key}`
          assert.ok(count <= 6, where)
          if (!written.has(key)) assert.notEqual(told.says().get(key), before.get(key), `${where}, which says the same`)
        }
        for (let n = 0; n < 5; n++) assert.equal(told.pass(), false, `entry ${at} (${entry.kind}) is written again`)
        assert.equal(told.news().events.size, 0, `entry ${at} (${entry.kind}) is told again`)
      }
    }),
    { numRuns: 300 },
  )
})
