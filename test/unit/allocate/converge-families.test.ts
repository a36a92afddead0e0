import { a, b, both, check, held, type Row } from "./converging.ts"
import { config, dualStack, pool, service } from "./fixtures.ts"

const families: readonly Row[] = [
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
  [
    "2.1 a record under the old prefix counts, and is written under the new one",
    config(a),
    held({ from: undefined, annotations: { "metallb.universe.tf/ip-allocated-from-pool": "a" } }),
    "keep! 10.0.0.5 | - | ML119",
  ],
  [
    "2.1 a record under the old prefix: what no pool has any more goes",
    config(pool("c", ["10.0.9.0/29"])),
    held({ from: undefined, annotations: { "metallb.universe.tf/ip-allocated-from-pool": "a" } }),
    "assign! 10.0.9.0 | Normal ClearAssignment, Normal IPAllocated | ML100",
  ],
  [
    "2.1 records under both prefixes: the new one counts, and the old one alone is no reason to write",
    config(a),
    held({ annotations: { "metallb.universe.tf/ip-allocated-from-pool": "b" } }),
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

check(families)
