import assert from "node:assert/strict"
import { test } from "node:test"
import { configMap, judge, poolLines, problemLines } from "./fixtures.ts"
import { full, reference } from "./legacy-texts.ts"

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
