import { type KubeClient, mergePatch } from "../../../agent/ports/kube/client.ts"
import { fieldOf, textField } from "../../../agent/ports/kube/objects.ts"
import { createServices, inParallel, names, servicesPath } from "./services.ts"

/** Writes under way at the same time: as many as the controller has. */
const wide = 16

/**
 * What the API server takes for `count` status writes that nobody has to think about: the controller's own request
 * (address, record and resourceVersion in one patch) on services of a class that nobody serves. `use` is called when they begin and end.
 */
export const bareLoop = async <Use>(
  client: KubeClient,
  prefix: string,
  count: number,
  use: () => Use,
): Promise<{ readonly seconds: number; readonly from: Use; readonly to: Use }> => {
  const created = await createServices(client, names(prefix, 0, count), "bench.example/nobody")
  const writes = created.map((service, at) => {
    const metadata = fieldOf(service, "metadata")
    return {
      path: `${servicesPath}/${textField(metadata, "name")}/status`,
      body: JSON.stringify({
        metadata: {
          resourceVersion: textField(metadata, "resourceVersion"),
          annotations: { "metallb.io/ip-allocated-from-pool": "bench" },
        },
        status: { loadBalancer: { ingress: [{ ip: `10.200.${at >> 8}.${at & 255}` }] } },
      }),
    }
  })
  const from = use()
  const began = performance.now()
  await inParallel(writes, wide, ({ path, body }) =>
    client.send({ method: "PATCH", path, body, contentType: mergePatch, query: { fieldManager: "bare-loop" } }),
  )
  return { seconds: (performance.now() - began) / 1000, from, to: use() }
}
