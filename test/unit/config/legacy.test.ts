import assert from "node:assert/strict"
import { test } from "node:test"
import { configMap, judge, pool, poolLines, problemLines } from "./fixtures.ts"

const reference = `address-pools:
- name: nginx-ip-range
  protocol: layer2
  addresses:
  - 192.168.1.11-192.168.1.13
`

test("the reference ConfigMap gives one pool of three addresses, announced on every node", () => {
  const verdict = judge({ legacy: configMap(reference) })
  assert.deepEqual(poolLines(verdict), ["nginx-ip-range: 192.168.1.11-192.168.1.13"])
  assert.deepEqual(verdict.problems, [])
  const [used] = verdict.config.pools
  assert.deepEqual(
    [used?.source, used?.protocol, used?.autoAssign, used?.avoidBuggyIPs, used?.restriction, used?.written],
    ["legacy", "layer2", true, false, undefined, ["192.168.1.11-192.168.1.13"]],
  )
  assert.deepEqual(verdict.config.l2Advertisements, [
    {
      name: "nginx-ip-range",
      source: "legacy",
      pools: new Set(["nginx-ip-range"]),
      nodeSelectors: [],
      serviceSelectors: [],
      interfaces: [],
      preferredNodeSelectors: [],
    },
  ])
})

/** [how people write it, text]. All mean the reference. */
const spellings: readonly (readonly [string, string])[] = [
  ["with entries indented", reference.replaceAll("\n", "\n  ").replace(/^address-pools:\n {2}/, "address-pools:\n  ")],
  ["with Windows line ends", reference.replaceAll("\n", "\r\n")],
  [
    "with a document start, comments and blank lines",
    `---\n# pools\n\n${reference.replace("layer2", "layer2 # by ARP")}`,
  ],
  ["with spaces around the dash", reference.replace("11-192", "11 - 192")],
  ["with quotes", reference.replace("- 192.168.1.11-192.168.1.13", '- "192.168.1.11-192.168.1.13"')],
  [
    "in flow style",
    "address-pools: [{name: nginx-ip-range, protocol: layer2, addresses: [192.168.1.11-192.168.1.13]}]",
  ],
  [
    "in JSON",
    '{"address-pools":[{"name":"nginx-ip-range","protocol":"layer2","addresses":["192.168.1.11-192.168.1.13"]}]}',
  ],
  ["without the last line end", reference.trimEnd()],
  ["with an empty section beside it", `peers:\n${reference}`],
]

for (const [how, text] of spellings) {
  test(`the reference ConfigMap written ${how} reads the same`, () => {
    const verdict = judge({ legacy: configMap(text) })
    assert.deepEqual(verdict.problems, [])
    assert.deepEqual(poolLines(verdict), ["nginx-ip-range: 192.168.1.11-192.168.1.13"])
  })
}

test("auto-assign and avoid-buggy-ips are read, also as the yes and off of YAML 1.1", () => {
  for (const [on, off] of [
    ["true", "false"],
    ["yes", "no"],
    ["on", "off"],
    ["True", "False"],
  ] as const) {
    const verdict = judge({ legacy: configMap(`${reference}  auto-assign: ${off}\n  avoid-buggy-ips: ${on}\n`) })
    assert.deepEqual(verdict.problems, [])
    assert.deepEqual([verdict.config.pools[0]?.autoAssign, verdict.config.pools[0]?.avoidBuggyIPs], [false, true])
  }
})

test("a name that YAML takes for a number is a name all the same", () => {
  assert.deepEqual(poolLines(judge({ legacy: configMap(reference.replace("nginx-ip-range", "010")) })), [
    "010: 192.168.1.11-192.168.1.13",
  ])
})

test("anchors and the merge key, which YAML of that time has, are followed", () => {
  const text = `address-pools:
- &base {name: a, protocol: layer2, avoid-buggy-ips: true, addresses: [10.0.0.0/24]}
- <<: *base
  name: b
  addresses: [10.0.1.0/24]
`
  const verdict = judge({ legacy: configMap(text) })
  assert.deepEqual(verdict.problems, [])
  assert.deepEqual(poolLines(verdict), ["a: 10.0.0.0/24", "b: 10.0.1.0/24"])
  assert.equal(verdict.config.pools[1]?.avoidBuggyIPs, true)
})

/** [mistake, text, problems, a part of the first error's message]. */
const mistakes: readonly (readonly [string, string, readonly string[], RegExp])[] = [
  [
    "address-pools without its colon",
    reference.replace("pools:", "pools"),
    ["error ML245 configmap/config line 1, column 1"],
    /"address-pools" has no colon behind it; write "address-pools:"/,
  ],
  [
    "address-pools without its colon, entries indented",
    reference.replace("pools:", "pools").replaceAll("\n", "\n  "),
    ["error ML245 configmap/config line 1, column 1"],
    /write "address-pools:"/,
  ],
  [
    "an inner key without its colon",
    reference.replace("protocol:", "protocol"),
    ["error ML245 configmap/config line 3, column 3"],
    /write "protocol:"/,
  ],
  [
    "a list without its colon",
    reference.replace("addresses:", "addresses"),
    ["error ML245 configmap/config line 4, column 3"],
    /write "addresses:"/,
  ],
  [
    "the first key of an entry without its space",
    reference.replace("name: ", "name:"),
    ["error ML245 configmap/config line 2, column 3"],
    /write "name: nginx-ip-range"/,
  ],
  [
    "address-pools misspelt",
    reference.replace("address-pools", "adress-pool"),
    ["error ML242 configmap/config line 1, column 1"],
    /perhaps "address-pools" is meant/,
  ],
  [
    "address-pools spelt as a resource",
    reference.replace("address-pools", "addressPools"),
    ["error ML242 configmap/config line 1, column 1"],
    /perhaps "address-pools" is meant/,
  ],
  [
    "a required key misspelt",
    reference.replace("addresses", "adresses"),
    ["warning ML242 configmap/config line 4, column 3", "error ML244 configmap/config line 2, column 3"],
    /address-pools\[0\] has no addresses/,
  ],
  [
    "no name",
    reference.replace("name: nginx-ip-range\n  ", ""),
    ["error ML244 configmap/config line 2, column 3"],
    /address-pools\[0\] has no name/,
  ],
  [
    "a protocol that is none",
    reference.replace("layer2", "l2"),
    ["error ML243 configmap/config line 3, column 13"],
    /protocol is "l2"; allowed is layer2 or bgp/,
  ],
  [
    "a protocol in capitals",
    reference.replace("layer2", "Layer2"),
    ["error ML243 configmap/config line 3, column 13"],
    /allowed is layer2 or bgp/,
  ],
  [
    "addresses that are no list",
    reference.replace("addresses:\n  - ", "addresses: "),
    ["error ML243 configmap/config line 4, column 14"],
    /addresses is "192\.168\.1\.11-192\.168\.1\.13"; allowed is a list/,
  ],
  [
    "an empty list of addresses",
    reference.replace("addresses:\n  - 192.168.1.11-192.168.1.13", "addresses: []"),
    ["error ML211 configmap/config line 4, column 14"],
    /has no addresses; it needs at least one/,
  ],
  [
    "an address that is none",
    reference.replace("192.168.1.13", "192.168.1.300"),
    ["error ML210 configmap/config line 5, column 5"],
    /"192\.168\.1\.300" is not an IP address/,
  ],
  [
    "an address that is a map",
    reference.replace("- 192", "- from: 192"),
    ["error ML243 configmap/config line 5, column 5"],
    /addresses\[0\] is a map; allowed is text/,
  ],
  [
    "a flag that is none",
    `${reference}  auto-assign: maybe\n`,
    ["error ML243 configmap/config line 6, column 16"],
    /auto-assign is "maybe"; allowed is true or false/,
  ],
  [
    "a pool that is text",
    "address-pools:\n- nginx-ip-range\n",
    ["error ML243 configmap/config line 2, column 3"],
    /address-pools\[0\] is "nginx-ip-range"; allowed is a map/,
  ],
  [
    "one pool instead of a list",
    "address-pools:\n  name: a\n",
    ["error ML243 configmap/config line 2, column 3"],
    /address-pools is a map; allowed is a list/,
  ],
  [
    "a list without address-pools above it",
    "- name: a\n  protocol: layer2\n",
    ["error ML243 configmap/config line 1, column 1"],
    /the text is a list; allowed is a map/,
  ],
  [
    "a tab for indentation",
    reference.replace("  protocol", "\tprotocol"),
    ["error ML241 configmap/config line 3, column 1"],
    /not valid YAML: Tabs are not allowed/,
  ],
  [
    "a key twice in one pool",
    `${reference}  protocol: layer2\n`,
    ["error ML241 configmap/config line 6, column 3"],
    /key "protocol" stands twice/,
  ],
  [
    "an alias without its anchor",
    reference.replace("nginx-ip-range", "*name"),
    ["error ML241 configmap/config line 2, column 9"],
    /alias \*name has no anchor/,
  ],
  [
    "a quote that does not end",
    reference.replace("nginx-ip-range", '"nginx'),
    ["error ML241 configmap/config line 6, column 1"],
    /Missing closing "quote/,
  ],
]

for (const [mistake, text, problems, message] of mistakes) {
  test(`the ConfigMap with ${mistake} gives an error with line and column, and no pool`, () => {
    const verdict = judge({ legacy: configMap(text) })
    assert.deepEqual(problemLines(verdict), problems)
    assert.match(verdict.problems.find(({ severity }) => severity === "error")?.message ?? "", message)
    assert.deepEqual(poolLines(verdict), [])
    assert.ok(verdict.legacyBroken || verdict.brokenPools.length > 0)
  })
}

test("a ConfigMap without the key config is an error, not a decision to have no pools", () => {
  const verdict = judge({ legacy: configMap(undefined) })
  assert.deepEqual(problemLines(verdict), ["error ML240 configmap/config data.config"])
  assert.equal(verdict.legacyBroken, true)
})

test("an unknown key is a warning with the nearest key, and the pool is used", () => {
  const verdict = judge({ legacy: configMap(`${reference}  avoidBuggyIPs: true\n  colour: red\nversion: 1\n`) })
  assert.deepEqual(problemLines(verdict), [
    "warning ML242 configmap/config line 8, column 1",
    "warning ML242 configmap/config line 6, column 3",
    "warning ML242 configmap/config line 7, column 3",
  ])
  assert.match(verdict.problems[1]?.message ?? "", /perhaps "avoid-buggy-ips" is meant/)
  assert.match(verdict.problems[2]?.message ?? "", /allowed keys are name, protocol, addresses, auto-assign/)
  assert.equal(verdict.config.pools.length, 1)
})

const full = `peers:
- my-asn: 64500
  peer-asn: 64501
  peer-address: 10.0.0.1
  peer-port: 179
  hold-time: 1m30s
  keepalive-time: 30s
  router-id: 10.0.0.2
  password: secret
  ebgp-multihop: true
  bfd-profile: fast
  node-selectors:
  - match-labels: {rack: r1}
    match-expressions:
    - {key: kubernetes.io/hostname, operator: In, values: [a, b]}
bgp-communities:
  no-advertise: 65535:65282
bfd-profiles:
- {name: fast, receive-interval: 380, transmit-interval: 270, detect-multiplier: 3, echo-mode: false, minimum-ttl: 254}
address-pools:
- name: routed
  protocol: bgp
  addresses: [198.51.100.0/24]
  bgp-advertisements:
  - aggregation-length: 32
    localpref: 100
    communities: [no-advertise]
- name: flat
  protocol: layer2
  addresses: [192.168.1.11-192.168.1.13]
`

test("a full old file is read without an error, and what belongs to BGP is said not to be used yet", () => {
  const verdict = judge({ legacy: configMap(full) })
  assert.deepEqual(problemLines(verdict), [
    "warning ML247 configmap/config line 1, column 1",
    "warning ML247 configmap/config line 16, column 1",
    "warning ML247 configmap/config line 18, column 1",
    "warning ML246 configmap/config line 22, column 13",
    "warning ML247 configmap/config line 25, column 3",
  ])
  assert.deepEqual(poolLines(verdict), ["flat: 192.168.1.11-192.168.1.13", "routed: 198.51.100.0/24"])
  assert.deepEqual(
    verdict.config.l2Advertisements.map(({ name }) => name),
    ["flat"],
  )
  assert.match(verdict.problems[3]?.message ?? "", /BGP is not built yet/)
})

test("a mistake in a section of BGP is an error and leaves the pools alone", () => {
  const verdict = judge({
    legacy: configMap(full.replace("1m30s", "90").replace("peer-port: 179", "peer-port: 65536")),
  })
  assert.deepEqual(
    problemLines(verdict).filter(line => line.startsWith("error")),
    ["error ML243 configmap/config line 5, column 14", "error ML243 configmap/config line 6, column 14"],
  )
  assert.equal(verdict.config.pools.length, 2)
  assert.equal(verdict.legacyBroken, false)
})

const two = (first: string, second: string): string =>
  `address-pools:\n- {name: a, protocol: layer2, addresses: [${first}]}\n- {name: b, protocol: layer2, addresses: [${second}]}\n`

test("of two overlapping pools of the ConfigMap the upper one is used", () => {
  const verdict = judge({ legacy: configMap(two("10.0.0.0/24", "10.0.0.5/32")) })
  assert.deepEqual(poolLines(verdict), ["a: 10.0.0.0/24"])
  assert.deepEqual(problemLines(verdict), ["error ML213 configmap/config line 3, column 43"])
  assert.deepEqual(verdict.brokenPools, ["b"])
})

test("of two pools of one name in the ConfigMap the upper one is used", () => {
  const verdict = judge({ legacy: configMap(two("10.0.0.0/24", "10.0.1.0/24").replace("name: b", "name: a")) })
  assert.deepEqual(poolLines(verdict), ["a: 10.0.0.0/24"])
  assert.deepEqual(problemLines(verdict), ["error ML215 configmap/config line 3, column 43"])
})

test("a resource wins over a pool of the ConfigMap that it overlaps, however young it is", () => {
  const verdict = judge({
    pools: [pool("z", ["10.0.0.0/25"], { createdAt: 9e12 })],
    legacy: configMap(two("10.0.0.0/24", "10.0.1.0/24")),
  })
  assert.deepEqual(poolLines(verdict), ["b: 10.0.1.0/24", "z: 10.0.0.0/25"])
  assert.deepEqual(problemLines(verdict), ["warning ML214 configmap/config line 2, column 43"])
  assert.deepEqual(verdict.brokenPools, ["a"], "the upper half of the old pool may be in use")
})

test("a pool of the ConfigMap that resources cover in full is settled: nothing of it is kept", () => {
  const pools = [pool("x", ["10.0.0.0/25"]), pool("y", ["10.0.0.128/25"])]
  const verdict = judge({ pools, legacy: configMap(two("10.0.0.0/24", "10.0.1.0/24")) })
  assert.deepEqual(poolLines(verdict), ["b: 10.0.1.0/24", "x: 10.0.0.0/25", "y: 10.0.0.128/25"])
  assert.deepEqual(problemLines(verdict), ["warning ML214 configmap/config line 2, column 43"])
  assert.deepEqual([verdict.brokenPools, verdict.legacyBroken], [[], false])
})

test("a pool of the ConfigMap with the name of a resource gives way to it", () => {
  const verdict = judge({ pools: [pool("a", ["10.9.0.0/24"])], legacy: configMap(two("10.0.0.0/24", "10.0.1.0/24")) })
  assert.deepEqual(poolLines(verdict), ["a: 10.9.0.0/24", "b: 10.0.1.0/24"])
  assert.deepEqual(problemLines(verdict), ["warning ML214 configmap/config line 2, column 43"])
})
