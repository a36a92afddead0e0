import { createServer, type Server } from "node:http"
import { createServer as createTlsServer, type Server as TlsServer } from "node:https"
import type { TlsSettings } from "../tls-flags.ts"
import { type Clock, pause } from "./clock.ts"
import type { KeyPair } from "./self-signed.ts"

/** What a path answers. */
export type Answer = { readonly status: number; readonly type: string; readonly body: string }
export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>

export type HttpServer = {
  readonly port: number
  readonly stop: () => void
  /** For connections from now on; only where the server began with a pair. */
  readonly usePair: (pair: KeyPair) => void
}

export type Protection = {
  /** HTTPS with this pair; plain HTTP where absent. */
  readonly tls?: TlsSettings & { readonly pair: KeyPair }
  /** Judges the bearer token, "" where there is none: undefined lets in, an answer does not. */
  readonly admit?: (token: string) => Promise<Answer | undefined>
}

export const plain = (status: number, body: string): Answer => ({ status, type: "text/plain; charset=utf-8", body })

/** 200 "ok", or 503 with what is missing, a line each. */
export const health = (missing: readonly string[]): Answer =>
  missing.length === 0 ? plain(200, "ok\n") : plain(503, `${missing.join("\n")}\n`)

/** Kubelets ask once a second; those that wait for an answer for only one second get it before. */
const held = { most: 900, lookEvery: 20 }

/** `health` that waits for 0.9 s for the last of it: whoever asks once a second hears of readiness when it comes, not up to a second later. */
export const heldHealth = async (clock: Clock, missing: () => readonly string[]): Promise<Answer> => {
  const until = clock.monotonic() + held.most
  while (missing().length > 0 && clock.monotonic() < until) await pause(clock, held.lookEvery)
  return health(missing())
}

export const metricsText = (body: string): Answer => ({
  status: 200,
  type: "text/plain; version=0.0.4; charset=utf-8",
  body,
})

/**
 * Serves GET of a few fixed paths. Bounded: 32 connections, 8 KiB of headers, 5 s for a request.
 * `host` undefined listens on every address of both families. Rejects with the system's error (EADDRINUSE, EACCES).
 */
export const serve = (
  routes: Routes,
  port: number,
  host: string | undefined,
  { tls, admit }: Protection = {},
): Promise<HttpServer> =>
  new Promise((resolve, reject) => {
    const limits = { maxHeaderSize: 8192, requestTimeout: 5000, keepAliveTimeout: 15_000 }
    const secure: TlsServer | undefined =
      tls === undefined
        ? undefined
        : createTlsServer({ ...limits, handshakeTimeout: 5000, ...contextOf(tls, tls.pair) })
    const server: Server | TlsServer = secure ?? createServer(limits)
    server.maxConnections = 32
    server.on("request", async (request, response) => {
      const path = (request.url ?? "").split("?")[0] ?? ""
      const route = Object.hasOwn(routes, path) ? routes[path] : undefined
      const known = request.method === "GET" || request.method === "HEAD"
      const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "")?.[1] ?? ""
      const answer = !known
        ? plain(405, "only GET\n")
        : ((await admit?.(token)) ?? (await route?.()) ?? plain(404, `${Object.keys(routes).join("\n")}\n`))
      response.writeHead(answer.status, {
        "content-type": answer.type,
        "content-length": Buffer.byteLength(answer.body),
      })
      response.end(request.method === "HEAD" ? undefined : answer.body)
    })
    server.once("error", reject)
    server.listen(port, host, () => {
      const address = server.address()
      resolve({
        port: typeof address === "object" && address !== null ? address.port : port,
        usePair: pair => {
          if (tls !== undefined) secure?.setSecureContext(contextOf(tls, pair))
        },
        stop: () => {
          server.close()
          server.closeAllConnections()
        },
      })
    })
  })

const contextOf = ({ minVersion, ciphers, ecdhCurve }: TlsSettings, { cert, key }: KeyPair) => ({
  cert,
  key,
  minVersion,
  ...(ciphers === undefined ? {} : { ciphers }),
  ...(ecdhCurve === undefined ? {} : { ecdhCurve }),
})
