import assert from "node:assert/strict"
import { test } from "node:test"
import type { AnnounceInput } from "../../../agent/core/announce/context.ts"
import type { Service } from "../../../agent/core/model.ts"
import { pool, restriction } from "../allocate/fixtures.ts"
import { bgpAd, judge, judgeWithout, l2, pool as written } from "../config/fixtures.ts"
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

const poolB = pool("b", ["10.0.1.0/28"], { source: "legacy", protocol: "layer2" })
const refusing = { ...poolA, restriction: restriction({ namespaces: new Set(["lab"]) }) }

const unusable = written("a", ["10.0.0.0/33"])

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
    "there is no pool, and routers alone were ever told of addresses",
    web(),
    { verdict: judge({ bgpAdvertisements: [bgpAd("x")] }) },
    "ML310",
  ],
  [
    "there is no pool, and links and routers were told of addresses",
    web(),
    { verdict: judge({ bgpAdvertisements: [bgpAd("x")], l2Advertisements: [l2("y")] }) },
    "ML315 n2 | n3,n1 | all",
  ],
  [
    "there is no pool, routers are told of addresses, and links may be",
    web(),
    { verdict: judgeWithout(["l2Advertisements"], { bgpAdvertisements: [bgpAd("x")] }) },
    "ML315 n2 | n3,n1 | all",
  ],
  [
    "the pool cannot be read, and a BGPAdvertisement alone names it",
    web(),
    { verdict: judge({ pools: [unusable], bgpAdvertisements: [bgpAd("x", { ipAddressPools: ["a"] })] }) },
    "ML310",
  ],
  [
    "the pool cannot be read, and a BGPAdvertisement names another",
    web(),
    { verdict: judge({ pools: [unusable], bgpAdvertisements: [bgpAd("x", { ipAddressPools: ["b"] })] }) },
    "ML315 n2 | n3,n1 | all",
  ],
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
  [
    "pools cannot be read, and the ConfigMap has others",
    web(),
    { verdict: verdict([poolB], [advertise(["b"])], { unread: ["IPAddressPools"] }) },
    "ML315 n2 | n3,n1 | all",
  ],
  [
    "L2Advertisements cannot be read",
    web(),
    { verdict: verdict([poolA], [], { unread: ["L2Advertisements"] }) },
    "ML315 n2 | n3,n1 | all",
  ],
  [
    "L2Advertisements cannot be read, and the pool is one of the ConfigMap's for BGP",
    web(),
    { verdict: verdict([{ ...poolA, protocol: "bgp" }], [], { unread: ["L2Advertisements"] }) },
    "ML310",
  ],
  [
    "an older pool took the address over and is not advertised: as the broken one is",
    web({ from: "young" }),
    { verdict: verdict([poolA], [advertise(["young"], { interfaces: ["eth7"] })], { brokenPools: ["young"] }) },
    "ML315 n2 | n3,n1 | eth7",
  ],
  [
    "an older pool took the address over and refuses the service: as the broken one is",
    web({ from: "young" }),
    {
      verdict: verdict([refusing], [advertise(["a"]), advertise(["young"], { interfaces: ["eth7"] })], {
        brokenPools: ["young"],
      }),
    },
    "ML315 n2 | n3,n1 | eth7",
  ],
  [
    "an older pool took the address over, serves the service and is advertised: as that one is",
    web({ from: "young" }),
    {
      verdict: verdict([poolA], [advertise(["a"]), advertise(["young"], { interfaces: ["eth7"] })], {
        brokenPools: ["young"],
      }),
    },
    "ML300 n2 | n3,n1 | all",
  ],
  [
    "an older pool took the address over, and neither is advertised",
    web({ from: "young" }),
    { verdict: verdict([refusing], [], { brokenPools: ["young"] }) },
    "ML310",
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
