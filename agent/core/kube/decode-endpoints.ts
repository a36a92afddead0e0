import type { EndpointSlice } from "../model.ts"
import type { Decoded } from "./decoded.ts"
import { decodeCore } from "./decoded.ts"

/**
 * A discovery.k8s.io/v1 EndpointSlice. An endpoint can serve when `ready` is true or unset, or when `serving` is true while
 * the pod ends. A slice without the label kubernetes.io/service-name belongs to no service and has service "".
 */
export const decodeEndpointSlice = (json: unknown): Decoded<EndpointSlice> =>
  decodeCore("endpointslice", json, (meta, root) => {
    const service = meta.labels["kubernetes.io/service-name"]
    const type = root.text("addressType")
    const family = type === "IPv4" || type === "IPv6" ? ({ family: type } as const) : {}
    return {
      ...meta,
      labels: {},
      service: service === undefined ? "" : `${meta.namespace}/${service}`,
      endpoints: root.children("endpoints").map(endpoint => {
        const conditions = endpoint.child("conditions")
        return {
          nodeName: endpoint.optionalText("nodeName"),
          canServe: conditions.flag("ready", true) || conditions.flag("serving", false),
          addresses: endpoint.texts("addresses").length,
          ...family,
        }
      }),
    }
  })
