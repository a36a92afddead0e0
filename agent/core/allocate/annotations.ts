import type { Service } from "../model.ts"

const prefix = "metallb.io/"
const oldPrefix = "metallb.universe.tf/"

export type AnnotationSuffix = "address-pool" | "loadBalancerIPs" | "allow-shared-ip"

/** What records the pool on a service that got an address; written and removed by the controller only. */
export const poolRecord = `${prefix}ip-allocated-from-pool`

/** The same as an older MetalLB wrote it: it counts where the other is missing, and gives way to it with the next write. */
export const oldPoolRecord = `${oldPrefix}ip-allocated-from-pool`

/** How many addresses of each family a service asks for. Ours, not MetalLB's, so that the old prefix has none. */
export const countAnnotation = `${prefix}addresses-per-family`

/** The value a user gave. Where both prefixes are present metallb.io/ wins, even with an empty value. */
export const annotationOf = (service: Service, suffix: AnnotationSuffix): string | undefined =>
  own(service, prefix + suffix) ?? own(service, oldPrefix + suffix)

/** The pool recorded at the last allocation; undefined where this installation has no record of giving an address. */
export const recordedPool = (service: Service): string | undefined =>
  own(service, poolRecord) ?? own(service, oldPoolRecord)

/** Whether that is the record, as it is written now. */
export const isRecordedAs = (service: Service, pool: string): boolean => own(service, poolRecord) === pool

/** The annotations that make this the record and leave no other one; null takes one away. */
export const recordPatch = (service: Service, pool: string | undefined): Readonly<Record<string, string | null>> => ({
  [poolRecord]: pool ?? null,
  ...(own(service, oldPoolRecord) === undefined ? {} : { [oldPoolRecord]: null }),
})

/** What a service says about how many addresses it wants; undefined where it does not say. */
export const countAsked = (service: Service): string | undefined => own(service, countAnnotation)

/** Annotations that a user gave with the old prefix, sorted. */
export const oldAnnotations = (service: Service): readonly string[] =>
  Object.keys(service.annotations)
    .filter(key => key.startsWith(oldPrefix) && key !== oldPoolRecord)
    .sort()

const own = (service: Service, key: string): string | undefined =>
  Object.hasOwn(service.annotations, key) ? service.annotations[key] : undefined
