import type { Advertised, Announced } from "../../agent/core/snapshot.ts"
import { type Api, Refusal } from "./api.ts"
import { type Json, listAt, textAt } from "./json.ts"
import { type Kind, kinds } from "./kinds.ts"
import { list } from "./objects.ts"

export type ServiceRef = { readonly namespace: string; readonly name: string }

/** One service, one node, or all. */
export type AnnouncedBy = { readonly service?: ServiceRef; readonly node?: string }

/** A label holds at most 63 characters, the name of a node 253: those of longer names are looked for among all. */
const longestLabel = 63

/** What ServiceL2Status objects say, by service and node; undefined where they may not or cannot be read. */
export const readAnnounced = (
  api: Api,
  install: string,
  by: AnnouncedBy = {},
): Promise<readonly Announced[] | undefined> =>
  readStatuses(api, kinds.l2Status, install, by, (status, about) => ({
    ...about,
    interfaces: listAt(status, "status", "interfaces").map(one => textAt(one, "name")),
  }))

/** The same of ServiceBGPStatus objects, of which a service may have one for each node. */
export const readAdvertised = (
  api: Api,
  install: string,
  by: AnnouncedBy = {},
): Promise<readonly Advertised[] | undefined> =>
  readStatuses(api, kinds.bgpStatus, install, by, (status, about) => ({
    ...about,
    peers: listAt(status, "status", "peers").filter(peer => typeof peer === "string"),
  }))

type About = { readonly service: string; readonly node: string }

const readStatuses = async <T extends About>(
  api: Api,
  kind: Kind,
  namespace: string,
  { service, node }: AnnouncedBy,
  read: (status: Json, about: About) => T,
): Promise<readonly T[] | undefined> => {
  const labels = [
    ...(service === undefined
      ? []
      : [`metallb.io/service-name=${service.name}`, `metallb.io/service-namespace=${service.namespace}`]),
    ...(node === undefined || node.length > longestLabel ? [] : [`metallb.io/node=${node}`]),
  ].join()
  try {
    const statuses = await list(api, kind, { namespace, ...(labels === "" ? {} : { labels }) })
    return statuses
      .map(status =>
        read(status, {
          service: `${textAt(status, "status", "serviceNamespace")}/${textAt(status, "status", "serviceName")}`,
          node: textAt(status, "status", "node"),
        }),
      )
      .filter(one => one.node !== "" && (node === undefined || one.node === node))
      .sort((a, b) => (a.service + a.node < b.service + b.node ? -1 : 1))
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}
