import assert from "node:assert/strict"
import { test } from "node:test"
import type { AnnounceInput } from "../../../agent/core/announce/context.ts"
import type { Service } from "../../../agent/core/model.ts"
import { dualStack, pool } from "../allocate/fixtures.ts"
import { answer, decide } from "./choosing.ts"
import { advertise, endpoint, node, poolA, slice, speaker, verdict, web } from "./fixtures.ts"

const local = { externalTrafficPolicy: "Local" } as const

const selecting = (label: string) => [{ matchLabels: { zone: label } }]

const threeNodes = (changed: Parameters<typeof node>[1]) => [node("n1"), node("n2", changed), node("n3")]

const carrying = (...addresses: readonly string[]) => [node("n1", { addresses }), node("n2"), node("n3")]

const barring = (name: string, ...addresses: readonly string[]) =>
  new Map(
    addresses.map(address => [
      address,
      [{ node: name, reason: "ML324" as const, facts: { node: name, link: "10.0.0.0/24" } }],
    ]),
  )

// SHA-256 of "<node>#10.0.0.1" puts n2 first, then n3, then n1.
const table: readonly [string, Service, Partial<AnnounceInput>, string][] = [
  ["5.2 all three nodes, by hash", web(), {}, "n2 | n3,n1"],
  ["5.1 not a load balancer", web({ type: "ClusterIP" }), {}, "ML001"],
  ["2.2 another load balancer's class", web({ loadBalancerClass: "x" }), {}, "ML002"],
  ["5.1 being deleted", web({ deleting: true }), {}, "ML012"],
  ["5.1 no address", web({ ips: [] }), {}, "ML011"],
  ["5.1 only a host name", { ...web(), ingress: [{ hostname: "lb.example.org" }] }, {}, "ML015"],
  [
    "5.1 an address and a host name: the address is announced",
    { ...web(), ingress: [{ hostname: "x" }, { ip: "10.0.0.1" }] },
    {},
    "n2 | n3,n1",
  ],
  ["5.1 in no pool", web({ ips: ["10.9.9.9"] }), {}, "ML314"],
  [
    "5.1 in two pools",
    web({ ...dualStack, ips: ["10.0.0.1", "2001:db8:9::1"] }),
    { verdict: verdict([poolA, pool("b", ["2001:db8:9::/120"])], [advertise(["a", "b"])]) },
    "ML314",
  ],
  [
    "5.1 an avoided address is announced while it is there",
    web({ ips: ["10.0.0.0"] }),
    { verdict: verdict([pool("a", ["10.0.0.0/28"], { avoidBuggyIPs: true })], [advertise(["a"])]) },
    "n3 | n1,n2",
  ],
  ["5.3.3 no advertisement for the pool", web(), { verdict: verdict([poolA], [advertise(["b"])]) }, "ML310"],
  [
    "5.3.3 no advertisement for the labels",
    web(),
    { verdict: verdict([poolA], [advertise(["a"], { serviceSelectors: [{ matchLabels: { tier: "gold" } }] })]) },
    "ML311",
  ],
  [
    "5.3.3 one of two advertisements for the labels",
    web({ labels: { tier: "gold" } }),
    {
      verdict: verdict(
        [poolA],
        [
          advertise(["a"], { serviceSelectors: [{ matchLabels: { tier: "tin" } }] }),
          advertise(["a"], { serviceSelectors: [{ matchLabels: { tier: "gold" } }] }),
        ],
      ),
    },
    "n2 | n3,n1",
  ],
  [
    "5.3.2 sharing and an advertisement by label",
    web({ labels: { tier: "gold" }, annotations: { "metallb.io/allow-shared-ip": "" } }),
    { verdict: verdict([poolA], [advertise(["a"], { serviceSelectors: [{ matchLabels: { tier: "gold" } }] })]) },
    "ML313",
  ],
  [
    "5.3.2 the same with the old prefix",
    web({ labels: { tier: "gold" }, annotations: { "metallb.universe.tf/allow-shared-ip": "k" } }),
    { verdict: verdict([poolA], [advertise(["a"], { serviceSelectors: [{ matchLabels: { tier: "gold" } }] })]) },
    "ML313",
  ],
  [
    "5.3.2 sharing, and the advertisement by label is not this service's",
    web({ annotations: { "metallb.io/allow-shared-ip": "k" } }),
    {
      verdict: verdict(
        [poolA],
        [advertise(["a"], { serviceSelectors: [{ matchLabels: { tier: "gold" } }] }), advertise(["a"])],
      ),
    },
    "n2 | n3,n1",
  ],
  ["5.3.1 no endpoint slice", web(), { endpointSlices: [] }, "ML312"],
  ["5.3.1 no endpoint that can serve", web(), { endpointSlices: [slice(web(), endpoint("n1", false))] }, "ML312"],
  [
    "5.3 Cluster needs no endpoint on the node",
    web(),
    { endpointSlices: [slice(web(), endpoint("n1"))] },
    "n2 | n3,n1",
  ],
  ["5.3 Local needs one", web(local), { endpointSlices: [slice(web(), endpoint("n1"), endpoint("n3"))] }, "n3 | n1"],
  [
    "5.3 endpoints of the other family count as well",
    web(local),
    { endpointSlices: [slice(web(), { ...endpoint("n1"), family: "IPv6" })] },
    "n1 | ",
  ],
  [
    "5.3 Local needs one that can serve, in whichever slice",
    web(local),
    { endpointSlices: [slice(web(), endpoint("n2", false)), slice(web(), endpoint("n1"))] },
    "n1 | ",
  ],
  [
    "5.3 Local and endpoints without a node",
    web(local),
    { endpointSlices: [slice(web(), endpoint(undefined))] },
    "ML316",
  ],
  ["node not ready", web(), { nodes: threeNodes({ ready: false }) }, "n3 | n1"],
  ["node has stopped reporting", web(), { nodes: threeNodes({ ready: "unknown" }) }, "n3 | n1"],
  ["5.3 NetworkUnavailable", web(), { nodes: threeNodes({ networkUnavailable: true }) }, "n3 | n1"],
  ["drained", web(), { nodes: threeNodes({ annotations: { "metallb.io/drain": "2026-01-01T14:02:11Z" } }) }, "n3 | n1"],
  [
    "drained, and a speaker of MetalLB lives that would not know",
    web(),
    { nodes: threeNodes({ annotations: { "metallb.io/drain": "2026-01-01T14:02:11Z" } }), mixed: true },
    "n2 | n3,n1",
  ],
  ["5.3 cordon does not matter", web(), { nodes: threeNodes({ unschedulable: true }) }, "n2 | n3,n1"],
  [
    "5.3 exclude-from-external-load-balancers, whatever its value",
    web(),
    { nodes: threeNodes({ labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "false" } }) },
    "n3 | n1",
  ],
  [
    "5.3 unless the flag says otherwise",
    web(),
    {
      nodes: threeNodes({ labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" } }),
      ignoreExcludeLB: true,
    },
    "n2 | n3,n1",
  ],
  ["no speaker on the node", web(), { speakers: [speaker("n1"), speaker("n3")] }, "n3 | n1"],
  [
    "speaker not ready",
    web(),
    { speakers: [speaker("n1"), speaker("n2", { ready: false }), speaker("n3")] },
    "n3 | n1",
  ],
  [
    "an old and a new speaker pod on the node, one of them ready",
    web(),
    {
      speakers: [speaker("n1"), speaker("n2", { ready: false }), speaker("n2", { name: "speaker-new" }), speaker("n3")],
    },
    "n2 | n3,n1",
  ],
  ["speakers run by hand", web(), { speakers: "assumed" }, "n2 | n3,n1"],
  [
    "where speakers know each other neither node nor pod need be ready",
    web(),
    { nodes: threeNodes({ ready: "unknown" }), speakers: [], members: new Set(["n1", "n2", "n3"]) },
    "n2 | n3,n1",
  ],
  ["whose speaker no other hears may not announce", web(), { members: new Set(["n1", "n3"]) }, "n3 | n1"],
  ["who would not be heard leaves it to others", web(), { barred: barring("n2", "10.0.0.1") }, "n3 | n1"],
  ["an address that a node carries is that node's alone", web(), { nodes: carrying("10.0.0.1") }, "n1 | "],
  ["beside MetalLB's speakers anybody's", web(), { nodes: carrying("10.0.0.1"), mixed: true }, "n2 | n3,n1"],
  [
    "an address that two nodes carry is theirs",
    web(),
    { nodes: [...carrying("10.0.0.1", "n1.example.org"), node("n4", { addresses: ["10.0.0.1"] })] },
    "n1 | n4",
  ],
  [
    "one of two addresses that a node carries decides for both",
    web({ ...dualStack, ips: ["10.0.0.1", "2001:db8::1"] }),
    { nodes: carrying("2001:0db8:0::1") },
    "n1 | ",
  ],
  ["an address that no node carries is anybody's", web(), { nodes: carrying("10.0.0.2") }, "n2 | n3,n1"],
  [
    "who is heard with one of two families is no stranger",
    web({ ...dualStack, ips: ["10.0.0.1", "2001:db8::1"] }),
    { barred: barring("n2", "10.0.0.1") },
    "n2 | n3,n1",
  ],
  [
    "who is heard with neither of two families leaves both to others",
    web({ ...dualStack, ips: ["10.0.0.1", "2001:db8::1"] }),
    { barred: barring("n2", "10.0.0.1", "2001:db8::1") },
    "n3 | n1",
  ],
  [
    "5.3 node selectors of the advertisement",
    web(),
    {
      nodes: [node("n1", { labels: { zone: "x" } }), node("n2"), node("n3", { labels: { zone: "y" } })],
      verdict: verdict([poolA], [advertise(["a"], { nodeSelectors: [...selecting("x"), ...selecting("y")] })]),
    },
    "n3 | n1",
  ],
  [
    "5.3 nodes of one of several advertisements",
    web(),
    {
      nodes: [node("n1", { labels: { zone: "x" } }), node("n2"), node("n3", { labels: { zone: "y" } })],
      verdict: verdict(
        [poolA],
        [advertise(["a"], { nodeSelectors: selecting("x") }), advertise(["a"], { nodeSelectors: selecting("y") })],
      ),
    },
    "n3 | n1",
  ],
  [
    "1.5 the sum of preferences comes before the hash",
    web(),
    {
      nodes: [node("n1", { labels: { zone: "x", disk: "ssd" } }), node("n2"), node("n3", { labels: { zone: "x" } })],
      verdict: verdict(
        [poolA],
        [
          advertise(["a"], {
            preferredNodeSelectors: [
              { weight: 10, preference: { matchLabels: { zone: "x" } } },
              { weight: 1, preference: { matchLabels: { disk: "ssd" } } },
            ],
          }),
        ],
      ),
    },
    "n1 | n3,n2",
  ],
  [
    "1.5 an advertisement that says the same as another changes nothing",
    web(),
    { verdict: verdict([poolA], [advertise(["a"]), advertise(["a"], { name: "again" })]) },
    "n2 | n3,n1",
  ],
  [
    "1.5 preferences of advertisements that say the same add up",
    web(),
    {
      nodes: [node("n1", { labels: { zone: "x" } }), node("n2", { labels: { zone: "y" } }), node("n3")],
      verdict: verdict(
        [poolA],
        [
          ...["one", "two"].map(name =>
            advertise(["a"], {
              name,
              preferredNodeSelectors: [{ weight: 10, preference: { matchLabels: { zone: "x" } } }],
            }),
          ),
          advertise(["a"], { preferredNodeSelectors: [{ weight: 15, preference: { matchLabels: { zone: "y" } } }] }),
        ],
      ),
    },
    "n1 | n2,n3",
  ],
  [
    "1.5 preferences of an advertisement count only for nodes that it selects",
    web(),
    {
      nodes: [node("n1", { labels: { zone: "x" } }), node("n2"), node("n3")],
      verdict: verdict(
        [poolA],
        [
          advertise(["a"]),
          advertise(["a"], {
            nodeSelectors: selecting("y"),
            preferredNodeSelectors: [{ weight: 100, preference: { matchLabels: { zone: "x" } } }],
          }),
        ],
      ),
    },
    "n2 | n3,n1",
  ],
  [
    "5.2 a dual-stack service has one owner, by its first address",
    web({ ...dualStack, ips: ["10.0.0.1", "2001:db8::1"] }),
    {},
    "n2 | n3,n1",
  ],
]

for (const [rule, one, more, expected] of table) test(rule, () => assert.equal(answer(one, more), expected))

test("a node with a speaker that nobody hears has another reason than one without", () => {
  const { trace } = decide(web(), { members: new Set(["n1"]), speakers: [speaker("n1"), speaker("n2")] })
  const rejected = trace.filter(step => step.verdict === "rejected").map(({ subject, reason }) => [subject, reason])
  assert.deepEqual(rejected, [
    ["node/n2", "ML323"],
    ["node/n3", "ML305"],
  ])
})

test("every node is a step: by rank, then the rejected ones by name, each with the code of its own cause", () => {
  const nodes = [
    node("a-excluded", { labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" } }),
    node("b-not-selected", { labels: { zone: "other" } }),
    node("c-no-endpoint"),
    node("d-unready", { ready: false }),
    node("e-silent", { ready: "unknown" }),
    node("f-network", { networkUnavailable: true }),
    node("g-no-speaker"),
    node("h-speaker-unready"),
    node("n1"),
    node("n2"),
  ]
  const one = web(local)
  const outcome = decide(one, {
    nodes,
    verdict: verdict(
      [poolA],
      [advertise(["a"], { nodeSelectors: [{ matchExpressions: [{ key: "zone", operator: "DoesNotExist" }] }] })],
    ),
    endpointSlices: [
      slice(one, ...nodes.filter(({ name }) => name !== "c-no-endpoint").map(({ name }) => endpoint(name))),
    ],
    speakers: nodes
      .filter(({ name }) => name !== "g-no-speaker")
      .map(({ name }) => speaker(name, { ready: name !== "h-speaker-unready" })),
  })
  assert.deepEqual(
    outcome.trace.map(step => `${step.subject} ${step.verdict} ${step.reason}`),
    [
      "node/n2 chosen ML300",
      "node/n1 eligible ML301",
      "node/a-excluded rejected ML308",
      "node/b-not-selected rejected ML309",
      "node/c-no-endpoint rejected ML302",
      "node/d-unready rejected ML303",
      "node/e-silent rejected ML304",
      "node/f-network rejected ML307",
      "node/g-no-speaker rejected ML305",
      "node/h-speaker-unready rejected ML306",
    ],
  )
})

test("a node that is off is told as that, not as one without an endpoint", () => {
  const one = web(local)
  const outcome = decide(one, {
    nodes: threeNodes({ ready: "unknown" }),
    endpointSlices: [slice(one, endpoint("n1"), endpoint("n2", false))],
  })
  assert.equal(outcome.trace.find(step => step.subject === "node/n2")?.reason, "ML304")
})

test("interfaces are the union over the advertisements that select the node, and one without interfaces means all", () => {
  const interfaces = (...lists: readonly (readonly string[])[]) => {
    const outcome = decide(web(), {
      verdict: verdict(
        [poolA],
        lists.map(list => advertise(["a"], { interfaces: list })),
      ),
    })
    return outcome.ok ? outcome.value.interfaces : outcome.reason
  }
  assert.deepEqual(interfaces(["eth1", "eth0"], ["eth2", "eth0"]), ["eth0", "eth1", "eth2"])
  assert.equal(interfaces(["eth1"], []), "all")
})

test("interfaces of an advertisement that does not select the owner do not count", () => {
  const outcome = decide(web(), {
    nodes: [node("n1"), node("n2", { labels: { zone: "x" } }), node("n3")],
    verdict: verdict(
      [poolA],
      [
        advertise(["a"], { interfaces: ["eth0"], nodeSelectors: selecting("x") }),
        advertise(["a"], { interfaces: ["eth1"], nodeSelectors: selecting("y") }),
      ],
    ),
  })
  assert.ok(outcome.ok)
  assert.deepEqual(outcome.value.interfaces, ["eth0"])
})
