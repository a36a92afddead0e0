import type { Announced } from "../../agent/core/snapshot.ts"
import { type Api, Refusal } from "./api.ts"
import { listAt, textAt } from "./json.ts"
import { kinds } from "./kinds.ts"
import { list } from "./objects.ts"

export type ServiceRef = { readonly namespace: string; readonly name: string }

/** One service, one node, or all. */
export type AnnouncedBy = { readonly service?: ServiceRef; readonly node?: string }

/** A label holds at most 63 characters, the name of a node 253: those of longer names are looked for among all. */
const longestLabel = 63

/** What ServiceL2Status objects say, by service and node; undefined where they may not or cannot be read. */
export const readAnnounced = async (
  api: Api,
  installNamespace: string,
  { service, node }: AnnouncedBy = {},
): Promise<readonly Announced[] | undefined> => {
  const labels = [
    ...(service === undefined
      ? []
      : [`metallb.io/service-name=${service.name}`, `metallb.io/service-namespace=${service.namespace}`]),
    ...(node === undefined || node.length > longestLabel ? [] : [`metallb.io/node=${node}`]),
  ].join()
  try {
    const statuses = await list(api, kinds.l2Status, {
      namespace: installNamespace,
      ...(labels === "" ? {} : { labels }),
    })
    return statuses
      .map(status => ({
        service: `${textAt(status, "status", "serviceNamespace")}/${textAt(status, "status", "serviceName")}`,
        node: textAt(status, "status", "node"),
        interfaces: listAt(status, "status", "interfaces").map(one => textAt(one, "name")),
      }))
      .filter(announced => announced.node !== "" && (node === undefined || announced.node === node))
      .sort((a, b) => (a.service + a.node < b.service + b.node ? -1 : 1))
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}
