import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { place } from "../../../agent/core/announce/placement/place.ts"
import type { Unit } from "../../../agent/core/announce/placement/unit.ts"
import { crypto } from "../../unit/announce/fixtures.ts"

const nodesOf = (count: number) => Array.from({ length: count }, (_, at) => `node-${at}`)

/** Units that may be on some of the nodes, some of which have them already. */
const clusters = (most: { readonly nodes: number; readonly units: number }, weights: readonly number[]) =>
  fc.integer({ min: 1, max: most.nodes }).chain(count => {
    const all = [...Array(count).keys()]
    const unit = fc
      .record({
        nodes: fc.oneof(fc.constant(all), fc.subarray(all, { minLength: 1 })),
        weight: fc.constantFrom(...weights),
        held: fc.option(fc.nat(), { nil: undefined }),
      })
      .map(({ nodes, weight, held }) => ({
        nodes,
        weight,
        fallback: [],
        present: held === undefined ? undefined : nodes[held % nodes.length],
      }))
    return fc.array(unit, { maxLength: most.units }).map(units => ({
      nodes: nodesOf(count),
      units: units.map((one, at): Unit => ({ ...one, name: `10.0.0.${at}` })),
    }))
  })

const at = (units: readonly Unit[], nodes: readonly string[]) =>
  place(units, nodes, crypto).places.map(({ node }) => node)

const loadsOf = (units: readonly Unit[], places: readonly number[], nodes: number) => {
  const loads = Array.from({ length: nodes }, () => 0)
  for (const [unit, node] of places.entries()) loads[node] = (loads[node] ?? 0) + (units[unit]?.weight ?? 0)
  return loads
}

const squares = (loads: readonly number[]) => loads.reduce((sum, load) => sum + load * load, 0)
const movesOf = (units: readonly Unit[], places: readonly number[]) =>
  units.filter(({ present }, unit) => present !== undefined && places[unit] !== present).length

/** Every way to place the units. */
const all = (units: readonly Unit[]): readonly (readonly number[])[] =>
  units.reduce<readonly (readonly number[])[]>(
    (found, { nodes }) => found.flatMap(places => nodes.map(node => [...places, node])),
    [[]],
  )

test("no other placement is more even, and none as even moves less", () => {
  fc.assert(
    fc.property(clusters({ nodes: 4, units: 6 }, [1]), ({ nodes, units }) => {
      const found = at(units, nodes)
      const others = all(units).map(places => ({
        squares: squares(loadsOf(units, places, nodes.length)),
        moves: movesOf(units, places),
      }))
      const least = Math.min(...others.map(other => other.squares))
      assert.equal(squares(loadsOf(units, found, nodes.length)), least)
      assert.equal(
        movesOf(units, found),
        Math.min(...others.filter(other => other.squares === least).map(({ moves }) => moves)),
      )
    }),
    { numRuns: 3000 },
  )
})

test("of a placement any part may be carried out: what is left to do stays the same", () => {
  fc.assert(
    fc.property(clusters({ nodes: 6, units: 20 }, [1]), fc.infiniteStream(fc.boolean()), ({ nodes, units }, done) => {
      const found = at(units, nodes)
      const later = units.map((unit, index) => (done.next().value ? { ...unit, present: found[index] } : unit))
      assert.deepEqual(at(later, nodes), found)
    }),
    { numRuns: 3000 },
  )
})

test("the order in which units come changes nothing", () => {
  fc.assert(
    fc.property(clusters({ nodes: 6, units: 20 }, [1, 2]), ({ nodes, units }) => {
      assert.deepEqual(at(units.toReversed(), nodes).toReversed(), at(units, nodes))
    }),
    { numRuns: 1000 },
  )
})

/** Units that may be anywhere, nowhere yet. */
const free = (weights: readonly number[]) =>
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.array(fc.constantFrom(...weights), { maxLength: 40 }))
    .map(([count, list]) => ({
      nodes: nodesOf(count),
      units: list.map((weight, index): Unit => {
        const nodes = [...Array(count).keys()]
        return { name: `10.0.0.${index}`, weight, nodes, fallback: [], present: undefined }
      }),
    }))

const gapOf = (loads: readonly number[]) => Math.max(...loads) - Math.min(...loads)

test("where every node may have everything no node has two addresses more than another, or not two services with both families", () => {
  fc.assert(
    fc.property(free([1]), ({ nodes, units }) => {
      assert.ok(gapOf(place(units, nodes, crypto).loads) <= 1)
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(free([1, 2]), ({ nodes, units }) => {
      const { loads } = place(units, nodes, crypto)
      const single = units.filter(({ weight }) => weight === 1).length
      assert.ok(gapOf(loads) <= (single >= nodes.length ? 1 : 2), loads.join())
    }),
    { numRuns: 2000 },
  )
})

const settled = (units: readonly Unit[], places: readonly number[]) =>
  units.map((unit, index) => ({ ...unit, present: places[index] }))

test("when a node goes away what it had goes to the others, as foretold, and nothing else moves", () => {
  fc.assert(
    fc.property(free([1]), fc.nat(), ({ nodes, units }, which) => {
      const gone = which % nodes.length
      const { places } = place(units, nodes, crypto)
      const left = settled(
        units,
        places.map(({ node }) => node),
      ).map(unit => ({
        ...unit,
        nodes: unit.nodes.filter(node => node !== gone),
        present: unit.present === gone ? undefined : unit.present,
      }))
      if (nodes.length === 1) return
      for (const [index, node] of at(left, nodes).entries()) {
        const before = places[index]
        assert.equal(node, before?.node === gone ? before.next : before?.node)
      }
    }),
    { numRuns: 2000 },
  )
})

test("when a node comes it gets its share, and nothing moves but that", () => {
  fc.assert(
    fc.property(free([1]), ({ nodes, units }) => {
      const before = at(units, nodes)
      const more = settled(units, before).map(unit => ({ ...unit, nodes: [...unit.nodes, nodes.length] }))
      const after = at(more, [...nodes, "newcomer"])
      const moved = after.filter((node, index) => node !== before[index])
      assert.ok(moved.every(node => node === nodes.length))
      assert.equal(moved.length, Math.floor(units.length / (nodes.length + 1)))
    }),
    { numRuns: 2000 },
  )
})

test("a thousand addresses come and go on ten nodes: each step is even, and moves no more than it must", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 5, maxLength: 25 }), steps => {
      const nodes = nodesOf(10)
      let units: readonly Unit[] = []
      for (const [step, number] of steps.entries()) {
        const coming = Array.from({ length: number % 40 }, (_, index): Unit => {
          const name = `10.${step}.0.${index}`
          return { name, weight: 1, nodes: [...nodes.keys()], fallback: [], present: undefined }
        })
        const staying = units.filter((_, index) => (index * 7 + number) % 5 !== 0)
        units = [...staying, ...coming]
        const { places, loads } = place(units, nodes, crypto)
        const found = places.map(({ node }) => node)
        assert.ok(gapOf(loads) <= 1)
        const least = Math.floor(units.length / nodes.length)
        const over = loadsOf(
          staying,
          staying.map(({ present }) => present ?? 0),
          nodes.length,
        )
        const high = units.length % nodes.length
        const surplus = over.map(load => Math.max(0, load - least)).sort((a, b) => b - a)
        const must = surplus.reduce((sum, load, index) => sum + Math.max(0, load - (index < high ? 1 : 0)), 0)
        assert.equal(movesOf(units, found), must)
        units = settled(units, found)
      }
    }),
    { numRuns: 200 },
  )
})
