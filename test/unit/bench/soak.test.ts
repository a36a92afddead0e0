import assert from "node:assert/strict"
import { test } from "node:test"
import { noticeSilences } from "../../bench/silence.ts"
import { servedOn } from "../../bench/soak/endpoints.ts"

/** Looks every 100 ms from 0 on; `answered` says at each look when the last answer was. */
const noticed = (answered: readonly number[]) => {
  const notice = noticeSilences(400)
  return answered.flatMap((at, look) => notice(at, look * 100) ?? [])
}
const still = (at: number, looks: number) => Array.from({ length: looks }, () => at)

test("a long silence is noticed once, when it is over", () => {
  assert.deepEqual(noticed([0, 100, 200, ...still(200, 5), 750, 900]), [{ from: 200, to: 750 }])
  assert.deepEqual(noticed([0, 100, 200, ...still(200, 3), 600, 700]), [])
})

test("one that goes on is noticed once, while it does, and the next one again", () => {
  const [first, ...more] = noticed([...still(0, 60), 5990, ...still(5990, 10), 7100])
  assert.deepEqual(first, { from: 0, to: 2500 })
  assert.deepEqual(more, [{ from: 5990, to: 7100 }])
})

test("a service is served on a node by ready endpoints of that node alone, whatever slice they are in", () => {
  const slice = (service: string, ...endpoints: readonly (readonly [string, boolean])[]) => ({
    metadata: { labels: { "kubernetes.io/service-name": service } },
    endpoints: endpoints.map(([nodeName, ready]) => ({ nodeName, conditions: { ready } })),
  })
  const items = [
    slice("a", ["n2", true], ["n1", false]),
    slice("b", ["n1", true]),
    slice("c", ["n2", true]),
    slice("c", ["n1", true]),
    { metadata: slice("d").metadata },
  ]
  assert.deepEqual([...servedOn({ items }, "n1")], ["b", "c"])
})
