import type { Clock, Millis } from "../clock.ts"
import { pause } from "../clock.ts"
import type { Random } from "../random.ts"
import { ApiError, errorOf, GarbledAnswerError, isPassing, NoAnswerError } from "./api-error.ts"
import { backoff } from "./backoff.ts"
import { linesOf } from "./lines.ts"
import type { Transport, WireResponse } from "./transport.ts"

export type ApiRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as it is: the caller makes the JSON, so that integers above 2^53 stay exact. */
  readonly body?: string
  /** application/json where absent. */
  readonly contentType?: string
  /** For the whole exchange; 10 s where absent. */
  readonly timeout?: Millis
  readonly signal?: AbortSignal
}

/** Lists of the API's own kinds are merged by key: conditions by their type. */
export const strategicPatch = "application/strategic-merge-patch+json"
export const mergePatch = "application/merge-patch+json"
/** Server-side apply; JSON is YAML. https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export const applyPatch = "application/apply-patch+yaml"

/**
 * A thin client of the Kubernetes API: one attempt a call, errors as ApiError, NoAnswerError or GarbledAnswerError.
 * It has no rate limiter: the server's own (priority and fairness, 429 with Retry-After) is the limit.
 */
export type KubeClient = {
  /** The answer's JSON. */
  readonly send: (request: ApiRequest) => Promise<unknown>
  /** The answer as it arrives: the lines that each chunk completes. The time limit covers the answer's beginning only. */
  readonly stream: (request: ApiRequest) => Promise<AsyncIterable<readonly string[]>>
}

/** A page of 500 objects is about 1 MB; one object at most 3 MB. Beyond these an answer is garbage. */
const mostAnswerBytes = 64 * 1024 * 1024
const mostLineBytes = 8 * 1024 * 1024

const readAll = async (response: WireResponse): Promise<string> => {
  const text = await response.text(mostAnswerBytes)
  if (text === undefined) throw new GarbledAnswerError(`an answer of more than ${mostAnswerBytes} bytes`)
  return text
}

async function* releasing<T>(items: AsyncIterable<T>, release: () => void): AsyncGenerator<T> {
  try {
    yield* items
  } finally {
    release()
  }
}

/** The word for a request in Kubernetes' own metrics, audit and RBAC. */
export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete"

export type Sent = { readonly verb: Verb; readonly status: number | "none" }

const verbs = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" } as const

const verbOf = ({ method, query }: ApiRequest): Verb => {
  if (method !== "GET") return verbs[method]
  if (query?.["watch"] === "1") return "watch"
  return query?.["limit"] === undefined ? "get" : "list"
}

export type ClientEdges = {
  readonly transport: Transport
  readonly clock: Clock
  readonly userAgent: string
  /** Told of every exchange, for the metrics. */
  readonly onSent?: (sent: Sent) => void
}

export const createClient = ({ transport, clock, userAgent, onSent }: ClientEdges): KubeClient => {
  const open = async (request: ApiRequest, control: AbortController): Promise<WireResponse> => {
    const query = request.query === undefined ? "" : `?${new URLSearchParams(request.query)}`
    try {
      const response = await transport.send({
        method: request.method,
        path: `${request.path}${query}`,
        headers: {
          accept: "application/json",
          "user-agent": userAgent,
          ...(request.body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
        },
        body: request.body,
        signal: control.signal,
      })
      onSent?.({ verb: verbOf(request), status: response.status })
      return response
    } catch (error) {
      onSent?.({ verb: verbOf(request), status: "none" })
      throw error
    }
  }
  /** Ends the exchange when the caller's signal says so or the time is over. */
  const limited = (request: ApiRequest) => {
    const control = new AbortController()
    const limit = request.timeout ?? 10_000
    const abort = () => control.abort()
    const timer = clock.after(limit, () =>
      control.abort(new NoAnswerError(`${request.method} ${request.path}: no answer within ${limit} ms`)),
    )
    if (request.signal?.aborted === true) abort()
    request.signal?.addEventListener("abort", abort, { once: true })
    const release = () => {
      timer.cancel()
      request.signal?.removeEventListener("abort", abort)
    }
    return { control, timer, release }
  }
  const reasonOf = (thrown: unknown, control: AbortController): unknown =>
    control.signal.reason instanceof NoAnswerError ? control.signal.reason : thrown

  const send = async (request: ApiRequest): Promise<unknown> => {
    const { control, release } = limited(request)
    try {
      const response = await open(request, control)
      const body = await readAll(response)
      const what = `${request.method} ${request.path}`
      if (response.status < 200 || response.status > 299)
        throw errorOf(what, response.status, body, response.retryAfter)
      try {
        return JSON.parse(body) as unknown
      } catch (cause) {
        throw new GarbledAnswerError(`${what}: the answer is no JSON`, { cause })
      }
    } catch (thrown) {
      throw reasonOf(thrown, control)
    } finally {
      release()
    }
  }

  const stream = async (request: ApiRequest): Promise<AsyncIterable<readonly string[]>> => {
    const { control, timer, release } = limited(request)
    try {
      const response = await open(request, control)
      if (response.status !== 200)
        throw errorOf(
          `${request.method} ${request.path}`,
          response.status,
          await readAll(response),
          response.retryAfter,
        )
      timer.cancel()
      return releasing(linesOf(response.body, mostLineBytes), release)
    } catch (thrown) {
      release()
      throw reasonOf(thrown, control)
    }
  }
  return { send, stream }
}

/** How often a write is tried before its work-queue entry takes over with longer waits. */
const mostAttempts = 4
const retryWaits = { first: 100, most: 5_000 }

/**
 * Sends until it is answered: 429, 5xx, resets and time-outs are tried again, 4 times in all, after Retry-After or a growing
 * jittered wait. Only for requests that may arrive twice: with a resourceVersion, a fixed name, or an idempotent patch.
 */
export const sendPatiently = async (
  client: KubeClient,
  request: ApiRequest,
  edges: { readonly clock: Clock; readonly random: Random },
): Promise<unknown> => {
  for (let failures = 1; ; failures++) {
    try {
      return await client.send(request)
    } catch (thrown) {
      if (!isPassing(thrown) || failures >= mostAttempts || request.signal?.aborted === true) throw thrown
      const asked = thrown instanceof ApiError ? thrown.retryAfter : undefined
      await pause(edges.clock, asked ?? backoff(retryWaits, failures, edges.random), request.signal)
    }
  }
}
