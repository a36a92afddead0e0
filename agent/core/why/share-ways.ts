import { keyOf } from "../allocate/claim.ts"
import { newRefusalOf } from "../allocate/eligible.ts"
import { locate } from "../allocate/pool-table.ts"
import type { Request } from "../allocate/request.ts"
import type { Usage } from "../allocate/usage.ts"
import { compareAddresses } from "../ip/address.ts"
import { formatAddress } from "../ip/format.ts"
import type { ObjectKey, Service } from "../model.ts"
import type { WhyContext } from "./context.ts"
import type { WayOut } from "./report.ts"

/** One way at most: the lowest address whose holder could share it, services of the same namespace before others. */
export const shareWays = (context: WhyContext, service: Service, request: Request): readonly WayOut[] => {
  const [family, second] = request.families
  if (family === undefined || second !== undefined || request.sharingKey !== "") return []
  const usages = [...context.ledger.usage[family].values()].filter(usage =>
    isShareable(context, usage, service, request),
  )
  const [best] = usages.sort(
    (a, b) => distance(a, service) - distance(b, service) || compareAddresses(a.address, b.address),
  )
  const holder = best === undefined ? undefined : [...best.accepted.values()][0]
  if (best === undefined || holder === undefined) return []
  const key = holder.sharingKey === "" ? "shared" : holder.sharingKey
  const own = annotate(keyOf(service), key)
  return [
    {
      title: "share",
      commands: holder.sharingKey === "" ? [annotate(holder.service, key), own] : [own],
      note: `${formatAddress(best.address)} is held by ${holder.service}, whose ports do not clash`,
    },
  ]
}

/**
 * One holder, or several that share already; other ports; the same endpoints; a pool that serves the service by itself.
 */
const isShareable = (context: WhyContext, usage: Usage, service: Service, request: Request): boolean => {
  const [holder] = usage.accepted.values()
  if (holder === undefined || usage.foreign.length > 0 || holder.backendKey !== request.backendKey) return false
  const pool = locate(context.ledger.table, usage.address)?.entry.pool
  if (pool === undefined || !pool.autoAssign || newRefusalOf(pool, service) !== undefined) return false
  return [...usage.accepted.values()].every(claim => claim.ports.every(port => !request.ports.includes(port)))
}

const distance = (usage: Usage, service: Service): number => {
  const [holder] = usage.accepted.keys()
  return holder?.startsWith(`${service.namespace}/`) === true ? 0 : 1
}

const annotate = (key: ObjectKey, value: string): string => {
  const [namespace, name] = key.split("/")
  return `kubectl annotate service ${name} -n ${namespace} metallb.io/allow-shared-ip=${value}`
}
