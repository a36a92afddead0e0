import { poolRecord } from "../core/allocate/annotations.ts"
import type { Convergence } from "../core/allocate/convergence.ts"
import type { Service } from "../core/model.ts"
import type { ApiRequest } from "../ports/kube/client.ts"
import { mergePatch } from "../ports/kube/client.ts"
import { paths } from "../ports/kube/resources.ts"

/** What managedFields call our writes. */
const fieldManager = "metallb-controller"

/**
 * The one request that carries address and record: the status subresource of a Service takes metadata too (MetalLB relies on
 * the same). The resourceVersion makes it fail with 409 where anybody else changed the service meanwhile. The whole list of
 * ingress is replaced; null takes a field away (RFC 7396).
 */
export const statusWrite = (service: Service, { ingress, pool }: Convergence): ApiRequest => ({
  method: "PATCH",
  path: paths.serviceStatus(service.namespace, service.name),
  query: { fieldManager },
  contentType: mergePatch,
  body: JSON.stringify({
    metadata: { resourceVersion: service.resourceVersion, annotations: { [poolRecord]: pool ?? null } },
    status: { loadBalancer: { ingress: ingress.length === 0 ? null : ingress.map(ip => ({ ip })) } },
  }),
})
