import { a, both, check, held, type Row } from "./converging.ts"
import { config, service, v6Only } from "./fixtures.ts"

const first: readonly Row[] = [
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
]

check(first)
