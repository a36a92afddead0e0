import { type Json, textAt } from "./json.ts"

/** One request to the API server: plain JSON in and out, so that no field of an object gets lost on the way. */
export type ApiRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: Json
  /** application/json where it is left out. */
  readonly contentType?: string
}

export type ApiReply = { readonly status: number; readonly body: Json }

export type Api = {
  /** Resolves for every answer of the server, refusals included. Throws Unreachable where there was none. */
  readonly send: (request: ApiRequest) => Promise<ApiReply>
  /** Runs a command in a container. Throws a Refusal where the server does not allow it, Unreachable where there was no answer. */
  readonly exec: (request: ExecRequest) => Promise<ExecReply>
  readonly close: () => void
}

/** A command to run in a container that is there, without input. */
export type ExecRequest = {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly command: readonly string[]
}

/** What it wrote; `failure` is the server's sentence where it did not end with 0. */
export type ExecReply = { readonly out: string; readonly err: string; readonly failure: string | undefined }

/** No answer from the server: not found, not trusted, not in time, or no credentials to ask with. */
export class Unreachable extends Error {
  readonly server: string

  constructor(server: string, message: string) {
    super(message)
    this.name = "Unreachable"
    this.server = server
  }
}

/** The server answered with a refusal; reason and message are its own. */
export class Refusal extends Error {
  readonly status: number
  readonly reason: string
  readonly request: ApiRequest

  constructor(status: number, reason: string, message: string, request: ApiRequest) {
    super(message)
    this.name = "Refusal"
    this.status = status
    this.reason = reason
    this.request = request
  }
}

const statusReasons: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
}

/** The body of a successful answer; throws a Refusal for any other. */
export const succeed = async (api: Api, request: ApiRequest): Promise<Json> => {
  const { status, body } = await api.send(request)
  if (status < 300) return body
  const message = textAt(body, "message") || (typeof body === "string" ? body.trim() : "")
  const reason = textAt(body, "reason") || (statusReasons[status] ?? "Unknown")
  throw new Refusal(status, reason, message || `HTTP ${status}`, request)
}
