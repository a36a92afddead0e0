import { keyOf } from "../allocate/claim.ts"
import type { Endpoint, ObjectKey, Service } from "../model.ts"
import { contestOf, type Entered } from "./contest.ts"
import type { AnnounceContext } from "./context.ts"

/** What a service's contest was made from, besides what concerns all services. */
type Known = { readonly service: Service; readonly endpoints: readonly Endpoint[]; readonly entered: Entered }

/**
 * `contestOf` for many passes over the same services: where neither the service nor its endpoints nor anything that concerns all
 * services is another object than before, the answer is the very object of the pass before. Nearly every pass is about one service of
 * many. BOUNDED by the services of the last pass.
 */
export const rememberingContests = (): ((context: AnnounceContext) => (service: Service) => Entered) => {
  let ground: readonly unknown[] = []
  let before = new Map<ObjectKey, Known>()
  return context => {
    const now = groundOf(context)
    if (!sameItems(ground, now)) before = new Map()
    ground = now
    const known = before
    const next = new Map<ObjectKey, Known>()
    before = next
    return service => {
      const key = keyOf(service)
      const done = next.get(key)
      if (done !== undefined) return done.entered
      const endpoints = context.endpoints.get(key) ?? []
      const last = known.get(key)
      const same = last?.service === service && sameItems(last.endpoints, endpoints)
      const entry = same ? last : { service, endpoints, entered: contestOf(service, context) }
      next.set(key, entry)
      return entry.entered
    }
  }
}

/** Everything but services, endpoints and who announces what that a contest is made from. */
const groundOf = ({ input, nodes }: AnnounceContext): readonly unknown[] => {
  const { verdict, speakers, loadBalancerClass, ignoreExcludeLB, mixed, members, barred } = input
  return [
    ...[verdict, loadBalancerClass, ignoreExcludeLB, mixed, barred],
    ...["members", ...(members === undefined ? ["unknown"] : [...members].sort())],
    ...["speakers", ...(speakers === "assumed" ? [speakers] : speakers)],
    ...["nodes", ...nodes],
  ]
}

/** Whether two lists hold the very same items. */
export const sameItems = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a === b || (a.length === b.length && a.every((item, at) => item === b[at]))
