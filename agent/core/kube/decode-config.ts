import type {
  L2AdvertisementResource,
  LegacyConfigMap,
  PoolCounts,
  PoolResource,
  QuarantineEntry,
  ServiceAllocation,
} from "../model.ts"
import type { Decoded } from "./decoded.ts"
import { decodeConfig, decodeCore } from "./decoded.ts"
import { Fields } from "./fields.ts"
import { readSelector, readSelectors } from "./selectors.ts"

/** A metallb.io/v1beta1 IPAddressPool. */
export const decodePool = (json: unknown): Decoded<PoolResource> =>
  decodeConfig<PoolResource>("ipaddresspool", json, (meta, root) => {
    const spec = root.child("spec")
    const allocationOrder = spec.optionalText("allocationOrder")
    const coolingTime = spec.optionalText("coolingTime")
    const conflictCheck = spec.optionalText("conflictCheck")
    const quarantined = readQuarantined(json)
    const counted = readCounted(json)
    return {
      ...meta,
      generation: root.child("metadata").whole("generation", 0),
      addresses: spec.texts("addresses"),
      autoAssign: spec.flag("autoAssign", true),
      avoidBuggyIPs: spec.flag("avoidBuggyIPs", false),
      ...(spec.has("drain") ? { drain: spec.flag("drain", false) } : {}),
      ...(allocationOrder === undefined ? {} : { allocationOrder }),
      ...(coolingTime === undefined ? {} : { coolingTime }),
      ...(conflictCheck === undefined ? {} : { conflictCheck }),
      ...(quarantined.length === 0 ? {} : { quarantined }),
      ...(counted === undefined ? {} : { counted }),
      serviceAllocation: spec.has("serviceAllocation") ? readAllocation(spec.child("serviceAllocation")) : undefined,
    }
  })

/** Read apart from the rest: a status that cannot be read is no fault of the pool's. */
const readQuarantined = (json: unknown): readonly QuarantineEntry[] =>
  new Fields(json, "", [])
    .child("status")
    .children("quarantined")
    .map(entry => ({
      address: entry.text("address"),
      mac: entry.text("mac"),
      since: entry.time("since"),
      until: entry.time("until"),
    }))

const readCounted = (json: unknown): PoolCounts | undefined => {
  const status = new Fields(json, "", []).child("status")
  const [assignedIPv4, assignedIPv6] = [status.optionalNumber("assignedIPv4"), status.optionalNumber("assignedIPv6")]
  const [availableIPv4, availableIPv6] = [
    status.optionalNumber("availableIPv4"),
    status.optionalNumber("availableIPv6"),
  ]
  if (assignedIPv4 === undefined || assignedIPv6 === undefined) return undefined
  if (availableIPv4 === undefined || availableIPv6 === undefined) return undefined
  return { assignedIPv4, assignedIPv6, availableIPv4, availableIPv6 }
}

/** A metallb.io/v1beta1 L2Advertisement. */
export const decodeL2Advertisement = (json: unknown): Decoded<L2AdvertisementResource> =>
  decodeConfig<L2AdvertisementResource>("l2advertisement", json, (meta, root) => {
    const spec = root.child("spec")
    return {
      ...meta,
      generation: root.child("metadata").whole("generation", 0),
      ipAddressPools: spec.texts("ipAddressPools"),
      ipAddressPoolSelectors: readSelectors(spec, "ipAddressPoolSelectors"),
      nodeSelectors: readSelectors(spec, "nodeSelectors"),
      serviceSelectors: readSelectors(spec, "serviceSelectors"),
      interfaces: spec.texts("interfaces"),
      preferredNodeSelectors: spec.children("preferredNodeSelectors").map(entry => ({
        weight: entry.whole("weight", 0),
        preference: readSelector(entry.child("preference")),
      })),
    }
  })

/** The v1 ConfigMap with the configuration of MetalLB before 0.13. */
export const decodeLegacyConfigMap = (json: unknown): Decoded<LegacyConfigMap> =>
  decodeCore("configmap", json, (meta, root) => ({ ...meta, text: root.child("data").optionalText("config") }))

const readAllocation = (allocation: Fields): ServiceAllocation => ({
  priority: allocation.whole("priority", 0),
  namespaces: allocation.texts("namespaces"),
  namespaceSelectors: readSelectors(allocation, "namespaceSelectors"),
  serviceSelectors: readSelectors(allocation, "serviceSelectors"),
})
