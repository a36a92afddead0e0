import assert from "node:assert/strict"
import type { ConfigInput } from "../../agent/core/config/judge.ts"
import { judgeConfig } from "../../agent/core/config/judge.ts"
import { configurationStateOf } from "../../agent/core/config/state.ts"
import {
  decodeBfdProfile,
  decodeBgpAdvertisement,
  decodeBgpPeer,
  decodeCommunity,
  decodeSecretFacts,
} from "../../agent/core/kube/decode-bgp.ts"
import { decodeL2Advertisement, decodePool } from "../../agent/core/kube/decode-config.ts"
import { decodeReservation } from "../../agent/core/kube/decode-reservation.ts"
import type { Decoded } from "../../agent/core/kube/decoded.ts"
import { keepingAsRead, keptBy } from "../../agent/core/reservation/keeping.ts"
import { parseYaml } from "../../agent/ports/yaml.ts"
import type { Target } from "./fuzz.ts"

const metadata =
  '"metadata":{"name":"x","namespace":"metallb-system","generation":1,"creationTimestamp":"2026-01-31T12:00:00Z"}'

/** Resources of any shape: read and judged without a throw, and never with a password in what is said. */
export const objects: Target = {
  name: "objects",
  corpus: [
    `{${metadata},"spec":{"addresses":["10.0.0.0/24","fd00::/120"],"autoAssign":false,"serviceAllocation":{"priority":1,"namespaces":["a"],"serviceSelectors":[{}]}}}`,
    `{${metadata},"spec":{"myASN":1,"peerASN":2,"peerAddress":"10.0.0.1","holdTime":"90s","password":"hunter2hunter2","nodeSelectors":[{"matchLabels":{"a":"b"}}]}}`,
    `{${metadata},"spec":{"myASN":1,"dynamicASN":"internal","interface":"eth0","passwordSecret":{"name":"x"},"bfdProfile":"x","connectTime":"10s"}}`,
    `{${metadata},"spec":{"aggregationLength":24,"localPref":100,"communities":["1:1","x"],"ipAddressPools":["x"],"peers":["x"]}}`,
    `{${metadata},"spec":{"communities":[{"name":"x","value":"1:2"}]}}`,
    `{${metadata},"spec":{"receiveInterval":50,"detectMultiplier":3,"echoMode":true}}`,
    `{${metadata},"spec":{"service":{"namespace":"a","name":"b"},"ttl":"24h"},"status":{"addresses":["10.0.0.1","fd00::1"],"awaySince":"2026-01-31T12:00:00Z"}}`,
    `{${metadata},"type":"kubernetes.io/basic-auth","data":{"password":"aHVudGVyMmh1bnRlcjI="}}`,
  ],
  pieces: [
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "true",
    "0",
    "-1",
    "1e99",
    '""',
    '"0s"',
    '"hunter2hunter2"',
    '"oops"',
    '"__proto__"',
  ],
  check: text => {
    const json = jsonOf(text)
    if (json === undefined) return
    const values = <T>(decode: (json: unknown) => Decoded<T>): readonly T[] => {
      const decoded = decode(json)
      if (!decoded.ok) assert.ok(decoded.problem.message !== "")
      return decoded.ok ? [decoded.value] : []
    }
    const input: ConfigInput = {
      pools: values(decodePool),
      l2Advertisements: values(decodeL2Advertisement),
      legacy: undefined,
      namespaces: [],
      installNamespace: "metallb-system",
      bgpPeers: values(decodeBgpPeer),
      bgpAdvertisements: values(decodeBgpAdvertisement),
      bfdProfiles: values(decodeBfdProfile),
      communities: values(decodeCommunity),
      secrets: values(decodeSecretFacts),
    }
    for (const reservation of values(decodeReservation)) {
      const keeping = keepingAsRead(reservation)
      assert.ok(keeping.addresses.length <= 16, "what is kept is bounded")
      keptBy([keeping])
    }
    const verdict = judgeConfig(input, parseYaml)
    const again = judgeConfig(input, parseYaml, verdict.config)
    assert.deepEqual(again.config, verdict.config, "judging again changes nothing")
    configurationStateOf({ problems: verdict.problems, unread: [] }, { kind: "controller" }, { before: [], now: 0 })
    const inline = JSON.stringify(verdict, (_key, value) => (typeof value === "bigint" ? String(value) : value))
    // Where the damage moved the secret text into another field, that field says it.
    for (const secret of ["aHVudGVyMmh1bnRlcjI=", "hunter2hunter2"]) {
      const inItsPlace = text.includes(`"password":"${secret}"`) && text.split(secret.slice(0, 6)).length === 2
      if (inItsPlace) assert.ok(!inline.includes(secret.slice(0, 6)), "a password is never kept")
    }
  },
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
