import assert from "node:assert/strict"
import { test } from "node:test"
import { convertLegacy } from "../../../agent/core/config/import/convert.ts"
import { parseYaml } from "../../../agent/ports/yaml.ts"
import { bfd, community, l2, peer, pool } from "./fixtures.ts"
import { convert, full, inputOf } from "./importing.ts"

test("a full ConfigMap becomes resources, what others name first and pools last", () => {
  const { objects, renamed } = convert(full)
  assert.deepEqual(
    objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    [
      "Secret peer-10-0-0-1",
      "BFDProfile fast-one",
      "Community communities",
      "BGPPeer peer-10-0-0-1",
      "BGPPeer peer-fd00-1",
      "L2Advertisement my-ip-space",
      "BGPAdvertisement routed-1",
      "BGPAdvertisement routed-2",
      "BGPAdvertisement plain",
      "IPAddressPool my-ip-space",
      "IPAddressPool routed",
      "IPAddressPool plain",
    ],
  )
  assert.deepEqual([...renamed], [["My_Ip_Space", "my-ip-space"]])
  const spec = (name: string) => objects.find(({ kind, metadata }) => `${kind} ${metadata.name}` === name)?.spec
  assert.deepEqual(spec("BGPPeer peer-10-0-0-1"), {
    myASN: 64512,
    peerASN: 64513,
    peerAddress: "10.0.0.1",
    peerPort: 179,
    holdTime: "120s",
    routerID: "10.10.10.10",
    passwordSecret: { name: "peer-10-0-0-1" },
    bfdProfile: "fast-one",
    nodeSelectors: [{ matchLabels: { rack: "1" }, matchExpressions: [{ key: "zone", operator: "Exists" }] }],
  })
  assert.equal(spec("BGPPeer peer-fd00-1")?.["holdTime"], "1m30s", "the 90 s of old are written out")
  assert.deepEqual(spec("BFDProfile fast-one"), { receiveInterval: 50, echoMode: true })
  assert.deepEqual(spec("Community communities"), {
    communities: [
      { name: "alpha", value: "large:1:2:3" },
      { name: "zeta", value: "65535:65281" },
    ],
  })
  assert.deepEqual(spec("BGPAdvertisement routed-1"), {
    ipAddressPools: ["routed"],
    localPref: 100,
    communities: ["zeta"],
  })
  assert.deepEqual(spec("BGPAdvertisement routed-2"), { ipAddressPools: ["routed"], aggregationLength: 24 })
  assert.deepEqual(spec("BGPAdvertisement plain"), { ipAddressPools: ["plain"] })
  assert.deepEqual(spec("L2Advertisement my-ip-space"), { ipAddressPools: ["my-ip-space"] })
  assert.deepEqual(spec("IPAddressPool my-ip-space"), {
    addresses: ["192.168.1.11 - 192.168.1.13", "192.168.2.0/28"],
    autoAssign: false,
  })
  assert.deepEqual(spec("IPAddressPool routed"), { addresses: ["198.51.100.0/24"], avoidBuggyIPs: true })
})

test("a password goes into a Secret of the right type and nowhere else", () => {
  const { objects, moved } = convert(full)
  const [first] = objects
  assert.deepEqual([first?.type, first?.stringData], ["kubernetes.io/basic-auth", { password: "hunter2" }])
  assert.ok(!JSON.stringify([objects.slice(1), moved]).includes("hunter2"))
})

test("every entry is accounted for, with what is new about it", () => {
  const { moved } = convert(full)
  assert.deepEqual(
    moved.map(({ old }) => old),
    [
      "pool My_Ip_Space",
      "pool routed",
      "pool plain",
      "peer 10.0.0.1",
      "peer fd00::1",
      "bfd-profile Fast_One",
      "bgp-communities",
    ],
  )
  assert.deepEqual(moved[0]?.objects, [
    { name: "ipaddresspool/my-ip-space", note: "name changed: not a DNS name" },
    { name: "l2advertisement/my-ip-space", note: "old pools announced by default, new ones do not" },
  ])
})

/** [old name, new name]. */
const names: readonly (readonly [string, string])[] = [
  ["good-name", "good-name"],
  ["1.dotted.name", "1.dotted.name"],
  ["Upper", "upper"],
  ["a_b c", "a-b-c"],
  ["-edge-", "edge"],
  ["dot.", "dot"],
  ["日本", "pool"],
  ["x".repeat(300), "x".repeat(63)],
]

for (const [old, now] of names) {
  test(`a pool called ${old.slice(0, 20)} becomes ${now.slice(0, 20)}`, () => {
    const text = `address-pools: [{name: ${JSON.stringify(old)}, protocol: layer2, addresses: [10.0.0.0/24]}]`
    assert.equal(convert(text).objects.at(-1)?.metadata.name, now)
  })
}

test("names that fall together, or that resources have, are told apart by a number", () => {
  const text = `address-pools:
- {name: My_Pool, protocol: layer2, addresses: [10.0.0.0/24]}
- {name: my.pool!, protocol: layer2, addresses: [10.0.1.0/24]}
- {name: MY-POOL, protocol: layer2, addresses: [10.0.2.0/24]}
`
  const found = convert(text, { pools: [pool("my-pool-2", ["10.9.0.0/24"])], l2Advertisements: [l2("my-pool")] })
  assert.deepEqual(
    found.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    [
      "L2Advertisement my-pool-2",
      "L2Advertisement my-pool-3",
      "L2Advertisement my-pool-4",
      "IPAddressPool my-pool",
      "IPAddressPool my-pool-3",
      "IPAddressPool my-pool-4",
    ],
  )
})

test("what a resource covers already is left out and said", () => {
  const conversion = convert(full, {
    pools: [pool("newer", ["198.51.101.0/24"])],
    bgpPeers: [peer("p")],
    bfdProfiles: [bfd("Fast_One")],
    communities: [community("c", { zeta: "65535:65281" })],
  })
  assert.deepEqual(
    conversion.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    [
      "Community communities",
      "BGPPeer peer-fd00-1",
      "L2Advertisement my-ip-space",
      "BGPAdvertisement routed-1",
      "BGPAdvertisement routed-2",
      "IPAddressPool my-ip-space",
      "IPAddressPool routed",
    ],
  )
  assert.deepEqual(
    conversion.moved.filter(({ objects }) => objects.length === 0).map(({ old }) => old),
    ["pool plain", "peer 10.0.0.1", "bfd-profile Fast_One"],
  )
})

test("advertisements of a layer2 pool, which never announced anything, are left out", () => {
  const text =
    "address-pools: [{name: a, protocol: layer2, addresses: [10.0.0.0/24], bgp-advertisements: [{localpref: 1}]}]"
  assert.deepEqual(
    convert(text).objects.map(({ kind }) => kind),
    ["L2Advertisement", "IPAddressPool"],
  )
})

/** [what, text, code]. */
const refused: readonly (readonly [string, string, string])[] = [
  ["no YAML", "address-pools: [", "ML241"],
  ["a faulty pool", full.replace("198.51.101.0/24", "oops"), "ML210"],
  ["a faulty peer", full.replace("120s", "1s"), "ML252"],
  ["an alias that nobody defines", full.replace("[zeta]", "[eta]"), "ML264"],
  ["a port that no BGPPeer takes", full.replace("peer-port: 179", "peer-port: 50000"), "ML250"],
  [
    "more entries than an IPAddressPool takes",
    `address-pools: [{name: a, protocol: layer2, addresses: [${Array.from({ length: 513 }, (_, n) => `10.${n >> 8}.${n & 255}.0/24`).join(", ")}]}]`,
    "ML250",
  ],
]

for (const [what, text, code] of refused) {
  test(`a ConfigMap with ${what} is not converted in part`, () => {
    const conversion = convertLegacy(inputOf(text), parseYaml)
    assert.ok(!conversion.ok)
    assert.deepEqual(
      conversion.problems.map(({ reason }) => reason),
      [code],
    )
    assert.match(conversion.problems[0]?.field ?? "", /^line [0-9]+, column [0-9]+$/)
  })
}
