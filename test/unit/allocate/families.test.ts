import assert from "node:assert/strict"
import { test } from "node:test"
import type { Pool } from "../../../agent/core/config/model.ts"
import type { Service } from "../../../agent/core/model.ts"
import { answer, asks, both, holder, onlyFor, v4, v6, web } from "./deciding.ts"
import { dualStack, pool, service, v6Only } from "./fixtures.ts"

const fullV4 = [0, 1, 2, 3].map(n => holder(`10.1.0.${n}`))

/** Spec 2.5. */
const families: readonly [string, Service, readonly Pool[], readonly Service[], string][] = [
  ["one IPv4 cluster IP takes IPv4 only", web, [v6, both], [], "both: 10.1.0.0"],
  ["one IPv6 cluster IP takes IPv6 only", service("shop/web", v6Only), [v4, both], [], "both: 2001:db8:1::"],
  [
    "PreferDualStack with one cluster IP takes one address",
    service("shop/web", { ipFamilyPolicy: "PreferDualStack" }),
    [both],
    [],
    "both: 10.1.0.0",
  ],
  [
    "RequireDualStack takes both from one pool",
    service("shop/web", { ...dualStack, ipFamilyPolicy: "RequireDualStack" }),
    [v4, v6, both],
    [],
    "both: 10.1.0.0 2001:db8:1::",
  ],
  [
    "RequireDualStack fails where no pool has both",
    service("shop/web", { ...dualStack, ipFamilyPolicy: "RequireDualStack" }),
    [v4, v6],
    [],
    "ML118",
  ],
  [
    "PreferDualStack takes the first pool with both",
    service("shop/web", dualStack),
    [pool("a4", ["10.9.0.0/30"]), both],
    [],
    "both: 10.1.0.0 2001:db8:1::",
  ],
  ["PreferDualStack else takes the primary family, IPv4", service("shop/web", dualStack), [v6, v4], [], "v4: 10.0.0.0"],
  [
    "PreferDualStack else takes the primary family, IPv6",
    service("shop/web", { ...dualStack, ipFamilies: ["IPv6", "IPv4"] }),
    [v4, v6],
    [],
    "v6: 2001:db8::",
  ],
  ["PreferDualStack else takes the other family", service("shop/web", dualStack), [v6], [], "v6: 2001:db8::"],
  [
    "PreferDualStack takes one family of a restricted pool before both of an open one",
    service("shop/web", dualStack),
    [both, pool("mine", ["10.7.0.0/30"], { restriction: onlyFor("shop") })],
    [],
    "mine: 10.7.0.0",
  ],
  [
    "RequireDualStack goes on to open pools",
    service("shop/web", { ...dualStack, ipFamilyPolicy: "RequireDualStack" }),
    [both, pool("mine", ["10.7.0.0/30"], { restriction: onlyFor("shop") })],
    [],
    "both: 10.1.0.0 2001:db8:1::",
  ],
  [
    "two cluster IPs with SingleStack cannot be decided",
    service("shop/web", { ...dualStack, ipFamilyPolicy: "SingleStack" }),
    [both],
    [],
    "ML005",
  ],
  [
    "two cluster IPs without a policy cannot be decided, in a named pool neither",
    asks({ "metallb.io/address-pool": "both" }, { ...dualStack, ipFamilyPolicy: "" }),
    [both],
    [],
    "ML005",
  ],
  [
    "the order is IPv4, IPv6 whatever the primary family",
    service("shop/web", { ...dualStack, ipFamilies: ["IPv6", "IPv4"] }),
    [both],
    [],
    "both: 10.1.0.0 2001:db8:1::",
  ],
  [
    "a named pool gives PreferDualStack both",
    asks({ "metallb.io/address-pool": "both" }, dualStack),
    [both],
    [],
    "both: 10.1.0.0 2001:db8:1::",
  ],
  [
    "a named pool gives PreferDualStack what it has",
    asks({ "metallb.io/address-pool": "both" }, dualStack),
    [both],
    fullV4,
    "both: 2001:db8:1::",
  ],
  [
    "a named pool that cannot give RequireDualStack both is an error",
    asks({ "metallb.io/address-pool": "both" }, { ...dualStack, ipFamilyPolicy: "RequireDualStack" }),
    [both],
    fullV4,
    "ML101",
  ],
]

for (const [rule, one, pools, others, expected] of families) {
  test(`2.5 ${rule}`, () => assert.equal(answer(one, pools, others), expected))
}
