import assert from "node:assert/strict"
import { test } from "node:test"
import { compareCommunities, formatCommunity, parseCommunity } from "../../../agent/core/config/bgp/community.ts"
import type { BfdProfileResource } from "../../../agent/core/model-bgp.ts"
import { bfd, bgpAd, community, configMap, judge, peer, pool, problemLines } from "./fixtures.ts"

/** [text, canonical text]. Spec 1.7. */
const good: readonly (readonly [string, string])[] = [
  ["0:0", "0:0"],
  ["65535:65535", "65535:65535"],
  ["064512:01", "64512:1"],
  ["large:0:0:0", "large:0:0:0"],
  ["large:4294967295:4294967295:4294967295", "large:4294967295:4294967295:4294967295"],
]

for (const [text, canonical] of good) {
  test(`${text} is a community`, () => {
    const parsed = parseCommunity(text)
    assert.ok(parsed.ok)
    assert.equal(formatCommunity(parsed.community), canonical)
  })
}

/** [text, words that scripts look for]. Spec 1.7 and 9. */
const bad: readonly (readonly [string, RegExp])[] = [
  ["65536:0", /^invalid community value: invalid section "65536"/],
  ["0:65536", /^invalid community value: invalid section "65536"/],
  ["a:1", /^invalid community value: invalid section "a"/],
  ["-1:1", /^invalid community value: invalid section "-1"/],
  [":1", /^invalid community value: invalid section ""/],
  ["large:1:2:4294967296", /^invalid community value: invalid section "4294967296"/],
  ["large:1:2:x", /^invalid community value: invalid section "x"/],
  ["small:1:2:3", /^invalid community value: expected community to be of format large/],
  ["1", /^invalid community format/],
  ["", /^invalid community format/],
  ["1:2:3", /^invalid community format/],
  ["large:1:2:3:4", /^invalid community format/],
  [`${"9".repeat(21)}:1`, /^invalid community value: invalid section/],
]

for (const [text, words] of bad) {
  test(`${text || "an empty text"} is no community`, () => {
    const parsed = parseCommunity(text)
    assert.ok(!parsed.ok)
    assert.match(parsed.message, words)
  })
}

test("communities are sent by number: a standard one counts as a large one with zeros behind it, and stands before it", () => {
  const texts = ["large:65536:0:0", "1:0", "0:2", "large:1:5:0", "large:1:0:9", "0:1"]
  const parsed = texts.map(text => {
    const one = parseCommunity(text)
    assert.ok(one.ok)
    return one.community
  })
  const sorted = [...parsed].sort(compareCommunities).map(formatCommunity)
  assert.deepEqual(sorted, ["0:1", "large:1:0:9", "large:1:5:0", "0:2", "1:0", "large:65536:0:0"])
  assert.deepEqual([...parsed].reverse().sort(compareCommunities).map(formatCommunity), sorted)
})

test("a faulty alias leaves the others of its object in use", () => {
  const verdict = judge({ communities: [community("c", { bad: "1:99999", good: "1:1" })] })
  assert.deepEqual(problemLines(verdict), ["error ML265 community/c spec.communities[0].value"])
  assert.deepEqual(
    verdict.config.bgp.communities.map(({ name }) => name),
    ["good"],
  )
})

test("an alias that two objects define keeps the meaning of the older, and the younger is told so", () => {
  const verdict = judge({
    communities: [community("a", { x: "2:2" }, { createdAt: 2 }), community("z", { x: "1:1" }, { createdAt: 1 })],
  })
  assert.deepEqual(
    verdict.config.bgp.communities.map(one => formatCommunity(one.community)),
    ["1:1"],
  )
  assert.deepEqual(problemLines(verdict), ["error ML267 community/a spec.communities[0].name"])
  assert.match(verdict.problems[0]?.message ?? "", /duplicate definition of community x/)
})

test("an alias without a name is an error", () => {
  assert.deepEqual(problemLines(judge({ communities: [community("c", { "": "1:1" })] })), [
    "error ML250 community/c spec.communities[0].name",
  ])
})

type Bounds = readonly [keyof BfdProfileResource, number, number]

/** [field, least, most]. Spec 1.6. */
const bounds: readonly Bounds[] = [
  ["receiveInterval", 10, 60000],
  ["transmitInterval", 10, 60000],
  ["detectMultiplier", 2, 255],
  ["echoInterval", 10, 60000],
  ["minimumTtl", 1, 254],
]

for (const [field, least, most] of bounds) {
  test(`${field} of a BFDProfile is ${least} to ${most}`, () => {
    for (const value of [least, most]) {
      const verdict = judge({ bfdProfiles: [bfd("b", { [field]: value })] })
      assert.deepEqual(problemLines(verdict), [])
      assert.equal(verdict.config.bgp.bfdProfiles.length, 1)
    }
    for (const value of [least - 1, most + 1]) {
      const verdict = judge({ bfdProfiles: [bfd("b", { [field]: value })] })
      assert.deepEqual(problemLines(verdict), [`error ML250 bfdprofile/b spec.${field}`])
      assert.deepEqual(verdict.config.bgp.bfdProfiles, [])
    }
  })
}

test("a BFDProfile has the defaults of FRR where nothing is written", () => {
  const [profile] = judge({ bfdProfiles: [bfd("b")] }).config.bgp.bfdProfiles
  assert.deepEqual(profile, {
    name: "b",
    source: "resource",
    receiveInterval: 300,
    transmitInterval: 300,
    detectMultiplier: 3,
    echoInterval: 50,
    echoMode: false,
    passiveMode: false,
    minimumTtl: 254,
  })
})

test("echo mode towards an IPv6 or unnumbered peer is a warning, towards IPv4 nothing", () => {
  const echo = [bfd("b", { echoMode: true })]
  const withPeer = (fields: Parameters<typeof peer>[1]) =>
    problemLines(judge({ bfdProfiles: echo, bgpPeers: [peer("p", { bfdProfile: "b", ...fields })] }))
  assert.deepEqual(withPeer({}), [])
  assert.deepEqual(withPeer({ peerAddress: "fd00::1" }), ["warning ML268 bgppeer/p spec.bfdProfile"])
  assert.deepEqual(withPeer({ peerAddress: "", interface: "eth0" }), ["warning ML268 bgppeer/p spec.bfdProfile"])
})

test("echo mode beside an IPv6 pool that the peer is told of is used without a word (MetalLB would refuse it)", () => {
  const verdict = judge({
    pools: [pool("six", ["2001:db8::/120"])],
    bgpAdvertisements: [bgpAd("all", { peers: ["p"] }), bgpAd("everybody")],
    bfdProfiles: [bfd("b", { echoMode: true })],
    bgpPeers: [peer("p", { bfdProfile: "b", dualStackAddressFamily: true })],
  })
  assert.deepEqual(problemLines(verdict), [])
  const { peers, bfdProfiles, advertisements } = verdict.config.bgp
  assert.deepEqual([peers[0]?.bfdProfile, bfdProfiles[0]?.echoMode], ["b", true])
  assert.deepEqual(
    advertisements.map(({ pools }) => [...pools]),
    [["six"], ["six"]],
  )
})

test("a profile that broke keeps its last valid version", () => {
  const before = judge({ bfdProfiles: [bfd("b", { receiveInterval: 50 })] })
  const verdict = judge({ bfdProfiles: [bfd("b", { receiveInterval: 5 })] }, before.config)
  assert.deepEqual(verdict.config.bgp.bfdProfiles, before.config.bgp.bfdProfiles)
})

test("a profile of the ConfigMap gives way to a resource of its name, and the second of one name to the first", () => {
  const legacy = configMap(
    "bfd-profiles:\n- {name: a, receive-interval: 100}\n- {name: b}\n- {name: b, echo-mode: true}\n",
  )
  const verdict = judge({ legacy, bfdProfiles: [bfd("a", { receiveInterval: 50 })] })
  assert.deepEqual(
    verdict.config.bgp.bfdProfiles.map(one => [one.name, one.source, one.receiveInterval, one.echoMode]),
    [
      ["a", "resource", 50, false],
      ["b", "legacy", 300, false],
    ],
  )
  assert.deepEqual(problemLines(verdict), [
    "warning ML258 configmap/config line 2, column 10",
    "error ML269 configmap/config line 4, column 10",
  ])
})
