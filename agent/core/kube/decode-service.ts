import type { Ingress, IpFamily, Service } from "../model.ts"
import type { Decoded } from "./decoded.ts"
import { decodeCore } from "./decoded.ts"
import { Fields } from "./fields.ts"

/** A v1 Service, with the defaults of the API server where a field is missing. */
export const decodeService = (json: unknown): Decoded<Service> =>
  decodeCore("service", json, (meta, root) => {
    const spec = root.child("spec")
    return {
      ...meta,
      type: spec.text("type", "ClusterIP"),
      loadBalancerClass: spec.optionalText("loadBalancerClass"),
      clusterIPs: readClusterIPs(spec),
      ipFamilies: spec.texts("ipFamilies").filter(isFamily),
      ipFamilyPolicy: spec.text("ipFamilyPolicy"),
      loadBalancerIP: spec.text("loadBalancerIP"),
      externalTrafficPolicy: spec.text("externalTrafficPolicy") === "Local" ? "Local" : "Cluster",
      selector: spec.map("selector"),
      ports: spec.children("ports").map(port => ({
        name: port.text("name"),
        protocol: port.text("protocol", "TCP"),
        port: port.whole("port", 0),
      })),
      ingress: root.child("status").child("loadBalancer").children("ingress").map(readIngress),
      ...readAllocatedAt(json),
      ...readConditions(root.child("status")),
      deleting: root.child("metadata").has("deletionTimestamp"),
    }
  })

/** The condition that another machine answers for an address which the service asks for by name. */
export const conflictCondition = "metallb.io/AddressConflict"
/** The condition that is False while the service waits for an address. */
export const allocatedCondition = "metallb.io/AddressAllocated"

const readConditions = (status: Fields): Pick<Service, "conflict" | "pending" | "conditionsOfOthers"> => {
  const conditions = status.children("conditions")
  if (conditions.length === 0) return {}
  const messageOf = (type: string, wanted: string) => {
    const found = conditions.find(condition => condition.text("type") === type)
    return found?.text("status") === wanted ? found.text("message") : undefined
  }
  const isOurs = (type: string) => type === conflictCondition || type === allocatedCondition
  const conflict = messageOf(conflictCondition, "True")
  const pending = messageOf(allocatedCondition, "False")
  return {
    ...(conflict === undefined ? {} : { conflict }),
    ...(pending === undefined ? {} : { pending }),
    ...(conditions.every(condition => isOurs(condition.text("type"))) ? {} : { conditionsOfOthers: true }),
  }
}

/** Read apart from the rest: what is said about managers is no fault of the service's. */
const readAllocatedAt = (json: unknown): { readonly allocatedAt?: number } => {
  let latest = 0
  for (const entry of new Fields(json, "", []).child("metadata").children("managedFields")) {
    if (!entry.child("fieldsV1").child("f:status").has("f:loadBalancer")) continue
    latest = Math.max(latest, entry.time("time"))
  }
  return latest === 0 ? {} : { allocatedAt: latest }
}

/** Before Kubernetes 1.20 there was only the one clusterIP; an object read from an old file may still carry it alone. */
const readClusterIPs = (spec: Fields): readonly string[] => {
  const list = spec.texts("clusterIPs")
  const single = spec.text("clusterIP")
  return list.length > 0 || single === "" ? list : [single]
}

const isFamily = (text: string): text is IpFamily => text === "IPv4" || text === "IPv6"

const readIngress = (entry: Fields): Ingress => {
  const ip = entry.optionalText("ip")
  const hostname = entry.optionalText("hostname")
  return { ...(ip === undefined ? {} : { ip }), ...(hostname === undefined ? {} : { hostname }) }
}
