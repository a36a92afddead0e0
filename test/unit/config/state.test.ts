import assert from "node:assert/strict"
import { test } from "node:test"
import { problemsAtNode } from "../../../agent/core/config/at-node.ts"
import { longestMessage } from "../../../agent/core/config/condition.ts"
import type { ConfigInput } from "../../../agent/core/config/judge.ts"
import type { Problem } from "../../../agent/core/config/model.ts"
import { validConditionOf } from "../../../agent/core/config/object-condition.ts"
import type { Component, Findings } from "../../../agent/core/config/state.ts"
import { configurationStateOf, stateLabelsOf, stateNameOf } from "../../../agent/core/config/state.ts"
import { bgpAd, installNamespace, judge, node, peer, pool, secret } from "./fixtures.ts"

const controller: Component = { kind: "controller" }
const speaker: Component = { kind: "speaker", node: "n1" }
const start = { before: [], now: Date.UTC(2026, 0, 31, 12) }

const found = (problems: readonly Problem[], unread: Findings["unread"] = []): Findings => ({ problems, unread })

const summary = (input: Partial<ConfigInput>): string =>
  configurationStateOf(found(judge(input).problems), speaker, start).errorSummary

/** [what is wrong, configuration, the whole errorSummary as scripts compare it]. Spec 9. */
const verbatim: readonly (readonly [string, Partial<ConfigInput>, string])[] = [
  [
    "a BFD profile that does not exist",
    { bgpPeers: [peer("p1", { bfdProfile: "b1" })] },
    "configuration error: peer p1 referencing non existing bfd profile b1",
  ],
  [
    "a Secret of another type",
    {
      bgpPeers: [peer("p1", { passwordSecret: { name: "s1", namespace: "" } })],
      secrets: [secret("s1", { type: "Opaque" })],
    },
    'configuration error: parsing peer p1 secret type mismatch on "metallb-system"/"s1", type "kubernetes.io/basic-auth" is expected \nfailed to parse peer p1 password secret',
  ],
  [
    "a Secret that does not exist",
    { bgpPeers: [peer("p1", { passwordSecret: { name: "s1", namespace: "" } })], secrets: [] },
    'configuration error: parsing peer p1 secret ref not found for peer config "metallb-system"/"p1"\nfailed to parse peer p1 password secret',
  ],
  [
    "a community alias that nobody defines",
    { bgpAdvertisements: [bgpAd("a", { communities: ["nobody"] })] },
    'configuration error: invalid community format: nobody\ninvalid community "nobody" in BGP advertisement',
  ],
  [
    "two peers that mean one session",
    { bgpPeers: [peer("p1", { createdAt: 1 }), peer("p2", { createdAt: 2 })], nodes: [node("n1")] },
    "configuration error: peer 10.0.0.1 already exists, FRR mode doesn't support duplicate BGPPeers selecting the same node",
  ],
]

for (const [what, input, expected] of verbatim) {
  test(`the summary of ${what} is word by word what scripts compare with`, () => assert.equal(summary(input), expected))
}

test("several errors are one line each, each with its prefix, object and field", () => {
  const text = summary({ pools: [pool("a", ["oops"]), pool("b", [])] })
  assert.deepEqual(
    text.split("\n").map(line => line.slice(0, 55)),
    [
      "configuration error: ipaddresspool/a, spec.addresses[0]:",
      "configuration error: ipaddresspool/b, spec.addresses: po",
    ].map(line => line.slice(0, 55)),
  )
})

test("the overlap of two pools is told with the words that scripts look for", () => {
  assert.match(
    summary({ pools: [pool("a", ["10.0.0.0/24"]), pool("b", ["10.0.0.0/25"])] }),
    /overlaps with already defined CIDR/,
  )
})

test("a faultless configuration is Valid, one that was not read is Unknown, and a warning leaves it Valid", () => {
  const valid = configurationStateOf(found([]), controller, start)
  assert.deepEqual(valid, {
    result: "Valid",
    errorSummary: "",
    conditions: [
      {
        type: "poolReconcilerValid",
        status: "True",
        reason: "Reconciled",
        message: "",
        lastTransitionTime: "2026-01-31T12:00:00Z",
      },
    ],
  })
  assert.deepEqual(configurationStateOf(undefined, controller, start), {
    result: "Unknown",
    errorSummary: "",
    conditions: [],
  })
  const { problems } = judge({ pools: [pool("far", ["10.0.0.0/24"], { namespace: "default" })] })
  const warned = configurationStateOf(found(problems), controller, start)
  assert.deepEqual([warned.result, warned.errorSummary], ["Valid", ""])
  assert.match(warned.conditions[0]?.message ?? "", /^configuration warning: ipaddresspool\/far, metadata.namespace: /)
})

test("what was not read makes a faultless configuration Unknown, and says why; beside an error it stands in the condition", () => {
  const unread = [{ what: "BGPPeers", why: "403 Forbidden" }]
  const line = "configuration unknown: cannot read BGPPeers (403 Forbidden) [ML630]"
  const unknown = configurationStateOf(found([], unread), speaker, start)
  assert.deepEqual([unknown.result, unknown.errorSummary], ["Unknown", line])
  assert.deepEqual(
    unknown.conditions.map(({ status, reason, message }) => [status, reason, message]),
    [["Unknown", "InfraError", line]],
  )
  const { problems } = judge({ pools: [pool("a", ["oops"])] })
  const invalid = configurationStateOf(found(problems, unread), speaker, start)
  assert.equal(invalid.result, "Invalid")
  assert.ok(!invalid.errorSummary.includes("unknown"))
  assert.ok(invalid.conditions[0]?.message.endsWith(`\n${line}`))
})

test("the condition of a speaker has its own type, and its time changes with its status only", () => {
  const { problems } = judge({ pools: [pool("a", ["oops"])] })
  const first = configurationStateOf(found(problems), speaker, start)
  assert.deepEqual(
    first.conditions.map(({ type, status, reason }) => [type, status, reason]),
    [["configReconcilerValid", "False", "ConfigurationError"]],
  )
  const second = configurationStateOf(found([...problems, ...problems]), speaker, {
    before: first.conditions,
    now: start.now + 60_000,
  })
  assert.equal(second.conditions[0]?.lastTransitionTime, "2026-01-31T12:00:00Z")
  const third = configurationStateOf(found([]), speaker, { before: second.conditions, now: start.now + 61_000 })
  assert.equal(third.conditions[0]?.lastTransitionTime, "2026-01-31T12:01:01Z")
})

test("a message never exceeds what the API takes, and says how much is left out", () => {
  const bad = Array.from({ length: 1000 }, (_, index) => pool(`pool-${index}`, ["oops"]))
  const { conditions, errorSummary } = configurationStateOf(found(judge({ pools: bad }).problems), controller, start)
  assert.ok((conditions[0]?.message.length ?? 0) <= longestMessage)
  assert.match(errorSummary, /\nconfiguration error: and [0-9]+ more; the agent's log lists them$/)
})

test("objects are named and labelled as scripts look for them", () => {
  assert.deepEqual([stateNameOf(controller), stateNameOf(speaker)], ["controller", "speaker-n1"])
  assert.deepEqual(stateLabelsOf(controller), { "metallb.io/component-type": "controller" })
  assert.deepEqual(stateLabelsOf(speaker), { "metallb.io/component-type": "speaker", "metallb.io/node-name": "n1" })
  const long: Component = { kind: "speaker", node: "n".repeat(64) }
  assert.deepEqual(stateLabelsOf(long), { "metallb.io/component-type": "speaker" })
})

test("a bad peer of one node leaves the speakers of the others valid", () => {
  const input = {
    pools: [pool("a", ["oops"])],
    l2Advertisements: [],
    legacy: undefined,
    namespaces: [],
    installNamespace,
    bgpPeers: [
      peer("here", { myASN: 0 }),
      peer("there", { peerAddress: "10.0.0.2", myASN: 0, nodeSelectors: [{ matchLabels: { rack: "2" } }] }),
    ],
    bgpAdvertisements: [bgpAd("there", { communities: ["x"], nodeSelectors: [{ matchLabels: { rack: "2" } }] })],
  }
  const { problems } = judge(input)
  const objects = (labels: Record<string, string>) =>
    problemsAtNode(problems, input, labels).map(({ object }) => object)
  assert.deepEqual(objects({ rack: "1" }), ["ipaddresspool/a", "bgppeer/here"])
  assert.deepEqual(objects({ rack: "2" }), [
    "ipaddresspool/a",
    "bgppeer/here",
    "bgppeer/there",
    "bgpadvertisement/there",
  ])
})

test("the condition Valid of an object carries the code of its first error and names its fields", () => {
  const { problems } = judge({ pools: [pool("a", ["oops", "10.0.0.0/33"]), pool("b", ["10.0.0.0/24"])] })
  const broken = validConditionOf("ipaddresspool/a", 3, problems, start)
  assert.deepEqual([broken.status, broken.reason, broken.observedGeneration], ["False", "ML210", 3])
  assert.match(broken.message, /^spec\.addresses\[0\]: .*\nspec\.addresses\[1\]: /)
  const fine = validConditionOf("ipaddresspool/b", 1, problems, start)
  assert.deepEqual([fine.status, fine.reason, fine.message], ["True", "Accepted", ""])
})
