import assert from "node:assert/strict"
import { test } from "node:test"
import { configMap, judge, pool, poolLines, problemLines } from "./fixtures.ts"
import { full, reference } from "./legacy-texts.ts"

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

test("a full old file is read without a word, and what belongs to BGP is in use", () => {
  const verdict = judge({ legacy: configMap(full) })
  assert.deepEqual(problemLines(verdict), [])
  assert.deepEqual(poolLines(verdict), ["flat: 192.168.1.11-192.168.1.13", "routed: 198.51.100.0/24"])
  const { l2Advertisements, bgp } = verdict.config
  assert.deepEqual(
    l2Advertisements.map(({ name }) => name),
    ["flat"],
  )
  assert.deepEqual(
    bgp.peers.map(({ name, source }) => `${name} ${source}`),
    ["peer-10-0-0-1 legacy"],
  )
  assert.deepEqual(
    bgp.advertisements.map(({ pools, source }) => [...pools, source].join(" ")),
    ["routed legacy"],
  )
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
