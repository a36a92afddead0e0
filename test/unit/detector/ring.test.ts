import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { watchersOf } from "../../../agent/core/detector/ring.ts"
import { crypto, peer } from "./driver.ts"

const names = (count: number) => Array.from({ length: count }, (_, at) => `n${at}`)
const watchers = (self: string, all: readonly string[], dead: ReadonlySet<string> = new Set()) =>
  watchersOf(
    self,
    all.filter(node => node !== self).map(node => peer(node, !dead.has(node))),
    crypto,
  ).map(found => found.node)

test("every node is watched by two others, and by all others where there are fewer", () => {
  for (const count of [1, 2, 3, 4, 20]) {
    for (const self of names(count)) assert.equal(watchers(self, names(count)).length, Math.min(2, count - 1))
  }
})

test("the order in which nodes are known changes nothing", () => {
  assert.deepEqual(watchers("n3", names(9)), watchers("n3", [...names(9)].reverse()))
})

test("dead nodes on the way hear the heartbeats too, and two living ones beside them", () => {
  const [first = "", second = ""] = watchers("n3", names(9))
  const now = watchers("n3", names(9), new Set([first, second]))
  assert.deepEqual(now.slice(0, 2), [first, second])
  assert.equal(now.length, 4)
})

test("a death moves only the heartbeats of nodes just before it", () => {
  const all = names(12)
  const moved = all.filter(
    self => self !== "n5" && watchers(self, all).join() !== watchers(self, all, new Set(["n5"])).join(),
  )
  assert.equal(moved.length, 2)
})

test("however the nodes are split, heartbeats cross the cut in both directions", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 8 }), sides => {
      fc.pre(new Set(sides).size === 2)
      const all = names(sides.length)
      const sideOf = (node: string) => sides[all.indexOf(node)]
      const crosses = (from: boolean) =>
        all
          .filter(node => sideOf(node) === from)
          .some(node => {
            const unseen = new Set(all.filter(other => sideOf(other) !== from))
            return watchers(node, all, unseen).some(other => sideOf(other) !== from)
          })
      assert.ok(crosses(true) && crosses(false))
    }),
  )
})
