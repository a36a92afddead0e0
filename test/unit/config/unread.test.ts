import assert from "node:assert/strict"
import { test } from "node:test"
import { knowsEveryPool } from "../../../agent/core/config/model.ts"
import {
  bfd,
  bgpAd,
  community,
  configMap,
  judge,
  judgeWithout,
  l2,
  node,
  peer,
  pool,
  poolLines,
  problemLines,
  secret,
} from "./fixtures.ts"

const everything = {
  pools: [pool("a", ["10.0.0.0/24"])],
  bgpPeers: [peer("tor", { bfdProfile: "fast" })],
  bgpAdvertisements: [bgpAd("all", { communities: ["blue"], peers: ["tor"] })],
  bfdProfiles: [bfd("fast", { receiveInterval: 100 })],
  communities: [community("names", { blue: "64512:1" })],
}
const before = judge(everything)
const lists = ["bgpPeers", "bgpAdvertisements", "bfdProfiles", "communities"] as const

for (const list of lists)
  test(`when ${list} cannot be read any more, what they said stays and nothing else is doubted`, () => {
    assert.deepEqual(before.problems, [])
    const verdict = judgeWithout([list], everything, before.config)
    assert.deepEqual(verdict.config, before.config)
    assert.deepEqual(verdict.problems, [])
    assert.deepEqual(judgeWithout([list], everything, verdict.config).config, before.config)
  })

test("when nothing of BGP can be read, pools are judged as ever and all of BGP stays", () => {
  const more = { pools: [...everything.pools, pool("b", ["10.0.1.0/24"])] }
  const verdict = judgeWithout(lists, more, before.config)
  assert.deepEqual(
    verdict.config.pools.map(({ name }) => name),
    ["a", "b"],
  )
  assert.deepEqual(verdict.config.bgp, before.config.bgp)
})

test("a kind that was read and is empty is another thing: what it said is gone", () => {
  const verdict = judge({ ...everything, bgpPeers: [] }, before.config)
  assert.deepEqual(verdict.config.bgp.peers, [])
})

test("from the start without profiles and peers to read, names are believed", () => {
  const verdict = judgeWithout(["bfdProfiles", "bgpPeers"], everything)
  assert.deepEqual(verdict.problems, [])
  assert.deepEqual(verdict.config.bgp.peers, [])
  assert.equal(judgeWithout(["bfdProfiles"], everything).config.bgp.peers[0]?.bfdProfile, "fast")
})

test("an advertisement with an alias that cannot be looked up announces nothing, rather than too far", () => {
  const verdict = judgeWithout(["communities"], everything)
  assert.deepEqual(problemLines(verdict), ["error ML270 bgpadvertisement/all spec.communities[0]"])
  assert.deepEqual(verdict.brokenBgp.advertisements, ["all"])
})

test("an alias of the ConfigMap gives way to the one that is known of a Community", () => {
  const legacy = configMap("bgp-communities: {blue: '64512:2'}\n")
  const verdict = judgeWithout(["communities"], { ...everything, legacy }, before.config)
  assert.deepEqual(verdict.config.bgp.advertisements[0]?.communities, [
    { kind: "standard", value: 64512 * 0x10000 + 1 },
  ])
})

test("a Secret that was not looked for is believed, one that was looked for and is not there is a fault", () => {
  const input = {
    nodes: [node("n1")],
    bgpPeers: [peer("tor", { passwordSecret: { name: "s", namespace: "" } })],
    secrets: [],
  }
  assert.deepEqual(problemLines(judge({ ...input, secretsSought: new Set() })), [])
  assert.deepEqual(problemLines(judge({ ...input, secretsSought: new Set(["s"]) })), [
    "error ML255 bgppeer/tor spec.passwordSecret.name",
  ])
  const found = judge({ ...input, secrets: [secret("s")], secretsSought: new Set(["s"]) })
  assert.deepEqual(found.config.bgp.peers[0]?.password, { from: "secret", name: "s", revision: "1" })
})

const addresses = {
  pools: [pool("a", ["10.0.0.0/24"])],
  l2Advertisements: [l2("all"), l2("named", { ipAddressPools: ["a"], interfaces: ["eth0"] })],
  bgpAdvertisements: [bgpAd("all")],
  legacy: configMap("address-pools:\n- {name: old, protocol: layer2, addresses: [10.0.1.0/24]}\n"),
}

test("IPAddressPools and L2Advertisements that were not read stay as they were, beside the ConfigMap's", () => {
  const known = judge(addresses).config
  for (const unread of [["pools"], ["l2Advertisements"], ["pools", "l2Advertisements"]] as const) {
    const verdict = judgeWithout(unread, addresses, known)
    assert.deepEqual(verdict.config, known)
    assert.deepEqual(verdict.problems, [])
    assert.equal(verdict.unread.length, unread.length)
    assert.equal(knowsEveryPool(verdict), !unread.some(kind => kind === "pools"))
  }
})

test("from the start without pools to read the ConfigMap's work in full, and no name and no selector is doubted", () => {
  const bySelector = l2("some", { ipAddressPoolSelectors: [{ matchLabels: { x: "y" } }] })
  const verdict = judgeWithout(["pools"], {
    ...addresses,
    l2Advertisements: [...addresses.l2Advertisements, bySelector],
  })
  assert.deepEqual(poolLines(verdict), ["old: 10.0.1.0/24"])
  assert.ok(verdict.config.l2Advertisements.some(({ source, pools }) => source === "legacy" && pools.has("old")))
  assert.deepEqual(verdict.problems, [])
  assert.deepEqual(verdict.unread, ["IPAddressPools"])
})
