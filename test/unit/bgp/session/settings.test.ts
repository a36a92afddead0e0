import assert from "node:assert/strict"
import { test } from "node:test"
import { leastTtlOf, type SessionSettings, sessionSettings } from "../../../../agent/core/bgp/session/settings.ts"
import type { BgpPeer } from "../../../../agent/core/config/bgp/model.ts"
import { address } from "../../allocate/fixtures.ts"
import { peerOf } from "./fixtures.ts"

const defaults = { namespace: "metallb-system", nodeId: 7, accepts: false, restartTime: 80 }
const settings = (changes: Partial<BgpPeer> = {}) => sessionSettings(peerOf(changes), defaults)

test("a peer with nothing but what it needs has the defaults", () => {
  assert.deepEqual(settings(), {
    peer: "tor",
    namespace: "metallb-system",
    endpoint: { kind: "address", address: address("10.0.0.1") },
    port: 179,
    sourceAddress: undefined,
    vrf: "",
    asn: 64512,
    remote: { kind: "as", asn: 64513 },
    routerId: undefined,
    nodeId: 7,
    holdTime: 90,
    keepaliveTime: undefined,
    connectTime: 10,
    connects: true,
    accepts: false,
    delayOpen: 0,
    families: undefined,
    gracefulRestart: false,
    restartTime: 80,
    maxPrefixes: 100_000,
    advertisementInterval: 0,
    ttlSecurityHops: undefined,
    password: { from: "nothing" },
  } satisfies SessionSettings)
})

/** Every field of a BgpPeer: another value of it, and what of the settings becomes another. */
const fields: { readonly [F in keyof BgpPeer]-?: readonly (readonly [BgpPeer[F], Partial<SessionSettings>])[] } = {
  name: [["leaf", { peer: "leaf" }]],
  source: [["legacy", {}]],
  myASN: [[65000, { asn: 65000 }]],
  localASN: [[65001, { asn: 65001 }]],
  remote: [
    [{ kind: "internal" }, { remote: { kind: "internal" } }],
    [{ kind: "external" }, { remote: { kind: "external" } }],
  ],
  endpoint: [
    [
      { kind: "interface", name: "eth1" },
      { endpoint: { kind: "interface", name: "eth1" }, families: ["IPv4", "IPv6"] },
    ],
  ],
  sourceAddress: [[address("10.9.9.9"), { sourceAddress: address("10.9.9.9") }]],
  port: [[1790, { port: 1790 }]],
  timers: [
    [
      { holdTime: 3, keepaliveTime: 1, connectTime: 5 },
      { holdTime: 3, keepaliveTime: 1, connectTime: 5 },
    ],
    [{ holdTime: 0, keepaliveTime: 0, connectTime: undefined }, { holdTime: 0 }],
  ],
  routerID: [[address("192.0.2.7"), { routerId: 0xc0000207 }]],
  // Which nodes have the session, and not what it is.
  nodeSelectors: [[[{ matchLabels: { rack: "a" }, matchExpressions: [] }], {}]],
  password: [
    [{ from: "secret", name: "bgp", revision: "a" }, { password: { from: "secret", name: "bgp", revision: "a" } }],
  ],
  // BFD has settings of its own.
  bfdProfile: [["fast", {}]],
  gracefulRestart: [[true, { gracefulRestart: true }]],
  // Every packet is sent with a TTL of 255 in any case; BFD makes a difference.
  ebgpMultiHop: [[true, {}]],
  ttlSecurityHops: [[2, { ttlSecurityHops: 2 }]],
  vrf: [["red", { vrf: "red" }]],
  dualStackAddressFamily: [[true, { families: ["IPv4", "IPv6"] }]],
}

for (const [field, rows] of Object.entries(fields))
  test(`${field} of a peer changes what it is for, and nothing else`, () => {
    for (const [value, changes] of rows) assert.deepEqual(settings({ [field]: value }), { ...settings(), ...changes })
  })

test("an AS for this peer alone takes the place of the cluster's, and that of an internal peer is the same", () => {
  assert.equal(settings({ myASN: 65000, localASN: 65001 }).asn, 65001)
})

test("a peer that is n hops away shows a TTL of 256 - n or more", () => {
  assert.deepEqual(
    [undefined, 1, 254].map(hops => leastTtlOf(settings({ ttlSecurityHops: hops }))),
    [undefined, 255, 2],
  )
})
