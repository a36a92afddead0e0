import { type Api, Refusal } from "./api.ts"
import { listAt, textAt } from "./json.ts"
import { kinds } from "./kinds.ts"
import { list } from "./objects.ts"

/** What a speaker says of itself: that its node announces a service. */
export type Announced = {
  readonly service: string
  readonly node: string
  /** Empty: all interfaces of the node. */
  readonly interfaces: readonly string[]
}

export type ServiceRef = { readonly namespace: string; readonly name: string }

/** The ServiceL2Status objects of one service or of all; undefined where they may not or cannot be read. */
export const readAnnounced = async (
  api: Api,
  installNamespace: string,
  service?: ServiceRef,
): Promise<readonly Announced[] | undefined> => {
  const labels =
    service === undefined
      ? {}
      : { labels: `metallb.io/service-name=${service.name},metallb.io/service-namespace=${service.namespace}` }
  try {
    const statuses = await list(api, kinds.l2Status, { namespace: installNamespace, ...labels })
    return statuses
      .map(status => ({
        service: `${textAt(status, "status", "serviceNamespace")}/${textAt(status, "status", "serviceName")}`,
        node: textAt(status, "status", "node"),
        interfaces: listAt(status, "status", "interfaces").map(one => textAt(one, "name")),
      }))
      .filter(({ node }) => node !== "")
      .sort((a, b) => (a.service + a.node < b.service + b.node ? -1 : 1))
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}
