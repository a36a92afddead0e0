/** What the API server said no with: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export class ApiError extends Error {
  override readonly name = "ApiError"
  /** HTTP status code. */
  readonly status: number
  /** Machine-readable word: NotFound, AlreadyExists, Conflict, Expired, Forbidden; "" where the body carried none. */
  readonly reason: string
  /** Milliseconds that the server asks to wait, undefined where it does not say. */
  readonly retryAfter: number | undefined

  constructor(status: number, reason: string, message: string, retryAfter?: number) {
    super(message)
    this.status = status
    this.reason = reason
    this.retryAfter = retryAfter
  }
}

/** No answer came: connection refused or reset, name not found, certificate refused, or the time limit passed. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError"
}

/** An answer came that is not Kubernetes' (not JSON, too long, a proxy's page). */
export class GarbledAnswerError extends Error {
  override readonly name = "GarbledAnswerError"
}

/** Retry-After is seconds or an HTTP date (RFC 9110 section 10.2.3); only seconds are used by API servers. Capped at 60 s. */
export const parseRetryAfter = (header: string | undefined): number | undefined => {
  if (header === undefined || !/^\d+$/.test(header)) return undefined
  return Math.min(Number(header), 60) * 1000
}

/** The error for an answer that is not 2xx. A body that is no Status object is quoted, at most 200 characters of it. */
export const errorOf = (request: string, status: number, body: string, retryAfter: string | undefined): ApiError => {
  const wait = parseRetryAfter(retryAfter)
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed === "object" && parsed !== null && "message" in parsed) {
      const reason = "reason" in parsed && typeof parsed.reason === "string" ? parsed.reason : ""
      return new ApiError(status, reason, `${request}: ${String(parsed.message)} (HTTP ${status})`, wait)
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  const quoted = body.slice(0, 200).trim()
  return new ApiError(status, "", `${request}: HTTP ${status}${quoted === "" ? "" : `: ${quoted}`}`, wait)
}

export const isStatus = (thrown: unknown, status: number): thrown is ApiError =>
  thrown instanceof ApiError && thrown.status === status

/** May the same request succeed later without anybody changing it? */
export const isPassing = (thrown: unknown): boolean => {
  if (thrown instanceof NoAnswerError || thrown instanceof GarbledAnswerError) return true
  return thrown instanceof ApiError && (thrown.status === 429 || thrown.status >= 500)
}
