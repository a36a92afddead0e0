import { request as httpRequest } from "node:http"
import { request as httpsRequest } from "node:https"
import { Interrupted } from "../cli/failure.ts"
import type { Connection, ConnectWishes } from "../world.ts"
import { type Api, type ApiReply, type ApiRequest, Unreachable } from "./api.ts"
import type { Json } from "./json.ts"
import { chooseTarget, type Login, type Target } from "./kubeconfig.ts"

/**
 * Opens the cluster that the kubeconfig and the flags choose, as an API over kept connections. The client library decides
 * how to log in; the requests are our own, because its typed ones drop unknown fields and open a connection each.
 */
export const connect = async (wishes: ConnectWishes, interrupted: AbortSignal): Promise<Connection> => {
  const target = await chooseTarget(wishes)
  const { context, namespace, server } = target
  return { api: createApi(target, wishes, interrupted), context, namespace, server }
}

const createApi = (target: Target, wishes: ConnectWishes, interrupted: AbortSignal): Api => {
  const base = new URL(target.server)
  let login: Promise<Login> | undefined
  const loginOnce = (): Promise<Login> => {
    login ??= target.logIn()
    return login
  }
  return {
    send: async request => {
      const began = performance.now()
      const url = urlOf(base, request)
      const settings = { login: await loginOnce(), wishes, interrupted }
      const reply = await exchange(url, request, settings)
      wishes.log?.(
        `${request.method} ${url.href} ${reply.status} in ${Math.round(performance.now() - began)} milliseconds`,
      )
      return reply
    },
    exec: async request => {
      const { agent, options } = await loginOnce()
      const { execute } = await import("./exec.ts")
      wishes.log?.(`GET ${base.href}api/v1/namespaces/${request.namespace}/pods/${request.pod}/exec`)
      const headers = { ...(options.headers as object | undefined), ...identityOf(wishes) }
      const timeoutMs = wishes.requestTimeoutMs > 0 ? wishes.requestTimeoutMs : execPatience
      return execute(base, request, { ...options, agent, headers }, { timeoutMs, interrupted })
    },
    close: () => {
      void login?.then(({ agent }) => agent.destroy())
    },
  }
}

/** A command that says nothing for so long is given up. */
const execPatience = 10_000

const identityOf = ({ as, asGroups }: ConnectWishes): Readonly<Record<string, string | string[]>> => ({
  "User-Agent": "kubectl-metallb",
  ...(as === undefined ? {} : { "Impersonate-User": as }),
  ...(asGroups.length === 0 ? {} : { "Impersonate-Group": [...asGroups] }),
})

const urlOf = (base: URL, { path, query }: ApiRequest): URL => {
  const url = new URL(base.pathname.replace(/\/$/, "") + path, base)
  for (const [key, value] of Object.entries(query ?? {})) if (value !== undefined) url.searchParams.set(key, value)
  return url
}

type Settings = { readonly login: Login; readonly wishes: ConnectWishes; readonly interrupted: AbortSignal }

/** One request. A kept connection that the server had closed meanwhile is the one reason to try again, once. */
const exchange = async (url: URL, request: ApiRequest, settings: Settings): Promise<ApiReply> => {
  const first = await attempt(url, request, settings)
  if (first !== "stale") return first
  const second = await attempt(url, request, settings)
  if (second !== "stale") return second
  throw new Unreachable(url.origin, "the server closed the connection twice")
}

const attempt = (url: URL, { method, body, contentType }: ApiRequest, { login, wishes, interrupted }: Settings) =>
  new Promise<ApiReply | "stale">((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const unreachable = (error: Error & { code?: string }) => {
      if (interrupted.aborted) reject(new Interrupted())
      else if (outgoing.reusedSocket && error.code === "ECONNRESET") resolve("stale")
      else reject(new Unreachable(url.origin, reasonOf(error, url)))
    }
    const outgoing = (url.protocol === "http:" ? httpRequest : httpsRequest)(
      url,
      {
        ...login.options,
        agent: login.agent,
        method,
        signal: interrupted,
        headers: {
          ...(login.options.headers as Readonly<Record<string, string>> | undefined),
          Accept: "application/json",
          ...(payload === undefined
            ? {}
            : { "Content-Type": contentType ?? "application/json", "Content-Length": Buffer.byteLength(payload) }),
          ...identityOf(wishes),
        },
      },
      incoming => {
        const chunks: Buffer[] = []
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
        incoming.on("error", unreachable)
        incoming.on("end", () => {
          for (const warning of warningsOf(incoming.headers["warning"])) wishes.warn(warning)
          resolve({ status: incoming.statusCode ?? 0, body: bodyOf(Buffer.concat(chunks).toString("utf8")) })
        })
      },
    )
    if (wishes.requestTimeoutMs > 0)
      outgoing.setTimeout(wishes.requestTimeoutMs, () =>
        outgoing.destroy(new Error(`no answer within ${wishes.requestTimeoutMs / 1000}s (--request-timeout)`)),
      )
    outgoing.on("error", unreachable)
    outgoing.end(payload)
  })

const reasonOf = (error: Error & { code?: string }, url: URL): string =>
  error.code === "ECONNREFUSED"
    ? `The connection to the server ${url.host} was refused - did you specify the right host or port?`
    : error.code === "ENOTFOUND" || error.code === "EAI_AGAIN"
      ? `dial tcp: lookup ${url.hostname}: no such host`
      : error.message || String(error.code)

/** A body that is no JSON (a proxy's page) is kept as the text it is. */
const bodyOf = (text: string): Json => {
  try {
    return text === "" ? undefined : (JSON.parse(text) as Json)
  } catch (error) {
    if (error instanceof SyntaxError) return text.slice(0, 500)
    throw error
  }
}

/** RFC 7234 section 5.5: code, agent and quoted text; several stand in one header. */
const warningsOf = (header: string | readonly string[] | undefined): readonly string[] =>
  [
    ...[header ?? ""]
      .flat()
      .join(", ")
      .matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g),
  ].map(match => (match[1] ?? "").replace(/\\(.)/g, "$1"))
