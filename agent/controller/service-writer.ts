import { recordPatch } from "../core/allocate/annotations.ts"
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
 * ingress is replaced; null takes a field away (RFC 7396). A condition that is over with it goes by the same request: with all of
 * them where none would be left, else by a strategic patch, which alone leaves the others as they are and costs the server more.
 */
export const statusWrite = (service: Service, wanted: Convergence): ApiRequest => {
  const { ingress, pool } = wanted
  const ended = endedConditions(service, conditionsAfter(wanted))
  const { conflict, pending, conditionsOfOthers = false } = service
  const ours = [conflict, pending].filter(message => message !== undefined).length
  const isLast = ended.length === ours && !conditionsOfOthers
  return {
    method: "PATCH",
    path: paths.serviceStatus(service.namespace, service.name),
    query: { fieldManager },
    contentType: ended.length === 0 || isLast ? mergePatch : strategicPatch,
    body: JSON.stringify({
      metadata: { resourceVersion: service.resourceVersion, annotations: recordPatch(service, pool) },
      status: {
        loadBalancer: { ingress: ingress.length === 0 ? null : ingress.map(ip => ({ ip })) },
        ...(ended.length === 0 ? {} : { conditions: isLast ? null : ended }),
      },
    }),
  }
}
