import type { Api } from "./api.ts"
import { at, listAt, mapAt, textAt } from "./json.ts"
import { kinds } from "./kinds.ts"
import type { Manifest } from "./manifest.ts"
import { apply, applyOver, conditionOf, get, replace, shortName, type WriteOptions } from "./objects.ts"

export type AppliedObject = { readonly name: string; readonly outcome: "created" | "configured" | "unchanged" }

/** Applies objects that do not need each other, side by side; the results are in the order given. */
export const applyTogether = (
  api: Api,
  manifests: readonly Manifest[],
  options: WriteOptions,
): Promise<readonly AppliedObject[]> =>
  Promise.all(
    manifests.map(async manifest => {
      const { outcome } =
        manifest.kind === kinds.crd
          ? await applyCrd(api, manifest, options)
          : await apply(api, manifest.kind, manifest.object, options)
      return { name: shortName(manifest.object), outcome }
    }),
  )

/**
 * A CRD that another program gave a conversion webhook cannot lose it by server-side apply, since that leaves the fields of
 * other managers alone; it is replaced as a whole.
 */
const applyCrd = async (api: Api, { kind, object }: Manifest, options: WriteOptions) => {
  const before = await get(api, kind, "", textAt(object, "metadata", "name"))
  if (before === undefined || at(before, "spec", "conversion", "webhook") === undefined)
    return applyOver(api, kind, object, before, options)
  const after = await replace(
    api,
    kind,
    {
      ...object,
      metadata: {
        name: textAt(object, "metadata", "name"),
        resourceVersion: textAt(before, "metadata", "resourceVersion"),
        labels: { ...mapAt(before, "metadata", "labels"), ...mapAt(object, "metadata", "labels") },
      },
    },
    options,
  )
  return { outcome: "configured" as const, object: after }
}

/** The CRDs among these that the server does not serve yet. */
export const notEstablished = async (api: Api, crds: readonly Manifest[]): Promise<readonly Manifest[]> => {
  const looked = await Promise.all(
    crds.map(async crd => {
      const found = await get(api, crd.kind, "", textAt(crd.object, "metadata", "name"))
      return conditionOf(found, "Established") === "True" ? [] : [crd]
    }),
  )
  return looked.flat()
}

/**
 * Asks once for each new kind, whatever the answer: the server fills its watch cache at the first request and answers 429
 * for up to a second meanwhile, which would otherwise be the agents' first second.
 */
export const wakeKinds = async (api: Api, crds: readonly Manifest[]): Promise<void> => {
  await Promise.all(
    crds.map(({ object }) => {
      const version = listAt(object, "spec", "versions").find(one => at(one, "storage") === true)
      const path = `/apis/metallb.io/${textAt(version, "name")}/${textAt(object, "spec", "names", "plural")}`
      return api.send({ method: "GET", path, query: { limit: "1" } })
    }),
  )
}
