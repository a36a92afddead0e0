import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { keyOf } from "../../../agent/core/allocate/claim.ts"
import type { Namespace, PoolResource, Service } from "../../../agent/core/model.ts"
import { service } from "../../unit/allocate/fixtures.ts"
import { namespace, pool as written } from "../../unit/config/fixtures.ts"
import { type Arrival, Arriving } from "./arriving.ts"
import { services } from "./worlds.ts"

/** Pools that overlap now and then, that name namespaces or select them by a label, or that are broken. */
const pools: fc.Arbitrary<readonly PoolResource[]> = fc.uniqueArray(
  fc
    .record({
      name: fc.constantFrom("a", "b", "c", "d"),
      addresses: fc.constantFrom(["10.0.0.0/30"], ["10.0.0.2-10.0.0.9"], ["2001:db8::/126"], ["10.0.3.0/30"], ["none"]),
      createdAt: fc.integer({ min: 0, max: 2 }),
      autoAssign: fc.constantFrom(true, true, false),
      serviceAllocation: fc.option(
        fc.record({
          priority: fc.integer({ min: 0, max: 2 }),
          namespaces: fc.constantFrom([], ["shop"]),
          namespaceSelectors: fc.constantFrom([], [{ matchLabels: { team: "x" } }]),
          serviceSelectors: fc.constantFrom([], [{ matchLabels: { tier: "gold" } }]),
        }),
        { nil: undefined },
      ),
    })
    .map(({ name, addresses, ...more }) => written(name, addresses, more)),
  { selector: ({ name }) => name, minLength: 1, maxLength: 4 },
)

/** Two namespaces, of which each may be labelled anew after it came. */
const namespaces: fc.Arbitrary<readonly Namespace[]> = fc
  .tuple(
    ...["shop", "lab"].map(name =>
      fc
        .array(fc.constantFrom({ team: "x" }, { team: "y" }), { minLength: 1, maxLength: 2 })
        .map(labels => labels.map(each => namespace(name, each))),
    ),
  )
  .map(lists => lists.flat())

const ofPools = (list: readonly PoolResource[]) =>
  list.map(value => ({ kind: "pool", key: value.name, value }) as const)

/** Namespaces and services, and services that go again. */
const others: fc.Arbitrary<readonly Arrival[]> = fc
  .tuple(namespaces, services, fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }))
  .map(([spaces, list, gone]) => [
    ...spaces.map(value => ({ kind: "namespace", key: value.name, value }) as const),
    ...list.flatMap((value, at): readonly Arrival[] => {
      const arrival = { kind: "service", key: keyOf(value), value } as const
      return gone[at] && at % 3 === 0 ? [arrival, { ...arrival, value: undefined }] : [arrival]
    }),
  ])

const shuffled = <T>(list: readonly T[]): fc.Arbitrary<readonly T[]> =>
  fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length })

/** Another order, in which what is told of one object keeps its own: a watch tells no object's versions backwards. */
const reordered = (list: readonly Arrival[]): fc.Arbitrary<readonly Arrival[]> =>
  shuffled(list).map(mixed => {
    const nameOf = ({ kind, key }: Arrival) => `${kind}/${key}`
    const left = new Map<string, Arrival[]>()
    for (const arrival of list) left.set(nameOf(arrival), [...(left.get(nameOf(arrival)) ?? []), arrival])
    return mixed.flatMap(arrival => left.get(nameOf(arrival))?.shift() ?? [])
  })

/** Cut at random places into what arrives together. */
const batched = (list: readonly Arrival[]): fc.Arbitrary<readonly (readonly Arrival[])[]> =>
  fc.array(fc.boolean(), { minLength: list.length, maxLength: list.length }).map(cuts => {
    const batches: Arrival[][] = [[]]
    for (const [at, arrival] of list.entries()) {
      if (cuts[at]) batches.push([])
      batches.at(-1)?.push(arrival)
    }
    return batches
  })

const inAnyWay = (list: readonly Arrival[]) => reordered(list).chain(batched)

test("whatever the order and the batches in which pools, namespaces and services arrive before all is read, all get the same", () => {
  const worlds = fc
    .tuple(pools, others)
    .map(([list, more]) => [...ofPools(list), ...more])
    .chain(all => fc.tuple(inAnyWay(all), inAnyWay(all)))
  const after = (batches: readonly (readonly Arrival[])[]) => {
    const controller = new Arriving()
    for (const batch of batches) controller.take(batch)
    controller.begin()
    return controller.state()
  }
  fc.assert(
    fc.property(worlds, ([one, other]) => assert.deepEqual(after(one), after(other))),
    { numRuns: 1000 },
  )
})

test("whatever the order and the batches in which namespaces and services arrive at a running controller before the pools do, all get the same", () => {
  const worlds = fc
    .tuple(pools, others)
    .chain(([list, more]) => fc.tuple(inAnyWay(more), shuffled(ofPools(list)), inAnyWay(more), shuffled(ofPools(list))))
  const after = (batches: readonly (readonly Arrival[])[], last: readonly Arrival[]) => {
    const controller = new Arriving()
    controller.begin()
    for (const batch of batches) controller.take(batch)
    controller.take(last)
    return controller.state()
  }
  fc.assert(
    fc.property(worlds, ([one, onePools, other, otherPools]) =>
      assert.deepEqual(after(one, onePools), after(other, otherPools)),
    ),
    { numRuns: 1000 },
  )
})

test("whatever the order within what arrives together at a running controller, all get the same at every step", () => {
  const worlds = fc
    .tuple(pools, others)
    .map(([list, more]) => [...ofPools(list), ...more])
    .chain(inAnyWay)
    .chain(batches => fc.tuple(fc.constant(batches), fc.tuple(...batches.map(reordered))))
  const states = (batches: readonly (readonly Arrival[])[]) => {
    const controller = new Arriving()
    controller.begin()
    return batches.map(batch => {
      controller.take(batch)
      return controller.state()
    })
  }
  fc.assert(
    fc.property(worlds, ([one, other]) => assert.deepEqual(states(other), states(one))),
    { numRuns: 1000 },
  )
})

test("what stays first come, first served: who came in an earlier batch, and which pool was there first", () => {
  const arrivalOf = (value: Service): Arrival => ({ kind: "service", key: keyOf(value), value })
  const [a, b] = [arrivalOf(service("shop/a")), arrivalOf(service("shop/b"))]
  const [one, two] = ofPools([written("one", ["10.0.0.0/30"]), written("two", ["10.0.1.0/30"])])
  assert.ok(one !== undefined && two !== undefined)
  const after = (...batches: readonly (readonly Arrival[])[]) => {
    const controller = new Arriving()
    controller.begin()
    for (const batch of batches) controller.take(batch)
    return controller.state()
  }
  assert.deepEqual(after([one, two], [b], [a]), ["shop/a 10.0.0.1 one", "shop/b 10.0.0.0 one"])
  assert.deepEqual(after([a, b], [two], [one]), ["shop/a 10.0.1.0 two", "shop/b 10.0.1.1 two"])
})
