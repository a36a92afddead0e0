import assert from "node:assert/strict"
import type { Conversion } from "../../../agent/core/config/import/convert.ts"
import { convertLegacy } from "../../../agent/core/config/import/convert.ts"
import type { ConfigInput } from "../../../agent/core/config/judge.ts"
import { nothingWrittenIn } from "../../../agent/core/config/judge.ts"
import { parseYaml } from "../../../agent/ports/yaml.ts"
import { configMap, installNamespace } from "./fixtures.ts"

export const full = `peers:
- my-asn: 64512
  peer-asn: 64513
  peer-address: 10.0.0.1
  peer-port: 179
  hold-time: 120s
  router-id: 10.10.10.10
  password: hunter2
  bfd-profile: Fast_One
  node-selectors:
  - match-labels: {rack: "1"}
    match-expressions:
    - {key: zone, operator: Exists, values: []}
- {my-asn: 64512, peer-asn: 64513, peer-address: "fd00::1"}
bgp-communities: {zeta: "65535:65281", alpha: "large:1:2:3"}
bfd-profiles:
- {name: Fast_One, receive-interval: 50, echo-mode: true}
address-pools:
- name: My_Ip_Space
  protocol: layer2
  addresses: [192.168.1.11 - 192.168.1.13, 192.168.2.0/28]
  auto-assign: false
- name: routed
  protocol: bgp
  addresses: [198.51.100.0/24]
  avoid-buggy-ips: true
  bgp-advertisements:
  - {aggregation-length: 32, localpref: 100, communities: [zeta]}
  - {aggregation-length: 24}
- {name: plain, protocol: bgp, addresses: [198.51.101.0/24]}
`

export const inputOf = (text: string, more: Partial<ConfigInput> = {}) => ({
  ...nothingWrittenIn(installNamespace),
  ...more,
  legacy: configMap(text),
})

export const convert = (text: string, more: Partial<ConfigInput> = {}): Conversion & { readonly ok: true } => {
  const conversion = convertLegacy(inputOf(text, more), parseYaml)
  assert.ok(conversion.ok, JSON.stringify(conversion))
  return conversion
}
