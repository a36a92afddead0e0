import assert from "node:assert/strict"
import { converge } from "../../agent/core/allocate/converge.ts"
import { ledgerFrom } from "../../agent/core/allocate/ledger.ts"
import { judgeConfig } from "../../agent/core/config/judge.ts"
import { formatAddress } from "../../agent/core/ip/format.ts"
import { decodePool } from "../../agent/core/kube/decode-config.ts"
import { decodeService } from "../../agent/core/kube/decode-service.ts"
import { parseYaml } from "../../agent/ports/yaml.ts"
import type { Target } from "./fuzz.ts"

const pool = decodePool({
  metadata: { name: "public", namespace: "metallb-system" },
  spec: { addresses: ["192.168.1.11-192.168.1.13", "fd00::1-fd00::3"] },
})
assert.ok(pool.ok)
const { config } = judgeConfig(
  { pools: [pool.value], l2Advertisements: [], legacy: undefined, namespaces: [], installNamespace: "metallb-system" },
  parseYaml,
)

/** The annotations of a service, one a line as key=value: what is given always comes from a pool and is what was asked for. */
export const annotations: Target = {
  name: "annotations",
  corpus: [
    "metallb.io/loadBalancerIPs=192.168.1.12",
    "metallb.io/loadBalancerIPs=192.168.1.12, fd00::2\nmetallb.io/address-pool=public",
    "metallb.universe.tf/loadBalancerIPs=192.168.1.13\nmetallb.io/allow-shared-ip=key",
    "metallb.io/address-pool=public\nmetallb.universe.tf/address-pool=other",
    "metallb.io/ip-allocated-from-pool=public\nspec.loadBalancerIP=192.168.1.11",
    "ipFamilyPolicy=RequireDualStack\nclusterIPs=10.96.0.1,fd00:10::1",
    "metallb.io/allow-shared-ip=",
    "metallb.io/addresses-per-family=2",
    "metallb.io/addresses-per-family=3\nmetallb.io/loadBalancerIPs=192.168.1.12,192.168.1.11",
  ],
  pieces: [
    "\n",
    "=",
    ",",
    " ",
    "::ffff:",
    "fd00::1",
    "192.168.1.11",
    "192.168.1.14",
    "0",
    "public",
    "PreferDualStack",
    "spec.loadBalancerIP=",
  ],
  check: text => {
    const entries = text.split("\n").map(line => [line.split("=")[0] ?? "", line.slice(line.indexOf("=") + 1)] as const)
    const given = new Map(entries)
    const clusterIPs = (given.get("clusterIPs") ?? "10.96.0.1").split(",")
    const decoded = decodeService({
      metadata: { name: "web", namespace: "shop", annotations: Object.fromEntries(entries) },
      spec: {
        type: "LoadBalancer",
        clusterIPs,
        ipFamilyPolicy: given.get("ipFamilyPolicy") ?? "SingleStack",
        loadBalancerIP: given.get("spec.loadBalancerIP") ?? "",
        ports: [{ port: 80 }],
      },
    })
    assert.ok(decoded.ok)
    const service = decoded.value
    const ledger = ledgerFrom([service], config)
    const first = converge(service, { ledger, loadBalancerClass: "", ready: true, doubt: undefined })
    const texts = first.addresses.map(formatAddress)
    assert.equal(new Set(texts).size, texts.length, "an address is given once")
    for (const address of first.addresses) {
      assert.match(
        formatAddress(address),
        /^(192\.168\.1\.1[123]|fd00::[123])$/,
        "only addresses of the pool are given",
      )
    }
    if (first.action !== "assign") return
    const written = { ...service, ingress: first.ingress.map(ip => ({ ip })), annotations: { ...service.annotations } }
    written.annotations["metallb.io/ip-allocated-from-pool"] = first.pool ?? ""
    const next = ledgerFrom([written], config)
    const second = converge(written, { ledger: next, loadBalancerClass: "", ready: true, doubt: undefined })
    assert.equal(second.action, "keep", "what was given is kept")
    assert.equal(second.write, false)
  },
}
