import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http"
import { Agent as HttpsAgent, request as httpsRequest } from "node:https"
import type { Access, Credentials } from "./access.ts"
import { NoAnswerError } from "./api-error.ts"

export type WireRequest = {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly signal: AbortSignal
}

export type WireResponse = {
  readonly status: number
  readonly retryAfter: string | undefined
  /** As it arrives. Iterating fails with NoAnswerError when the connection breaks before the end. */
  readonly body: AsyncIterable<Uint8Array>
  /**
   * All of it at once, in the place of `body`: without an iterator, which costs more than the rest of a short exchange. undefined
   * where it is longer than `mostBytes`. Rejects with NoAnswerError when the connection breaks before the end.
   */
  readonly text: (mostBytes: number) => Promise<string | undefined>
}

/** One exchange with the API server. Rejects with NoAnswerError when no answer began. */
export type Transport = {
  readonly send: (request: WireRequest) => Promise<WireResponse>
  /** Closes every connection. */
  readonly close: () => void
}

/**
 * Connections are kept and shared by all requests, watches included. Bounded: 64 at once, of which the few watches are always
 * open; 16 idle ones. An idle one is closed after 45 s, before an API server's or a balancer's own limit (usually 60 s and
 * more) would race with a request. Keep-alive probes find a peer that vanished after about 25 s (15 s, then 10 probes 1 s apart).
 */
const connections = { keepAlive: true, keepAliveMsecs: 15_000, maxSockets: 64, maxFreeSockets: 16, timeout: 45_000 }

type Agents = { readonly credentials: Credentials; readonly agent: HttpAgent | HttpsAgent }

const agentFor = (access: Access, credentials: Credentials): Agents => {
  if (access.server.protocol === "http:") return { credentials, agent: new HttpAgent(connections) }
  const { ca, cert, key } = credentials
  const agent = new HttpsAgent({
    ...connections,
    rejectUnauthorized: !access.insecureSkipTlsVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
  })
  return { credentials, agent }
}

const sameTls = (a: Credentials, b: Credentials): boolean => a.ca === b.ca && a.cert === b.cert && a.key === b.key

const broken = (cause?: unknown) => new NoAnswerError("the connection broke during an answer", { cause })

async function* chunksOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Uint8Array
  } catch (cause) {
    throw broken(cause)
  }
}

const textOf = (response: IncomingMessage, mostBytes: number): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    // It broke before anybody listened.
    if (response.destroyed && !response.complete) return reject(broken(response.errored))
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= mostBytes) return void chunks.push(chunk)
      resolve(undefined)
      response.destroy()
    })
    const close = () => reject(broken())
    response.once("end", () => {
      // It closes after every answer, and an error would be made for nobody.
      response.off("close", close)
      resolve(Buffer.concat(chunks).toString("utf8"))
    })
    response.once("error", cause => reject(broken(cause)))
    response.once("close", close)
  })

export const createTransport = (access: Access): Transport => {
  const { server } = access
  const isPlain = server.protocol === "http:"
  const base = server.pathname.replace(/\/$/, "")
  // A URL keeps the brackets of an IPv6 address, a socket does not want them.
  const host = server.hostname.replace(/^\[|\]$/g, "")
  const port = server.port === "" ? (isPlain ? 80 : 443) : Number(server.port)
  let current: Agents | undefined
  const agentNow = (credentials: Credentials) => {
    // After a rotation the old agent's connections finish what they carry and then time out.
    if (current === undefined || !sameTls(current.credentials, credentials)) current = agentFor(access, credentials)
    return current.agent
  }
  const send = async (wire: WireRequest): Promise<WireResponse> => {
    const credentials = await access.credentials()
    const agent = agentNow(credentials)
    return new Promise((resolve, reject) => {
      const options = {
        method: wire.method,
        path: `${base}${wire.path}`,
        host,
        port,
        agent,
        headers: {
          ...wire.headers,
          ...(credentials.token === undefined ? {} : { authorization: `Bearer ${credentials.token}` }),
          ...(wire.body === undefined ? {} : { "content-length": Buffer.byteLength(wire.body) }),
        },
      }
      const request: ClientRequest = isPlain ? httpRequest(options) : httpsRequest(options)
      // What http's own option `signal` does, without a watch over the ends of both streams for each request.
      const abort = () => request.destroy(wire.signal.reason instanceof Error ? wire.signal.reason : undefined)
      wire.signal.addEventListener("abort", abort, { once: true })
      request.once("close", () => wire.signal.removeEventListener("abort", abort))
      if (wire.signal.aborted) abort()
      request.on("socket", socket => {
        // The agent's timeout means idle connections; a quiet watch is no idle connection.
        socket.setTimeout(0)
        socket.setNoDelay(true)
      })
      request.on("error", cause =>
        reject(
          new NoAnswerError(`${wire.method} ${wire.path.split("?")[0]}: no answer from ${server.host}`, {
            cause,
          }),
        ),
      )
      request.once("response", response => {
        if (response.statusCode === 401) access.refused()
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers["retry-after"],
          body: chunksOf(response),
          text: mostBytes => textOf(response, mostBytes),
        })
      })
      request.end(wire.body)
    })
  }
  return { send, close: () => current?.agent.destroy() }
}
