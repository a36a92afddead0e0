import assert from "node:assert/strict"
import { test } from "node:test"
import type { AnnounceInput } from "../../../agent/core/announce/context.ts"
import type { Service } from "../../../agent/core/model.ts"
import { decide } from "./choosing.ts"
import { advertise, node, poolA, speaker, verdict, web } from "./fixtures.ts"

test("where no node is known to be alive the first in the order goes on, and that is said", () => {
  const nodes = ["n1", "n2", "n3"].map(name => node(name, { ready: "unknown" }))
  const outcome = decide(web(), { nodes })
  assert.ok(outcome.ok)
  assert.deepEqual([outcome.reason, outcome.value.node, outcome.value.certain], ["ML317", "n2", false])
})

test("a node without a speaker pod is no last resort, and neither is an excluded one", () => {
  const excluded = { "node.kubernetes.io/exclude-from-external-load-balancers": "" }
  const nodes = [node("n1", { ready: false, labels: excluded }), node("n2"), node("n3", { ready: false })]
  const outcome = decide(web(), { nodes, speakers: [speaker("n1"), speaker("n3", { ready: false })] })
  assert.ok(outcome.ok)
  assert.deepEqual([outcome.value.node, outcome.value.standby], ["n3", []])
})

/** While an object is broken or unread, what this installation gave stays announced. */
const doubts: readonly [string, Service, Partial<AnnounceInput>, string][] = [
  [
    "the pool cannot be read",
    web(),
    { verdict: verdict([], [advertise(["a"])], { brokenPools: ["a"] }) },
    "ML315 n2 | n3,n1 | all",
  ],
  [
    "the pool cannot be read: its advertisement still says from where",
    web(),
    { verdict: verdict([], [advertise(["a"], { interfaces: ["eth7"] })], { brokenPools: ["a"] }) },
    "ML315 n2 | n3,n1 | eth7",
  ],
  [
    "the ConfigMap cannot be read",
    web(),
    { verdict: verdict([], [], { legacyBroken: true }) },
    "ML315 n2 | n3,n1 | all",
  ],
  ["there is no pool at all", web(), { verdict: verdict([], []) }, "ML315 n2 | n3,n1 | all"],
  [
    "the only advertisement cannot be read",
    web(),
    { verdict: verdict([poolA], [], { brokenAdvertisements: ["l2"] }) },
    "ML315 n2 | n3,n1 | all",
  ],
  [
    "an address without a record of ours is not announced on a doubt",
    { ...web(), annotations: {} },
    { verdict: verdict([], []) },
    "ML314",
  ],
  [
    "another pool is broken and this one is valid: nothing is doubtful",
    web(),
    { verdict: verdict([poolA], [advertise(["a"])], { brokenPools: ["b"] }) },
    "ML300 n2 | n3,n1 | all",
  ],
]

for (const [rule, one, more, expected] of doubts) {
  test(`doubt: ${rule}`, () => {
    const outcome = decide(one, more)
    const { ok, reason } = outcome
    const said = ok
      ? `${reason} ${outcome.value.node} | ${outcome.value.standby.join(",")} | ${[outcome.value.interfaces].flat().join(",")}`
      : reason
    assert.equal(said, expected)
  })
}
