import { type Api, type ApiRequest, Refusal, succeed } from "./api.ts"
import { at, isObject, type Json, type JsonObject, listAt, mapAt, textAt } from "./json.ts"
import { type Kind, pathOf } from "./kinds.ts"

/** Who writes: the field manager of every server-side apply. */
export const fieldManager = "kubectl-metallb"

const pageSize = "500"

/** One object; undefined where the server has none of that name, or does not know the kind. */
export const get = async (api: Api, kind: Kind, namespace: string, name: string): Promise<JsonObject | undefined> => {
  try {
    return asObject(await succeed(api, { method: "GET", path: pathOf(kind, namespace, name) }))
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return undefined
    throw error
  }
}

export type ListOptions = { readonly namespace?: string; readonly labels?: string; readonly fields?: string }

/**
 * Every object of a kind, page by page, each completed with apiVersion and kind, which the server leaves out in lists.
 * A kind that the server does not know throws a Refusal (404). A list that expires on the way (410) is begun again once.
 */
export const list = async (api: Api, kind: Kind, options: ListOptions = {}): Promise<readonly JsonObject[]> => {
  const pages = async (): Promise<readonly JsonObject[]> => {
    const items: JsonObject[] = []
    let token = ""
    do {
      const page = await succeed(api, {
        method: "GET",
        path: pathOf(kind, options.namespace),
        query: {
          limit: pageSize,
          continue: token || undefined,
          labelSelector: options.labels,
          fieldSelector: options.fields,
        },
      })
      for (const item of listAt(page, "items"))
        items.push({ apiVersion: kind.apiVersion, kind: kind.kind, ...asObject(item) })
      token = textAt(page, "metadata", "continue")
    } while (token !== "")
    return items
  }
  try {
    return await pages()
  } catch (error) {
    if (error instanceof Refusal && error.status === 410) return pages()
    throw error
  }
}

export type Applied = { readonly outcome: "created" | "configured" | "unchanged"; readonly object: JsonObject }
export type WriteOptions = { readonly dryRun?: boolean }

/** Server-side apply; our fields win over those of other managers. */
export const apply = async (api: Api, kind: Kind, object: JsonObject, options: WriteOptions = {}): Promise<Applied> => {
  const before = await get(api, kind, textAt(object, "metadata", "namespace"), textAt(object, "metadata", "name"))
  return applyOver(api, kind, object, before, options)
}

/** `apply` for whoever has read what is there already: `before`, undefined for nothing. */
export const applyOver = async (
  api: Api,
  kind: Kind,
  object: JsonObject,
  before: JsonObject | undefined,
  options: WriteOptions = {},
): Promise<Applied> => {
  const contentType = "application/apply-patch+yaml"
  const request: ApiRequest = { method: "PATCH", path: placeOf(kind, object), body: object, contentType }
  const after = await write(api, { ...request, query: { force: "true" } }, options)
  if (before === undefined) return { outcome: "created", object: after }
  const same = textAt(before, "metadata", "resourceVersion") === textAt(after, "metadata", "resourceVersion")
  return { outcome: same ? "unchanged" : "configured", object: after }
}

export const create = (api: Api, kind: Kind, object: JsonObject, options: WriteOptions = {}): Promise<JsonObject> =>
  write(api, { method: "POST", path: pathOf(kind, textAt(object, "metadata", "namespace")), body: object }, options)

export const replace = (api: Api, kind: Kind, object: JsonObject, options: WriteOptions = {}): Promise<JsonObject> =>
  write(api, { method: "PUT", path: placeOf(kind, object), body: object }, options)

export type MergePatch = {
  readonly namespace: string
  readonly name: string
  readonly subresource?: string
  readonly patch: JsonObject
}

export const merge = (
  api: Api,
  kind: Kind,
  { namespace, name, subresource, patch }: MergePatch,
  options: WriteOptions = {},
): Promise<JsonObject> => {
  const path = pathOf(kind, namespace, name) + (subresource === undefined ? "" : `/${subresource}`)
  return write(api, { method: "PATCH", path, body: patch, contentType: "application/merge-patch+json" }, options)
}

/** Sends a write in this program's name and gives the object that came of it. */
const write = async (api: Api, request: ApiRequest, options: WriteOptions): Promise<JsonObject> =>
  asObject(await succeed(api, { ...request, query: { ...request.query, fieldManager, ...dry(options) } }))

const placeOf = (kind: Kind, object: JsonObject): string =>
  pathOf(kind, textAt(object, "metadata", "namespace"), textAt(object, "metadata", "name"))

/** False where there was nothing to delete. Dependents go in the background. */
export const remove = async (
  api: Api,
  kind: Kind,
  namespace: string,
  name: string,
  options: WriteOptions = {},
): Promise<boolean> => {
  const request: ApiRequest = {
    method: "DELETE",
    path: pathOf(kind, namespace, name),
    query: { propagationPolicy: "Background", ...dry(options) },
  }
  try {
    await succeed(api, request)
    return true
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return false
    throw error
  }
}

/** "deployment/controller", "ipaddresspool/public": how results name an object. */
export const shortName = (object: Json): string =>
  `${textAt(object, "kind").toLowerCase()}/${textAt(object, "metadata", "name")}`

/** metadata.labels of an object. */
export const labelsOf = (object: Json): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(mapAt(object, "metadata", "labels")).flatMap(([key, value]) =>
      typeof value === "string" ? [[key, value] as const] : [],
    ),
  )

/** Text of a condition's status, "" where the object has no such condition. */
export const conditionOf = (object: Json, type: string): string =>
  textAt(
    listAt(object, "status", "conditions").find(condition => textAt(condition, "type") === type),
    "status",
  )

/** Whether the controller of a kind has seen the last change of an object. */
export const isObserved = (object: Json): boolean =>
  Number(at(object, "status", "observedGeneration") ?? 0) >= Number(at(object, "metadata", "generation") ?? 0)

/** The containers of a workload's pods. */
export const containersOf = (workload: Json): readonly Json[] =>
  listAt(workload, "spec", "template", "spec", "containers")

const dry = ({ dryRun }: WriteOptions): { readonly dryRun?: string } => (dryRun ? { dryRun: "All" } : {})

const asObject = (value: Json): JsonObject => (isObject(value) ? value : {})
