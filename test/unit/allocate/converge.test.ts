import assert from "node:assert/strict"
import { test } from "node:test"
import type { Convergence } from "../../../agent/core/allocate/convergence.ts"
import { observe, reconfigure } from "../../../agent/core/allocate/ledger.ts"
import { passOrder, reserve, settle } from "../../../agent/core/allocate/settle.ts"
import type { Config } from "../../../agent/core/config/model.ts"
import type { Service } from "../../../agent/core/model.ts"
import { Controller, config, dualStack, pool, restriction, type Settings, service, v6Only } from "./fixtures.ts"

const a = pool("a", ["10.0.0.0/29"])
const b = pool("b", ["10.0.1.0/29"])
const both = pool("both", ["10.1.0.0/30", "2001:db8:1::/126"])
const held = (more = {}) => service("shop/web", { ips: ["10.0.0.5"], from: "a", ...more })

const judged = (configuration: Config, one: Service, settings: Settings = {}, others: readonly Service[] = []) =>
  new Controller(configuration, [...others, one], settings).apply(one)

/** "action addresses | events | reason", with "!" where something is written. */
const said = ({ action, write, ingress, events, outcome }: Convergence): string =>
  [
    `${action}${write ? "!" : ""} ${ingress.join(",")}`.trim(),
    events.map(event => `${event.type} ${event.reason}`).join(", ") || "-",
    outcome.reason,
  ].join(" | ")

/** Rule, configuration, service, expected; a step of spec 2.3 unless it names another section. */
const table: readonly [string, Config, Service, string, Settings?][] = [
  ["0 pools not read yet: nothing is done", config(), held(), "ignore 10.0.0.5 | - | ML127", { ready: false }],
  [
    "1 not a load balancer, nothing of ours: left alone",
    config(a),
    service("shop/web", { type: "ClusterIP" }),
    "ignore | - | ML001",
  ],
  ["1 not a load balancer any more: cleared", config(a), held({ type: "ClusterIP" }), "clear! | - | ML133"],
  [
    "1 not a load balancer, an address that others wrote: left alone",
    config(a),
    service("shop/web", { type: "ClusterIP", ips: ["10.0.0.5"] }),
    "ignore 10.0.0.5 | - | ML001",
  ],
  [
    "2 no pool: nothing is cleared (MetalLB: everything)",
    config(),
    held(),
    "keep 10.0.0.5 | Warning AddressKept | ML120",
    { doubt: "there is no pool" },
  ],
  ["2 no pool, no address: waits", config(), service("shop/web"), "wait | Warning AllocationFailed | ML117"],
  ["3 no cluster IP: cleared", config(a), held({ clusterIPs: [] }), "clear! | Warning noclusterIPsIPFamily | ML003"],
  [
    "3 no cluster IP, nothing held: waits",
    config(a),
    service("shop/web", { clusterIPs: [] }),
    "wait | Warning noclusterIPsIPFamily | ML003",
  ],
  [
    "4 an entry that is a host name and no record of ours: left alone",
    config(a),
    { ...service("shop/web"), ingress: [{ hostname: "lb.example.org" }] },
    "ignore | - | ML015",
  ],
  [
    "5 RequireDualStack with one cluster IP: cleared",
    config(a),
    held({ ipFamilyPolicy: "RequireDualStack" }),
    "clear! | Warning not enough clusterips | ML004",
  ],
  [
    "6 family changed: a new address",
    config(a, both),
    held(v6Only),
    "assign! 2001:db8:1:: | Normal ClearAssignment, Normal IPAllocated | ML100",
  ],
  [
    "6 family changed and none to be had: cleared",
    config(a),
    held(v6Only),
    "clear! | Normal ClearAssignment, Warning AllocationFailed | ML118",
  ],
  [
    "6 two addresses of one family: the first stays (MetalLB takes both and gives another)",
    config(a),
    held({ ips: ["10.0.0.5", "10.0.0.6"] }),
    "assign! 10.0.0.5 | Normal ClearAssignment | ML119",
  ],
  [
    "6 from two families to one: the address of the family that is left stays (MetalLB gives another)",
    config(both),
    service("shop/web", { ips: ["10.1.0.2", "2001:db8:1::2"], from: "both" }),
    "assign! 10.1.0.2 | Normal ClearAssignment | ML119",
  ],
  ["7 still right: kept, nothing written", config(a), held(), "keep 10.0.0.5 | - | ML119"],
  ["7 right but without a record: adopted", config(a), held({ from: undefined }), "keep! 10.0.0.5 | - | ML119"],
  [
    "3.7 pool renamed: kept, the record is corrected",
    config(pool("new", ["10.0.0.0/29"])),
    held(),
    "keep! 10.0.0.5 | - | ML119",
  ],
  [
    "3.7 pool split: kept, the record is corrected",
    config(pool("a", ["10.0.0.0/30"]), pool("z", ["10.0.0.4/30"])),
    held(),
    "keep! 10.0.0.5 | - | ML119",
  ],
  [
    "3.7 pool gone: a new address of another",
    config(b),
    held(),
    "assign! 10.0.1.0 | Normal ClearAssignment, Normal IPAllocated | ML100",
  ],
  [
    "3.7 pool gone and no other has room: cleared",
    config(pool("b", ["10.0.1.0/29"], { autoAssign: false })),
    held(),
    "clear! | Normal ClearAssignment, Warning AllocationFailed | ML118",
  ],
  [
    "3.7 pool shrunk: a new address",
    config(pool("a", ["10.0.0.0/30"])),
    held(),
    "assign! 10.0.0.0 | Normal ClearAssignment, Normal IPAllocated | ML100",
  ],
  [
    "3.7 autoAssign turned off does not evict",
    config(pool("a", ["10.0.0.0/29"], { autoAssign: false })),
    held(),
    "keep 10.0.0.5 | - | ML119",
  ],
  [
    "3.7 serviceAllocation that excludes the holder evicts it",
    config(pool("a", ["10.0.0.0/29"], { restriction: restriction({ namespaces: new Set(["lab"]) }) }), b),
    held(),
    "assign! 10.0.1.0 | Normal ClearAssignment, Normal IPAllocated | ML100",
  ],
  [
    "3.3 avoidBuggyIPs turned on evicts the holder of .0",
    config(pool("a", ["10.0.0.0/29"], { avoidBuggyIPs: true })),
    held({ ips: ["10.0.0.0"] }),
    "assign! 10.0.0.1 | Normal ClearAssignment, Normal IPAllocated | ML100",
  ],
  [
    "an address that no pool has and others wrote: left alone",
    config(b),
    held({ from: undefined }),
    "ignore 10.0.0.5 | - | ML006",
  ],
  [
    "an address of others that its pool does not allow: left alone",
    config(pool("a", ["10.0.0.0/29"], { restriction: restriction({ namespaces: new Set(["lab"]) }) })),
    held({ from: undefined }),
    "ignore 10.0.0.5 | - | ML006",
  ],
  [
    "a pool cannot be read: what no valid pool has is kept",
    config(b),
    held(),
    "keep 10.0.0.5 | Warning AddressKept | ML120",
    { doubt: "pool a cannot be used as it is written" },
  ],
  [
    "a pool cannot be read: what others wrote is left alone",
    config(b),
    held({ from: undefined }),
    "ignore 10.0.0.5 | - | ML006",
    { doubt: "pool a cannot be used as it is written" },
  ],
  [
    "a pool cannot be read: a valid one that excludes the holder still evicts it",
    config(pool("a", ["10.0.0.0/29"], { restriction: restriction({ namespaces: new Set(["lab"]) }) }), b),
    held(),
    "assign! 10.0.1.0 | Normal ClearAssignment, Normal IPAllocated | ML100",
    { doubt: "pool c cannot be used as it is written" },
  ],
  [
    "a pool cannot be read: a service that asks for another pool moves",
    config(b),
    held({ annotations: { "metallb.io/address-pool": "b" } }),
    "assign! 10.0.1.0 | Normal ClearAssignment, Normal IPAllocated | ML100",
    { doubt: "pool a cannot be used as it is written" },
  ],
  [
    "7 address-pool names another: moves",
    config(a, b),
    held({ annotations: { "metallb.io/address-pool": "b" } }),
    "assign! 10.0.1.0 | Normal ClearAssignment, Normal IPAllocated | ML100",
  ],
  [
    "7 address-pool names one that does not exist: keeps what it has (MetalLB: cleared)",
    config(a, b),
    held({ annotations: { "metallb.io/address-pool": "c" } }),
    "keep 10.0.0.5 | Warning AllocationFailed | ML108",
  ],
  [
    "7 another address asked for: moves",
    config(a),
    held({ annotations: { "metallb.io/loadBalancerIPs": "10.0.0.1" } }),
    "assign! 10.0.0.1 | Normal ClearAssignment, Normal IPAllocated | ML132",
  ],
  [
    "7 an address asked for that cannot be read: kept",
    config(a),
    held({ annotations: { "metallb.io/loadBalancerIPs": "10.0.0.x" } }),
    "keep 10.0.0.5 | Warning LoadBalancerFailed | ML008",
  ],
  [
    "7 the same addresses in another order are the same wish (MetalLB writes twice)",
    config(both),
    service("shop/web", {
      ...dualStack,
      ips: ["10.1.0.1", "2001:db8:1::1"],
      from: "both",
      annotations: { "metallb.io/loadBalancerIPs": "2001:db8:1::1,10.1.0.1" },
    }),
    "keep 10.1.0.1,2001:db8:1::1 | - | ML119",
  ],
  [
    "7 addresses that stand IPv6 first are not turned round",
    config(both),
    service("shop/web", { ...dualStack, ips: ["2001:db8:1::1", "10.1.0.1"], from: "both" }),
    "keep 2001:db8:1::1,10.1.0.1 | - | ML119",
  ],
  [
    "8 PreferDualStack with one address: the other family from the same pool",
    config(both),
    service("shop/web", { ...dualStack, ips: ["10.1.0.2"], from: "both" }),
    "assign! 10.1.0.2,2001:db8:1:: | Normal IPAllocated | ML100",
  ],
  [
    "8 the missing IPv4 address goes first",
    config(both),
    service("shop/web", { ...dualStack, ips: ["2001:db8:1::2"], from: "both" }),
    "assign! 10.1.0.0,2001:db8:1::2 | Normal IPAllocated | ML100",
  ],
  [
    "8 the same pool cannot add the other family: kept, and told",
    config(a, both),
    service("shop/web", { ...dualStack, ips: ["10.0.0.5"], from: "a" }),
    "keep 10.0.0.5 | Normal AdditionalAssignFailed | ML119",
  ],
  [
    "8 PreferDualStack with one cluster IP does not flap (MetalLB adds and clears in turn)",
    config(both),
    service("shop/web", { ipFamilyPolicy: "PreferDualStack", ips: ["10.1.0.2"], from: "both" }),
    "keep 10.1.0.2 | - | ML119",
  ],
  [
    "2.5 RequireDualStack with one address: the other from the same pool, the first stays",
    config(a, both),
    service("shop/web", { ...dualStack, ipFamilyPolicy: "RequireDualStack", ips: ["10.1.0.3"], from: "both" }),
    "assign! 10.1.0.3,2001:db8:1:: | Normal IPAllocated | ML100",
  ],
  [
    "2.5 RequireDualStack with one address of a pool without the other: both from another",
    config(a, both),
    service("shop/web", { ...dualStack, ipFamilyPolicy: "RequireDualStack", ips: ["10.0.0.5"], from: "a" }),
    "assign! 10.1.0.0,2001:db8:1:: | Normal ClearAssignment, Normal IPAllocated | ML100",
  ],
  [
    "2.5 dual pool shrunk: both addresses are given anew",
    config(pool("both", ["10.1.0.0/30"]), pool("other", ["10.2.0.0/30", "2001:db8:2::/126"])),
    service("shop/web", { ...dualStack, ips: ["10.1.0.1", "2001:db8:1::1"], from: "both" }),
    "assign! 10.2.0.0,2001:db8:2:: | Normal ClearAssignment, Normal IPAllocated | ML100",
  ],
  [
    "2.5 a new dual pool elsewhere does not move a service that fits its own",
    config(pool("aa", ["10.2.0.0/30", "2001:db8:2::/126"]), both),
    service("shop/web", { ...dualStack, ips: ["10.1.0.1", "2001:db8:1::1"], from: "both" }),
    "keep 10.1.0.1,2001:db8:1::1 | - | ML119",
  ],
  ["9 none: gets one", config(a), service("shop/web"), "assign! 10.0.0.0 | Normal IPAllocated | ML100"],
  [
    "9 none to be had: told",
    config(pool("a", ["10.0.0.5/32"])),
    service("lab/web"),
    "wait | Warning AllocationFailed | ML118",
    {},
  ],
  [
    "2.1 the old prefix is told when something is written",
    config(a),
    service("shop/web", { annotations: { "metallb.universe.tf/address-pool": "a" } }),
    "assign! 10.0.0.0 | Normal IPAllocated, Warning deprecatedAnnotation | ML100",
  ],
  [
    "2.1 and not when nothing is",
    config(a),
    held({ annotations: { "metallb.universe.tf/address-pool": "a" } }),
    "keep 10.0.0.5 | - | ML119",
  ],
  ["2.2 class set, flag empty", config(a), service("shop/web", { loadBalancerClass: "x" }), "ignore | - | ML002"],
  ["2.2 class unset, flag set", config(a), held(), "ignore 10.0.0.5 | - | ML002", { loadBalancerClass: "x" }],
  [
    "2.2 class and flag equal",
    config(a),
    held({ loadBalancerClass: "x" }),
    "keep 10.0.0.5 | - | ML119",
    { loadBalancerClass: "x" },
  ],
  [
    "2.2 class and flag differ",
    config(b),
    held({ loadBalancerClass: "y" }),
    "ignore 10.0.0.5 | - | ML002",
    { loadBalancerClass: "x" },
  ],
  [
    "2.2 a class lost with the type does not hide the address (MetalLB leaks it)",
    config(a),
    held({ type: "ClusterIP" }),
    "clear! | - | ML133",
    { loadBalancerClass: "x" },
  ],
  [
    "a service that is being deleted keeps what it has",
    config(b),
    held({ deleting: true }),
    "ignore 10.0.0.5 | - | ML012",
  ],
  [
    "a service that is being deleted gets nothing",
    config(a),
    service("shop/web", { deleting: true }),
    "ignore | - | ML012",
  ],
]

for (const [rule, configuration, one, expected, settings] of table) {
  test(rule, () => {
    const taken = rule.startsWith("9 none to be had") ? [held()] : []
    assert.equal(said(judged(configuration, one, settings, taken)), expected)
  })
}

test("what was decided is kept when judged again, and nothing more is written", () => {
  for (const [rule, configuration, one, , settings] of table) {
    const controller = new Controller(configuration, [one], settings)
    const first = controller.apply(one)
    const second = controller.again(`${one.namespace}/${one.name}`)
    assert.equal(second.write, false, rule)
    assert.deepEqual(second.ingress, first.ingress, rule)
    assert.notEqual(second.action, "assign", rule)
    assert.notEqual(second.action, "clear", rule)
  }
})

test("a status emptied by hand gets the same address again", () => {
  const controller = new Controller(config(a), [held()])
  const wanted = controller.apply({ ...held(), ingress: [] })
  assert.equal(said(wanted), "assign! 10.0.0.5 | - | ML119")
})

test("ipMode and ports of an ingress entry are no difference", () => {
  const one = { ...held(), ingress: [{ ip: "10.0.0.5", ipMode: "VIP", ports: [] }] }
  assert.equal(judged(config(a), one).write, false)
})

test("an IPv6 address written in another form is the same address and is left as it is", () => {
  const one = service("shop/web", { ...v6Only, ips: ["2001:DB8:1:0::1"], from: "both" })
  assert.equal(said(judged(config(both), one)), "keep 2001:DB8:1:0::1 | - | ML119")
})

test("the event of an allocation names address and pool, and the code of the reason", () => {
  const [event] = judged(config(a), service("shop/web")).events
  assert.deepEqual(event, {
    type: "Normal",
    reason: "IPAllocated",
    code: "ML100",
    message: '10.0.0.0 from pool "a" [ML100]',
  })
})

test("the event of a failure names every pool with its reason and fits into an event", () => {
  const pools = Array.from({ length: 100 }, (_, n) => pool(`pool-${n}`, [`10.7.${n}.0/30`], { autoAssign: false }))
  const [event] = judged(config(...pools), service("shop/web")).events
  assert.match(event?.message ?? "", /^pool-0: autoAssign is off \[ML102\]; .*; and 97 more \[ML118\]$/)
  assert.ok((event?.message.length ?? 0) <= 1024)
})

test("a wish that cannot be met says what is kept", () => {
  const one = held({ annotations: { "metallb.io/address-pool": "c" } })
  const [event] = judged(config(a), one).events
  assert.equal(event?.message, "no valid pool is named c; keeps 10.0.0.5 [ML108]")
})

test("of two services with one address the older keeps it and the other gets a new one, whatever the order of the list", () => {
  const older = service("shop/old", { ips: ["10.0.0.1"], from: "a", createdAt: 1 })
  const newer = service("shop/new", { ips: ["10.0.0.1"], from: "a", createdAt: 2 })
  for (const list of [
    [older, newer],
    [newer, older],
  ]) {
    const controller = new Controller(config(a), list)
    for (const one of passOrder(list)) controller.apply(one)
    assert.deepEqual([controller.ips("shop/old"), controller.ips("shop/new")], [["10.0.0.1"], ["10.0.0.0"]])
  }
})

test("a full pass takes services with an address first, older first, then by key", () => {
  const list = [
    service("shop/d", { createdAt: 1 }),
    service("shop/c", { createdAt: 5, ips: ["10.0.0.1"] }),
    service("shop/b", { createdAt: 1 }),
    service("shop/a", { createdAt: 2, ips: ["10.0.0.2"] }),
  ]
  assert.deepEqual(
    passOrder(list).map(one => one.name),
    ["a", "c", "b", "d"],
  )
})

test("settling tells whether others may gain", () => {
  const controller = new Controller(config(a), [held()])
  const cleared = { ...held(), type: "ClusterIP" }
  observe(controller.ledger, cleared)
  const wanted: Convergence = judged(config(a), cleared)
  assert.equal(settle(controller.ledger, cleared, wanted), true)
  assert.equal(settle(controller.ledger, cleared, wanted), false)
})

test("a newcomer's address, kept for it before the write and settled after it, frees nothing that others wait for", () => {
  const controller = new Controller(config(a), [])
  const newcomer = service("shop/new")
  const wanted = judged(config(a), newcomer)
  assert.equal(wanted.action, "assign")
  reserve(controller.ledger, newcomer, wanted)
  assert.equal(settle(controller.ledger, newcomer, wanted), false)
})

test("a holder that shares on other terms than before may let others in", () => {
  const controller = new Controller(config(a), [held()])
  assert.equal(observe(controller.ledger, held({ annotations: { "metallb.io/allow-shared-ip": "key" } })), true)
})

test("while a move is being written both addresses are kept out of the way", () => {
  const controller = new Controller(config(pool("a", ["10.0.0.4/31"])), [held()])
  const moving = held({ annotations: { "metallb.io/loadBalancerIPs": "10.0.0.4" } })
  observe(controller.ledger, moving)
  const wanted = judged(config(pool("a", ["10.0.0.4/31"])), moving)
  assert.deepEqual(wanted.ingress, ["10.0.0.4"])
  reserve(controller.ledger, moving, wanted)
  assert.equal(controller.apply(service("shop/other")).outcome.reason, "ML118")
  assert.equal(settle(controller.ledger, moving, wanted), true)
  controller.again("shop/other")
  assert.deepEqual(controller.ips("shop/other"), ["10.0.0.5"])
})

test("a pool that comes back finds its addresses where they were", () => {
  const controller = new Controller(config(a, b), [held()], { doubt: "pool a cannot be used as it is written" })
  reconfigure(controller.ledger, config(b))
  controller.again("shop/web")
  reconfigure(controller.ledger, config(a, b))
  controller.settings = {}
  const asking = service("shop/other", { annotations: { "metallb.io/loadBalancerIPs": "10.0.0.5" } })
  assert.equal(controller.apply(asking).outcome.reason, "ML111")
  assert.equal(said(controller.again("shop/web")), "keep 10.0.0.5 | - | ML119")
})
