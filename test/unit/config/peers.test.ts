import assert from "node:assert/strict"
import { test } from "node:test"
import type { BgpPeerResource } from "../../../agent/core/model-bgp.ts"
import { configMap, judge, node, peer, problemLines, secret } from "./fixtures.ts"

const line = (severity: string, code: string, field: string) => `${severity} ${code} bgppeer/p ${field}`

/** [rule, fields, problem; undefined where the peer is accepted]. Spec 1.2, 1.10, 6.6. */
const rows: readonly (readonly [string, Partial<BgpPeerResource>, string | undefined])[] = [
  ["nothing but what is required", {}, undefined],
  ["an own AS of 0", { myASN: 0 }, line("error", "ML250", "spec.myASN")],
  ["the highest AS", { myASN: 4294967295 }, undefined],
  ["an AS above the highest", { peerASN: 4294967296 }, line("error", "ML250", "spec.peerASN")],
  ["neither peerASN nor dynamicASN", { peerASN: 0 }, line("error", "ML251", "spec.peerASN")],
  ["both peerASN and dynamicASN", { dynamicASN: "internal" }, line("error", "ML251", "spec.dynamicASN")],
  ["dynamicASN external", { peerASN: 0, dynamicASN: "external" }, undefined],
  ["another dynamicASN", { peerASN: 0, dynamicASN: "some" }, line("error", "ML250", "spec.dynamicASN")],
  ["a localASN", { localASN: 65000 }, undefined],
  ["a negative localASN", { localASN: -1 }, line("error", "ML250", "spec.localASN")],
  ["neither peerAddress nor interface", { peerAddress: "" }, line("error", "ML251", "spec.peerAddress")],
  ["both peerAddress and interface", { interface: "eth0" }, line("error", "ML251", "spec.peerAddress")],
  ["an interface alone", { peerAddress: "", interface: "eth0" }, undefined],
  ["an IPv6 address", { peerAddress: "2001:db8::1" }, undefined],
  ["a name as its address", { peerAddress: "router" }, line("error", "ML250", "spec.peerAddress")],
  ["a leading zero in its address", { peerAddress: "10.0.0.01" }, line("error", "ML250", "spec.peerAddress")],
  ["a source address", { sourceAddress: "10.0.0.9" }, undefined],
  ["a bad source address", { sourceAddress: "eth0" }, line("error", "ML250", "spec.sourceAddress")],
  ["the highest port", { peerPort: 16384 }, undefined],
  ["a port above the highest", { peerPort: 16385 }, line("error", "ML250", "spec.peerPort")],
  ["a router ID", { routerID: "10.10.10.10" }, undefined],
  ["an IPv6 router ID", { routerID: "fd00::1" }, line("error", "ML250", "spec.routerID")],
  ["a bad router ID", { routerID: "1" }, line("error", "ML250", "spec.routerID")],
  ["a hold time of 3s", { holdTime: "3s" }, undefined],
  ["a hold time under 3s", { holdTime: "2.9s" }, line("error", "ML252", "spec.holdTime")],
  ["a hold time under 1s", { holdTime: "500ms" }, line("error", "ML252", "spec.holdTime")],
  ["a hold time beyond 16 bits", { holdTime: "65536s" }, line("error", "ML252", "spec.holdTime")],
  ["a bare number as its hold time", { holdTime: "90" }, line("error", "ML252", "spec.holdTime")],
  ["a negative hold time", { holdTime: "-3s" }, line("error", "ML252", "spec.holdTime")],
  ["a hold time of 0s", { holdTime: "0s", keepaliveTime: "0s" }, line("warning", "ML257", "spec.holdTime")],
  ["a keepalive of 0s alone", { keepaliveTime: "0s" }, line("warning", "ML257", "spec.keepaliveTime")],
  [
    "a keepalive longer than the hold time",
    { holdTime: "9s", keepaliveTime: "10s" },
    line("error", "ML252", "spec.keepaliveTime"),
  ],
  [
    "a keepalive with timers off",
    { holdTime: "0s", keepaliveTime: "1s" },
    line("error", "ML252", "spec.keepaliveTime"),
  ],
  ["a keepalive as long as the hold time", { holdTime: "9s", keepaliveTime: "9s" }, undefined],
  ["a connect time", { connectTime: "1m5s" }, undefined],
  ["a connect time of 0s", { connectTime: "0s" }, line("error", "ML252", "spec.connectTime")],
  ["a connect time of half a second", { connectTime: "1.5s" }, line("error", "ML252", "spec.connectTime")],
  ["a connect time beyond the longest", { connectTime: "65536s" }, line("error", "ML252", "spec.connectTime")],
  ["ebgpMultiHop to another AS", { ebgpMultiHop: true }, undefined],
  ["ebgpMultiHop to its own AS", { ebgpMultiHop: true, peerASN: 64512 }, line("error", "ML251", "spec.ebgpMultiHop")],
  [
    "ebgpMultiHop to a dynamic internal AS",
    { ebgpMultiHop: true, peerASN: 0, dynamicASN: "internal" },
    line("error", "ML251", "spec.ebgpMultiHop"),
  ],
  ["TTL security of a neighbour", { ttlSecurityHops: 1 }, undefined],
  ["TTL security over the most hops", { ttlSecurityHops: 254 }, undefined],
  ["TTL security over hops beside ebgpMultiHop", { ttlSecurityHops: 2, ebgpMultiHop: true }, undefined],
  ["TTL security of no hop", { ttlSecurityHops: 0 }, line("error", "ML250", "spec.ttlSecurityHops")],
  ["TTL security that proves nothing", { ttlSecurityHops: 255 }, line("error", "ML250", "spec.ttlSecurityHops")],
  [
    "TTL security of a neighbour beside ebgpMultiHop",
    { ttlSecurityHops: 1, ebgpMultiHop: true },
    line("error", "ML251", "spec.ttlSecurityHops"),
  ],
  ["disableMP", { disableMP: true }, line("warning", "ML256", "spec.disableMP")],
  [
    "vrf, graceful restart and both families",
    { vrf: "red", enableGracefulRestart: true, dualStackAddressFamily: true },
    undefined,
  ],
  [
    "an invalid node selector",
    { nodeSelectors: [{ matchExpressions: [{ key: "a", operator: "In", values: [] }] }] },
    line("error", "ML220", "spec.nodeSelectors[0].matchExpressions[0].values"),
  ],
  ["a node selector twice", { nodeSelectors: [{}, {}] }, line("warning", "ML221", "spec.nodeSelectors[1]")],
  ["a password", { hasPassword: true }, undefined],
  [
    "a password and a Secret",
    { hasPassword: true, passwordSecret: { name: "good", namespace: "" } },
    line("error", "ML251", "spec.password"),
  ],
  ["a Secret", { passwordSecret: { name: "good", namespace: "" } }, undefined],
  [
    "a Secret of another namespace, which is not used",
    { passwordSecret: { name: "good", namespace: "default" } },
    line("warning", "ML256", "spec.passwordSecret.namespace"),
  ],
  [
    "a Secret that is not there",
    { passwordSecret: { name: "gone", namespace: "" } },
    line("error", "ML255", "spec.passwordSecret.name"),
  ],
  [
    "a Secret of another type",
    { passwordSecret: { name: "opaque", namespace: "" } },
    line("error", "ML255", "spec.passwordSecret.name"),
  ],
  [
    "a Secret without a password",
    { passwordSecret: { name: "empty", namespace: "" } },
    line("error", "ML255", "spec.passwordSecret.name"),
  ],
  [
    "a malformed field",
    { malformed: [{ field: "spec.vrf", message: "found 1, allowed is text" }] },
    line("error", "ML201", "spec.vrf"),
  ],
]

const secrets = [secret("good"), secret("opaque", { type: "Opaque" }), secret("empty", { keys: ["username"] })]

for (const [rule, fields, problem] of rows) {
  const refused = problem?.startsWith("error") === true
  test(`a peer with ${rule} is ${refused ? "left out and the one beside it used" : "used"}`, () => {
    const verdict = judge({ bgpPeers: [peer("p", fields), peer("other", { peerAddress: "10.9.9.9" })], secrets })
    assert.deepEqual(problemLines(verdict), problem === undefined ? [] : [problem])
    assert.deepEqual(
      verdict.config.bgp.peers.map(({ name }) => name),
      refused ? ["other"] : ["other", "p"],
    )
    assert.deepEqual(verdict.brokenBgp.peers, refused ? ["p"] : [])
  })
}

/** [hold, keepalive, completed hold, completed keepalive]. Spec 1.2; undefined leaves the session's own default. */
const timers: readonly (readonly [string | undefined, string | undefined, number | undefined, number | undefined])[] = [
  [undefined, undefined, undefined, undefined],
  ["90s", undefined, 90, 30],
  ["3s", undefined, 3, 1],
  ["10s", undefined, 10, 3],
  [undefined, "20s", 60, 20],
  [undefined, "500ms", 3, 1],
  ["90.9s", "20.9s", 90, 20],
  ["90s", "0s", 90, 30],
  ["0s", "0s", 0, 0],
  [undefined, "0s", 0, 0],
  ["1m30s", "1.5s", 90, 1],
]

for (const [holdTime, keepaliveTime, hold, keepalive] of timers) {
  test(`hold ${holdTime ?? "unset"} and keepalive ${keepaliveTime ?? "unset"} become ${hold} and ${keepalive}`, () => {
    const [used] = judge({ bgpPeers: [peer("p", { holdTime, keepaliveTime })] }).config.bgp.peers
    assert.deepEqual([used?.timers.holdTime, used?.timers.keepaliveTime], [hold, keepalive])
  })
}

test("a peer's address that is none is told in the words that scripts look for", () => {
  for (const fields of [{ peerAddress: "router" }, { peerAddress: "10.0.0.01" }]) {
    const [problem] = judge({ bgpPeers: [peer("p", fields)] }).problems
    assert.match(problem?.message ?? "", /^invalid BGPPeer address "/)
  }
})

test("a port that is missing or 0, as objects stored through v1beta1 have it, is 179", () => {
  assert.equal(judge({ bgpPeers: [peer("p", { peerPort: 0 })] }).config.bgp.peers[0]?.port, 179)
})

test("a Secret that was not read is believed, one that was is followed by its password's mark, else by its version", () => {
  const wanted = peer("p", { passwordSecret: { name: "good", namespace: "" } })
  assert.deepEqual(judge({ bgpPeers: [wanted] }).config.bgp.peers[0]?.password, {
    from: "secret",
    name: "good",
    revision: "",
  })
  const read = judge({ bgpPeers: [wanted], secrets: [secret("good", { resourceVersion: "7" })] })
  assert.deepEqual(read.config.bgp.peers[0]?.password, { from: "secret", name: "good", revision: "7" })
  const marked = judge({
    bgpPeers: [wanted],
    secrets: [secret("good", { resourceVersion: "7", passwordDigest: "ab" })],
  })
  assert.deepEqual(marked.config.bgp.peers[0]?.password, { from: "secret", name: "good", revision: "ab" })
  const elsewhere = judge({ bgpPeers: [wanted], secrets: [secret("good", { namespace: "default" })] })
  assert.deepEqual(elsewhere.brokenBgp.peers, ["p"])
})

/** [what, second peer, whether both are used]; the first is a plain peer at 10.0.0.1 that is older. */
const pairs: readonly (readonly [string, Partial<BgpPeerResource>, boolean])[] = [
  ["the same address", {}, false],
  ["the same address in another writing of its port", { peerPort: 0 }, false],
  ["the same address and another AS", { peerASN: 65001 }, false],
  ["another port", { peerPort: 1179 }, true],
  ["another source address", { sourceAddress: "10.0.0.9" }, true],
  ["another VRF", { vrf: "red" }, true],
  [
    "another address, router ID and own AS",
    { peerAddress: "10.0.0.2", routerID: "10.9.9.9", myASN: 65_000, nodeSelectors: [{ matchLabels: { rack: "2" } }] },
    true,
  ],
  ["nodes of its own", { nodeSelectors: [{ matchLabels: { rack: "3" } }] }, true],
  ["one node in common", { nodeSelectors: [{ matchLabels: { rack: "2" } }] }, false],
]

for (const [what, fields, both] of pairs) {
  test(`of two peers with ${what} ${both ? "both are" : "the older is"} used`, () => {
    const first = peer("z", {
      createdAt: 1,
      nodeSelectors: [{ matchExpressions: [{ key: "rack", operator: "In", values: ["1", "2"] }] }],
    })
    const verdict = judge({
      bgpPeers: [peer("a", { createdAt: 2, ...fields }), first],
      nodes: [node("n1", { rack: "1" }), node("n2", { rack: "2" }), node("n3", { rack: "3" })],
    })
    assert.deepEqual(
      verdict.config.bgp.peers.map(({ name }) => name),
      both ? ["a", "z"] : ["z"],
    )
    assert.deepEqual(problemLines(verdict), both ? [] : ["error ML253 bgppeer/a spec.peerAddress"])
  })
}

test("a peer that broke keeps its last valid version, unless another opens that session now", () => {
  const before = judge({ bgpPeers: [peer("p")] })
  const kept = judge({ bgpPeers: [peer("p", { holdTime: "1s" })] }, before.config)
  assert.deepEqual(kept.config.bgp.peers, before.config.bgp.peers)
  assert.deepEqual(kept.brokenBgp.peers, [])
  assert.match(kept.problems[0]?.message ?? "", /the last valid version stays in use/)
  const taken = judge({ bgpPeers: [peer("p", { holdTime: "1s" }), peer("q")] }, before.config)
  assert.deepEqual(
    taken.config.bgp.peers.map(({ name }) => name),
    ["q"],
  )
  assert.deepEqual(taken.brokenBgp.peers, ["p"])
})

test("a peer whose BFD profile is missing keeps its session, without BFD, and is reported", () => {
  const verdict = judge({ bgpPeers: [peer("p", { bfdProfile: "gone" })] })
  assert.deepEqual(problemLines(verdict), ["error ML254 bgppeer/p spec.bfdProfile"])
  assert.equal(verdict.config.bgp.peers.length, 1)
  assert.deepEqual(verdict.config.bgp.bfdProfiles, [])
})

const old = `peers:
- my-asn: 64512
  peer-asn: 64513
  peer-address: 10.0.0.1
  password: hunter2
- my-asn: 64512
  peer-asn: 64513
  peer-address: fd00::1
  peer-port: 50000
  hold-time: 30s
  router-id: 10.10.10.10
  bfd-profile: fast
  ebgp-multihop: true
  node-selectors:
  - match-labels: {rack: "1"}
    match-expressions:
    - {key: zone, operator: In, values: [a, b]}
bfd-profiles:
- {name: fast, receive-interval: 50, echo-mode: yes}
`

test("peers of the ConfigMap are used beside resources, with its hold time of 90 s where none is written", () => {
  const { config } = judge({ legacy: configMap(old), bgpPeers: [peer("p", { peerAddress: "10.0.0.9" })] })
  assert.deepEqual(
    config.bgp.peers.map(({ name, source, timers, port }) => [name, source, timers.holdTime, port]),
    [
      ["p", "resource", undefined, 179],
      ["peer-10-0-0-1", "legacy", 90, 179],
      ["peer-fd00-1", "legacy", 30, 50000],
    ],
  )
  const [, first, second] = config.bgp.peers
  assert.deepEqual(first?.password, { from: "configmap", revision: "1" })
  assert.deepEqual(second?.nodeSelectors, [
    { matchLabels: { rack: "1" }, matchExpressions: [{ key: "zone", operator: "In", values: ["a", "b"] }] },
  ])
  assert.deepEqual([second?.bfdProfile, second?.ebgpMultiHop], ["fast", true])
  assert.deepEqual([config.bgp.bfdProfiles[0]?.receiveInterval, config.bgp.bfdProfiles[0]?.echoMode], [50, true])
})

test("a password stands in no verdict, whatever is wrong with its peer", () => {
  for (const text of [
    old,
    old.replace("peer-asn: 64513", "peer-asn: 0"),
    old.replace("password: hunter2", "password: [hunter2]"),
  ]) {
    const verdict = judge({ legacy: configMap(text) })
    const plain = JSON.stringify(verdict, (_key, value) => (typeof value === "bigint" ? String(value) : value))
    assert.ok(!plain.includes("hunter2"), text)
  }
})

test("a resource wins over a peer of the ConfigMap that means the same session, with a warning and no error", () => {
  const verdict = judge({ legacy: configMap(old), bgpPeers: [peer("p", { createdAt: 9e12 })] })
  assert.deepEqual(
    verdict.config.bgp.peers.map(({ name }) => name),
    ["p", "peer-fd00-1"],
  )
  assert.ok(
    problemLines(verdict).includes("warning ML258 configmap/config line 4, column 17"),
    problemLines(verdict).join("\n"),
  )
  assert.deepEqual(verdict.brokenBgp.peers, [])
})

test("what a peer of the ConfigMap has wrong is placed by line and column", () => {
  const text = old.replace("10.0.0.1", "router").replace("30s", "2s").replace("operator: In", "operator: in")
  const found = problemLines(judge({ legacy: configMap(text) })).filter(line => line.startsWith("error"))
  assert.deepEqual(found, [
    "error ML250 configmap/config line 4, column 17",
    "error ML252 configmap/config line 10, column 14",
    "error ML220 configmap/config line 17, column 29",
  ])
})
