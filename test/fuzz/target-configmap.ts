import assert from "node:assert/strict"
import { convertLegacy } from "../../agent/core/config/import/convert.ts"
import { judgeImported } from "../../agent/core/config/import/judge-imported.ts"
import { proveImport } from "../../agent/core/config/import/proof.ts"
import { judgeConfig, nothingWrittenIn } from "../../agent/core/config/judge.ts"
import { allKeys } from "../../agent/core/config/legacy-shapes.ts"
import type { Config } from "../../agent/core/config/model.ts"
import { formatRange } from "../../agent/core/ip/range.ts"
import { parseYaml } from "../../agent/ports/yaml.ts"
import type { Target } from "./fuzz.ts"

const reference = `address-pools:
- name: nginx-ip-range
  protocol: layer2
  addresses:
  - 192.168.1.11-192.168.1.13
`

const full = `peers:
- my-asn: 64512
  peer-asn: 64513
  peer-address: 10.0.0.1
  hold-time: 1m30s
  router-id: 10.10.10.10
  password: hunter2
  bfd-profile: fast
  node-selectors:
  - match-labels: {rack: "1"}
    match-expressions:
    - {key: zone, operator: In, values: [a]}
bgp-communities: {no-export: "65535:65281"}
bfd-profiles:
- {name: fast, receive-interval: 50, echo-mode: true}
address-pools:
- name: My_Pool
  protocol: bgp
  addresses: [198.51.100.0/24, fd00::/120]
  auto-assign: false
  bgp-advertisements:
  - {aggregation-length: 24, localpref: 100, communities: [no-export]}
- &base {name: b, protocol: layer2, addresses: [10.0.0.0/24]}
`

/**
 * The text of the old ConfigMap: judged without a throw, every error with a place; what can be converted means the same as
 * resources.
 */
export const configMap: Target = {
  name: "configmap",
  corpus: [reference, full, "address-pools: []", "", "{}"],
  pieces: [
    ...allKeys,
    ": ",
    ":",
    "- ",
    "\n",
    "\n  ",
    "\t",
    "&a ",
    "*base",
    "<<: *base",
    "[",
    "]",
    "{",
    "}",
    "'",
    '"',
    "|",
    "~",
    "yes",
    "0s",
    "10.0.0.0/24",
    "--- ",
    "!!binary ",
    "# ",
  ],
  check: text => {
    const legacy = {
      namespace: "metallb-system",
      name: "config",
      uid: "",
      resourceVersion: "1",
      createdAt: 0,
      labels: {},
      annotations: {},
      text,
    }
    const input = { ...nothingWrittenIn("metallb-system"), legacy, secrets: [] }
    const verdict = judgeConfig(input, parseYaml)
    for (const { severity, field } of verdict.problems) {
      if (severity === "error") assert.match(field, /^line [0-9]+, column [0-9]+$/)
    }
    const conversion = convertLegacy(input, parseYaml)
    if (!conversion.ok) {
      assert.ok(conversion.problems.length > 0)
      return
    }
    const after = judgeImported(input, conversion.objects, parseYaml)
    assert.deepEqual(
      after.problems.filter(({ severity }) => severity === "error"),
      [],
    )
    assert.deepEqual(rangesOf(after.config), rangesOf(verdict.config))
    const proof = proveImport({
      before: verdict,
      after,
      services: [],
      loadBalancerClass: "",
      renamed: conversion.renamed,
    })
    assert.deepEqual(proof.sessions, [])
    const named = conversion.objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    assert.equal(new Set(named).size, named.length)
    const beside = JSON.stringify(conversion.objects.filter(({ kind }) => kind !== "Secret"))
    assert.ok(!text.includes("password: hunter2\n") || text.split("hunter2").length > 2 || !beside.includes("hunter2"))
  },
}

const rangesOf = ({ pools }: Config): readonly string[] => pools.flatMap(({ ranges }) => ranges.map(formatRange)).sort()
