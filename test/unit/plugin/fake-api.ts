import {
  type Api,
  type ApiReply,
  type ApiRequest,
  type ExecReply,
  type ExecRequest,
  Refusal,
} from "../../../plugin/cluster/api.ts"
import { at, isObject, type Json, type JsonObject, mapAt, textAt } from "../../../plugin/cluster/json.ts"
import { type Kind, pathOf } from "../../../plugin/cluster/kinds.ts"

type Place = {
  /** Path of the collection, without a namespace. */
  readonly collection: string
  readonly namespace: string
  readonly name: string
  readonly subresource: string
}

/** An API server in memory, as far as the plugin uses one: lists with labels, server-side apply, merge patches, deletes. */
export class FakeApi implements Api {
  readonly requests: ApiRequest[] = []
  readonly #objects = new Map<string, JsonObject>()
  readonly #refusals: { readonly path: RegExp; readonly status: number; readonly reason: string }[] = []
  #version = 100
  serverMinor = "33"
  /** What a command in a pod gives, by the name of the pod; without an entry exec is forbidden. */
  readonly commands = new Map<string, (command: readonly string[]) => ExecReply>()
  closed = false

  /** Puts an object there as if it had always been. */
  put(kind: Kind, object: JsonObject): void {
    const metadata = mapAt(object, "metadata")
    this.#version += 1
    this.#objects.set(pathOf(kind, textAt(object, "metadata", "namespace"), textAt(object, "metadata", "name")), {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      ...object,
      metadata: {
        uid: `uid-${this.#version}`,
        creationTimestamp: "2026-01-01T00:00:00Z",
        resourceVersion: String(this.#version),
        generation: 1,
        ...metadata,
      },
    })
  }

  async exec({ namespace, pod, command }: ExecRequest): Promise<ExecReply> {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec`
    const run = this.commands.get(pod)
    const message = `pods "${pod}" is forbidden: User "u" cannot create resource "pods/exec"`
    if (run === undefined) throw new Refusal(403, "Forbidden", message, { method: "GET", path })
    return run(command)
  }

  stored(kind: Kind, namespace: string, name: string): JsonObject | undefined {
    return this.#objects.get(pathOf(kind, namespace, name))
  }

  /** Changes an object that is there; nothing happens where it is not. */
  change(kind: Kind, namespace: string, name: string, patch: JsonObject): void {
    const path = pathOf(kind, namespace, name)
    const before = this.#objects.get(path)
    if (before !== undefined) this.#objects.set(path, this.#next(before, mergeInto(before, patch)))
  }

  /** Refuses every request whose method and path match, "GET /api/v1/services". */
  refuse(path: RegExp, status = 403, reason = "Forbidden"): void {
    this.#refusals.push({ path, status, reason })
  }

  /** "PATCH /apis/apps/v1/…" of everything that changed something. */
  get writes(): readonly string[] {
    return this.requests.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`)
  }

  async send(request: ApiRequest): Promise<ApiReply> {
    this.requests.push(request)
    const refusal = this.#refusals.find(({ path }) => path.test(`${request.method} ${request.path}`))
    if (refusal !== undefined)
      return failure(
        refusal.status,
        refusal.reason,
        `${placeOf(request.path).collection} is forbidden: User "u" cannot`,
      )
    if (request.path === "/version") return { status: 200, body: { major: "1", minor: this.serverMinor } }
    if (request.path.endsWith("/selfsubjectaccessreviews")) return { status: 201, body: { status: { allowed: true } } }
    const dry = request.query?.["dryRun"] === "All"
    switch (request.method) {
      case "GET":
        return this.#read(request)
      case "POST":
        return this.#create(request, dry)
      case "PATCH":
        return this.#patch(request, dry)
      case "PUT":
        return this.#store(request.path, this.#objects.get(request.path), mapAt(request.body), dry)
      case "DELETE": {
        const found = this.#objects.get(request.path)
        if (found === undefined) return notFound(request.path)
        if (!dry) this.#objects.delete(request.path)
        return { status: 200, body: found }
      }
    }
  }

  close(): void {
    this.closed = true
  }

  #read({ path, query }: ApiRequest): ApiReply {
    const exact = this.#objects.get(path)
    if (exact !== undefined) return { status: 200, body: exact }
    const place = placeOf(path)
    if (place.name !== "") return notFound(path)
    const labels = (query?.["labelSelector"] ?? "").split(",").filter(text => text !== "")
    const items = [...this.#objects]
      .filter(([stored]) => {
        const other = placeOf(stored)
        const inNamespace = place.namespace === "" || other.namespace === place.namespace
        return other.collection === place.collection && inNamespace
      })
      .map(([, object]) => object)
      .filter(object =>
        labels.every(label => {
          const [key = "", value] = label.split("=")
          const found = at(object, "metadata", "labels", key)
          return value === undefined ? found !== undefined : found === value
        }),
      )
    return { status: 200, body: { metadata: { resourceVersion: String(this.#version) }, items } }
  }

  #create(request: ApiRequest, dry: boolean): ApiReply {
    const path = `${request.path}/${textAt(request.body, "metadata", "name")}`
    if (this.#objects.has(path))
      return failure(
        409,
        "AlreadyExists",
        `${placeOf(path).collection.split("/").at(-1)} "${placeOf(path).name}" already exists`,
      )
    return this.#store(path, undefined, mapAt(request.body), dry)
  }

  #patch(request: ApiRequest, dry: boolean): ApiReply {
    const { subresource } = placeOf(request.path)
    const path = subresource === "" ? request.path : request.path.slice(0, -subresource.length - 1)
    const before = this.#objects.get(path)
    const isApply = request.contentType === "application/apply-patch+yaml"
    if (before === undefined && !isApply) return notFound(path)
    return this.#store(path, before, mergeInto(before ?? {}, mapAt(request.body)), dry)
  }

  #store(path: string, before: JsonObject | undefined, after: JsonObject, dry: boolean): ApiReply {
    const object = this.#next(before, after)
    if (!dry) this.#objects.set(path, object)
    return { status: before === undefined ? 201 : 200, body: object }
  }

  /** A new version where something changed, the same one where nothing did. */
  #next(before: JsonObject | undefined, after: JsonObject): JsonObject {
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(after)) return before
    this.#version += 1
    return {
      ...after,
      metadata: {
        creationTimestamp: "2026-01-01T00:00:00Z",
        uid: `uid-${this.#version}`,
        generation: 1,
        ...mapAt(before ?? {}, "metadata"),
        ...mapAt(after, "metadata"),
        resourceVersion: String(this.#version),
      },
    }
  }
}

const placeOf = (path: string): Place => {
  const parts = path.split("/").filter(part => part !== "")
  const base = parts[0] === "api" ? 2 : 3
  const group = parts.slice(0, base).join("/")
  const rest = parts.slice(base)
  if (rest[0] === "namespaces" && rest.length > 2) {
    const [, namespace = "", plural = "", name = "", subresource = ""] = rest
    return { collection: `${group}/${plural}`, namespace, name, subresource }
  }
  const [plural = "", name = "", subresource = ""] = rest
  return { collection: `${group}/${plural}`, namespace: "", name, subresource }
}

/** RFC 7386: null removes, maps are merged, everything else replaces. */
const mergeInto = (target: JsonObject, patch: JsonObject): JsonObject => {
  const merged: { [key: string]: Json } = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    const old = merged[key]
    if (value === null) delete merged[key]
    else merged[key] = isObject(value) && isObject(old) ? mergeInto(old, value) : value
  }
  return merged
}

const failure = (status: number, reason: string, message: string): ApiReply => ({
  status,
  body: { kind: "Status", status: "Failure", reason, message, code: status },
})

const notFound = (path: string): ApiReply => {
  const { collection, name } = placeOf(path)
  return failure(404, "NotFound", `${collection.split("/").at(-1)} "${name}" not found`)
}
