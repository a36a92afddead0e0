import { poolRecord } from "../core/allocate/annotations.ts"
import type { Convergence } from "../core/allocate/convergence.ts"
import type { Service } from "../core/model.ts"
import type { ApiRequest } from "../ports/kube/client.ts"
import { mergePatch, strategicPatch } from "../ports/kube/client.ts"
import { paths } from "../ports/kube/resources.ts"
import { conditionsAfter, endedConditions } from "./condition.ts"

/** What managedFields call our writes. */
const fieldManager = "metallb-controller"

/**
 * The one request that carries address and record: the status subresource of a Service takes metadata too (MetalLB relies on
 * the same). The resourceVersion makes it fail with 409 where anybody else changed the service meanwhile. The whole list of
 * ingress is replaced; null takes a field away (RFC 7396). A condition that is over with it goes by the same request, which then
 * has to be a strategic patch, since that alone leaves the conditions of others as they are; it costs the server more.
 */
export const statusWrite = (service: Service, wanted: Convergence): ApiRequest => {
  const { ingress, pool } = wanted
  const conditions = endedConditions(service, conditionsAfter(wanted))
  return {
    method: "PATCH",
    path: paths.serviceStatus(service.namespace, service.name),
    query: { fieldManager },
    contentType: conditions.length === 0 ? mergePatch : strategicPatch,
    body: JSON.stringify({
      metadata: { resourceVersion: service.resourceVersion, annotations: { [poolRecord]: pool ?? null } },
      status: {
        loadBalancer: { ingress: ingress.length === 0 ? null : ingress.map(ip => ({ ip })) },
        ...(conditions.length === 0 ? {} : { conditions }),
      },
    }),
  }
}
