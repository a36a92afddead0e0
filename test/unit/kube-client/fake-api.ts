import type { Clock } from "../../../agent/ports/clock.ts"
import { NoAnswerError } from "../../../agent/ports/kube/api-error.ts"
import type { Transport, WireRequest, WireResponse } from "../../../agent/ports/kube/transport.ts"
import { answer, encode, no } from "./fake-answer.ts"
import { FakeStore, type Json, keyOf, mergeJson, type StoreChange, type Stored } from "./fake-store.ts"

/** What goes wrong with a request instead of its answer. */
export type Fault =
  | { readonly status: number; readonly retryAfter?: number; readonly reason?: string }
  | "reset"
  | "garbage"
  | "silence"
  | { readonly delay: number }

type Rule = { readonly matches: (request: Seen) => boolean; times: number; readonly fault: Fault }

export type Seen = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Json | undefined
  readonly watch: boolean
  /** A strategic merge patch. */
  readonly strategic: boolean
}

type Watch = {
  readonly collection: string
  readonly namespace: string | undefined
  readonly query: URLSearchParams
  readonly push: (line: string) => void
  readonly end: (error?: Error) => void
}

type Target = {
  readonly collection: string
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
}

const targetOf = (path: string): Target | undefined => {
  const parts = path.split("/").slice(1)
  const group = parts[0] === "api" ? "" : `${parts[1]}/`
  const rest = parts.slice(parts[0] === "api" ? 2 : 3)
  if (rest.length === 0) return undefined
  const namespaced = rest[0] === "namespaces" && rest.length > 2
  const [collection, name, subresource] = namespaced ? rest.slice(2) : rest
  return { collection: `${group}${collection}`, namespace: namespaced ? rest[1] : undefined, name, subresource }
}

const matchesQuery = (object: Stored, namespace: string | undefined, query: URLSearchParams): boolean => {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false
  const field = query.get("fieldSelector")
  if (field !== null && field !== `metadata.name=${object.metadata.name}`) return false
  const labels = (object.metadata["labels"] ?? {}) as Readonly<Record<string, Json>>
  const wanted = query.get("labelSelector")?.split(/,(?![^(]*\))/) ?? []
  return wanted.every(requirement => {
    const [, of = "", values] = /^(\S+) in \((.*)\)$/.exec(requirement) ?? []
    if (values !== undefined) return values.split(",").includes(String(labels[of]))
    const [key = "", value] = requirement.split("=")
    return value === undefined ? Object.hasOwn(labels, key) : labels[key] === value
  })
}

type Condition = { readonly [key: string]: Json }
type WithConditions = { readonly status?: { readonly conditions?: readonly Condition[] } }

/** The patch with the conditions that come of it: those of the same type are replaced, or deleted where it says so. */
const byType = (known: Stored, patch: Json): Json => {
  const fresh = (patch as WithConditions).status?.conditions ?? []
  const before = (known as unknown as WithConditions).status?.conditions ?? []
  const kept = before.filter(({ type }) => !fresh.some(one => one["type"] === type))
  const conditions = [...kept, ...fresh.filter(one => one["$patch"] !== "delete")]
  return mergeJson(patch, { status: { conditions } })
}

/** A Kubernetes API server in memory, able to fail in every way that a real one does. */
export class FakeApi {
  readonly store = new FakeStore()
  readonly requests: Seen[] = []
  /** Collections that answer 404, as when their CRD is not installed. */
  readonly unknown = new Set<string>()
  readonly #rules: Rule[] = []
  readonly #watches = new Set<Watch>()
  readonly #clock: Clock
  /** Objects a page, whatever the client asks for. */
  pageSize = 500
  #down = false
  /** Watches end at their timeoutSeconds, as on a healthy server. */
  endsWatches = true
  /** Every continue token that was handed out becomes 410 Expired once. */
  expireTokens = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.store.listen((collection, change) => {
      for (const watch of this.#watches) if (watch.collection === collection) this.#offer(watch, change)
    })
  }

  get openWatches(): number {
    return this.#watches.size
  }

  /** The next `times` requests that match fail this way. */
  fail(fault: Fault, matches: (request: Seen) => boolean = () => true, times = 1): void {
    this.#rules.push({ matches, times, fault })
  }

  /** Ends all open watches: properly, by a reset, with a broken line, or with an ERROR event of this code. */
  breakWatches(how: "end" | "reset" | "garbage" | number): void {
    for (const watch of [...this.#watches]) {
      if (how === "garbage") watch.push('{"type":"ADDED","object":{"metadata":{"na\n')
      else if (typeof how === "number")
        watch.push(
          `${JSON.stringify({ type: "ERROR", object: { kind: "Status", code: how, message: `error ${how}` } })}\n`,
        )
      if (how === "reset") watch.end(new NoAnswerError("reset"))
      else watch.end()
    }
  }

  down(): void {
    this.#down = true
    this.breakWatches("reset")
  }

  up(): void {
    this.#down = false
  }

  bookmark(): void {
    for (const watch of this.#watches)
      watch.push(
        `${JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: String(this.store.revision) } } })}\n`,
      )
  }

  /** Requests that change something; events, ConfigurationStates and conditions of the configuration, which only tell, are left out. */
  writes(): readonly Seen[] {
    const tells = ({ path, query }: Seen) =>
      path.endsWith("/events") ||
      path.includes("/configurationstates") ||
      query.get("fieldManager") === "metallb-controller-conditions"
    return this.requests.filter(request => request.method !== "GET" && !tells(request))
  }

  readonly transport: Transport = {
    send: request => this.#send(request),
    close: () => undefined,
  }

  async #send(wire: WireRequest): Promise<WireResponse> {
    const url = new URL(wire.path, "http://fake")
    const request: Seen = {
      method: wire.method,
      path: url.pathname,
      query: url.searchParams,
      body: wire.body === undefined ? undefined : (JSON.parse(wire.body) as Json),
      watch: url.searchParams.get("watch") === "1",
      strategic: wire.headers["content-type"]?.startsWith("application/strategic-merge-patch") === true,
    }
    this.requests.push(request)
    if (wire.signal.aborted) throw new NoAnswerError("aborted")
    if (this.#down) throw new NoAnswerError("connection refused")
    const rule = this.#rules.find(candidate => candidate.times > 0 && candidate.matches(request))
    if (rule !== undefined) {
      rule.times--
      const failed = await this.#failed(rule.fault, wire.signal)
      if (failed !== undefined) return failed
    }
    const target = targetOf(url.pathname)
    if (target === undefined || this.unknown.has(target.collection)) return no(404, "NotFound", "no such resource")
    return this.#answer(request, target, wire.signal)
  }

  async #failed(fault: Fault, signal: AbortSignal): Promise<WireResponse | undefined> {
    if (fault === "reset") throw new NoAnswerError("connection reset")
    if (fault === "garbage") return answer(200, "<html>login</html>")
    if (fault === "silence")
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new NoAnswerError("aborted")), { once: true })
      })
    if ("delay" in fault) {
      await new Promise<void>(resolve => void this.#clock.after(fault.delay, resolve))
      return undefined
    }
    return no(fault.status, fault.reason ?? "", `fault ${fault.status}`, fault.retryAfter)
  }

  #answer(request: Seen, target: Target, signal: AbortSignal): WireResponse {
    if (request.method === "GET" && target.name === undefined)
      return request.watch ? this.#watch(target, request.query, signal) : this.#list(target, request.query)
    const key =
      target.name === undefined
        ? ""
        : keyOf({ name: target.name, ...(target.namespace === undefined ? {} : { namespace: target.namespace }) })
    const known = this.store.get(target.collection, key)
    if (request.method === "POST") return this.#create(target, request.body)
    // Server-side apply makes what is not there.
    if (known === undefined && request.query.get("force") === "true" && target.subresource === undefined)
      return this.#create(target, request.body)
    if (known === undefined) return no(404, "NotFound", `${target.collection} "${target.name}" not found`)
    if (request.method === "GET") return answer(200, known)
    if (request.method === "DELETE") {
      this.store.remove(target.collection, key)
      return answer(200, { kind: "Status", status: "Success" })
    }
    return this.#patch(target, known, request.strategic ? byType(known, request.body ?? {}) : (request.body ?? {}))
  }

  #create(target: Target, body: Json | undefined): WireResponse {
    const object = body as unknown as Stored
    const metadata = { ...object.metadata, ...(target.namespace === undefined ? {} : { namespace: target.namespace }) }
    if (this.store.get(target.collection, keyOf(metadata)) !== undefined) return no(409, "AlreadyExists")
    const { status: _dropped, ...rest } = object
    return answer(201, this.store.put(target.collection, { ...rest, metadata }))
  }

  #patch(target: Target, known: Stored, body: Json): WireResponse {
    const merged = mergeJson(known, body) as unknown as Stored
    const asked = (body as { metadata?: { resourceVersion?: string; uid?: string } }).metadata
    if (asked?.resourceVersion !== undefined && asked.resourceVersion !== known.metadata.resourceVersion)
      return no(409, "Conflict", "the object has been modified")
    if (asked?.uid !== undefined && asked.uid !== known.metadata.uid) return no(409, "Conflict", "uid mismatch")
    // Through /status only status and metadata change; without it status does not.
    const kept: Record<string, Json> =
      target.subresource === "status"
        ? { ...known, metadata: merged.metadata, status: merged["status"] ?? {} }
        : { ...merged, status: known["status"] ?? {} }
    return answer(200, this.store.put(target.collection, kept as unknown as Stored))
  }

  #list(target: Target, query: URLSearchParams): WireResponse {
    const all = this.store.list(target.collection).filter(object => matchesQuery(object, target.namespace, query))
    const token = query.get("continue")
    if (token !== null && this.expireTokens > 0) {
      this.expireTokens--
      return no(410, "Expired", "the provided continue parameter is too old")
    }
    const [revision, from] = token === null ? [this.store.revision, 0] : token.split(":").map(Number)
    const limit = Math.min(Number(query.get("limit") ?? 500), this.pageSize)
    const page = all.slice(from ?? 0, (from ?? 0) + limit)
    const rest = all.length > (from ?? 0) + limit ? `${revision}:${(from ?? 0) + limit}` : ""
    return answer(200, {
      metadata: { resourceVersion: String(revision), ...(rest === "" ? {} : { continue: rest }) },
      items: page,
    })
  }

  #offer(watch: Watch, { type, object }: StoreChange): void {
    if (matchesQuery(object, watch.namespace, watch.query)) watch.push(`${JSON.stringify({ type, object })}\n`)
  }

  #watch(target: Target, query: URLSearchParams, signal: AbortSignal): WireResponse {
    const from = Number(query.get("resourceVersion") ?? 0)
    if (from < this.store.compacted) return no(410, "Expired", "too old resource version")
    const pending: Uint8Array[] = []
    let ended: { readonly error: Error | undefined } | undefined
    let wake: (() => void) | undefined
    const watch: Watch = {
      collection: target.collection,
      namespace: target.namespace,
      query,
      push: line => {
        pending.push(encode(line))
        wake?.()
      },
      end: error => {
        this.#watches.delete(watch)
        ended ??= { error }
        wake?.()
      },
    }
    this.#watches.add(watch)
    signal.addEventListener("abort", () => watch.end(new NoAnswerError("aborted")), { once: true })
    for (const { collection, change } of this.store.history)
      if (collection === target.collection && change.revision > from) this.#offer(watch, change)
    const timeout = this.#clock.after(
      Number(query.get("timeoutSeconds") ?? 300) * 1000,
      () => this.endsWatches && watch.end(),
    )
    const body = (async function* () {
      try {
        for (;;) {
          const all = Buffer.concat(pending.splice(0))
          if (all.length > 0) yield all
          else if (ended !== undefined) {
            if (ended.error !== undefined) throw ended.error
            return
          } else await new Promise<void>(resolve => (wake = resolve))
        }
      } finally {
        timeout.cancel()
        watch.end()
      }
    })()
    return { status: 200, retryAfter: undefined, body, text: () => Promise.reject(new Error("a watch has no end")) }
  }
}
