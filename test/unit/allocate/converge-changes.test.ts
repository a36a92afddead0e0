import { a, b, both, check, held, type Row } from "./converging.ts"
import { config, dualStack, pool, restriction, service } from "./fixtures.ts"

const changes: readonly Row[] = [
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
]

check(changes)
