import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from "node:http"
import { Agent as HttpsAgent, request as httpsRequest } from "node:https"
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure, Interrupted } from "../cli/failure.ts"
import { nearest } from "../cli/nearest.ts"
import type { Connection, ConnectWishes } from "../world.ts"
import { type Api, type ApiReply, type ApiRequest, Unreachable } from "./api.ts"
import type { Json } from "./json.ts"

/** Connections kept open to one server: lists of several kinds run side by side, and each is TLS only once. */
const connections = 4

/**
 * Reads the kubeconfig as kubectl does and returns an API over kept connections. The client library decides how to log in
 * (tokens, certificates, exec plugins, proxies); the requests are our own, because its typed ones drop unknown fields and
 * open a connection each.
 */
export const connect = async (wishes: ConnectWishes, interrupted: AbortSignal): Promise<Connection> => {
  const config = await loadConfig(wishes)
  const context = config.getContextObject(config.getCurrentContext())
  const cluster = config.getCurrentCluster()
  if (cluster === null)
    throw new Failure(exitCodes.unknown, {
      message: "no cluster is configured",
      where: wishes.kubeconfig ?? "$KUBECONFIG, ~/.kube/config",
      fix: "set KUBECONFIG, or pass --kubeconfig FILE after the word metallb",
    })
  return {
    api: createApi(config, cluster.server, wishes, interrupted),
    context: config.getCurrentContext() ?? "",
    namespace: context?.namespace ?? "default",
    server: cluster.server,
  }
}

const loadConfig = async (wishes: ConnectWishes): Promise<KubeConfig> => {
  // The package as a whole is three times as large and slow to load as the one part that is needed.
  const { KubeConfig: Loader } = await import("@kubernetes/client-node/dist/config.js")
  const config = new Loader()
  try {
    if (wishes.kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(wishes.kubeconfig)
  } catch (error) {
    throw new Failure(exitCodes.usage, {
      message: `cannot read the kubeconfig: ${error instanceof Error ? error.message : String(error)}`,
      where: wishes.kubeconfig ?? "$KUBECONFIG, ~/.kube/config",
    })
  }
  choose(config, "context", wishes.context, config.getContexts())
  if (wishes.context !== undefined) config.setCurrentContext(wishes.context)
  if (wishes.cluster !== undefined || wishes.user !== undefined) {
    choose(config, "cluster", wishes.cluster, config.getClusters())
    choose(config, "user", wishes.user, config.getUsers())
    const now = config.getContextObject(config.getCurrentContext())
    config.addContext({
      ...(now?.namespace === undefined ? {} : { namespace: now.namespace }),
      name: "kubectl-metallb",
      cluster: wishes.cluster ?? now?.cluster ?? "",
      user: wishes.user ?? now?.user ?? "",
    })
    config.setCurrentContext("kubectl-metallb")
  }
  return config
}

const choose = (
  _config: KubeConfig,
  what: string,
  wish: string | undefined,
  known: readonly { readonly name: string }[],
): void => {
  if (wish === undefined || known.some(({ name }) => name === wish)) return
  const near = nearest(
    wish,
    known.map(({ name }) => name),
  )
  throw new Failure(exitCodes.usage, {
    message: `${what} "${wish}" does not exist in the kubeconfig`,
    where: `--${what}`,
    fix: near === undefined ? "kubectl config get-contexts lists what there is" : `--${what} ${near}`,
  })
}

/** What the login comes down to for one request. */
type Login = { readonly options: RequestOptions; readonly agent: HttpAgent }

const createApi = (config: KubeConfig, server: string, wishes: ConnectWishes, interrupted: AbortSignal): Api => {
  const base = new URL(server)
  let login: Promise<Login> | undefined
  const loginOnce = (): Promise<Login> => {
    login ??= logIn(config, base)
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
    close: () => {
      void login?.then(({ agent }) => agent.destroy())
    },
  }
}

const logIn = async (config: KubeConfig, base: URL): Promise<Login> => {
  if (config.getCurrentUser() === null) {
    const context = config.getContextObject(config.getCurrentContext())
    config.addUser({ name: context?.user ?? "" })
  }
  const cluster = config.getCurrentCluster()
  describeClusterToExecPlugins(config, base)
  const options: RequestOptions & { agent?: HttpAgent } = {}
  try {
    if (base.protocol === "http:" && cluster?.proxyUrl === undefined)
      return { options, agent: new HttpAgent({ keepAlive: true, maxSockets: connections }) }
    await config.applyToHTTPSOptions(options)
  } catch (error) {
    throw new Unreachable(
      base.href,
      `getting credentials: ${error instanceof Error ? error.message.trim() : String(error)}`,
    )
  }
  const { agent: given, ...rest } = options
  // Behind a proxy only the library's own agent knows the way; it is made to keep its connections as ours does.
  if (cluster?.proxyUrl !== undefined && given !== undefined) return { options: rest, agent: given }
  return { options: rest, agent: new HttpsAgent({ ...tlsOf(rest), keepAlive: true, maxSockets: connections }) }
}

/** The options that belong to a TLS connection rather than to a request. */
const tlsOf = (options: RequestOptions): object =>
  Object.fromEntries(
    Object.entries(options).filter(([key]) =>
      ["ca", "cert", "key", "pfx", "passphrase", "rejectUnauthorized", "servername"].includes(key),
    ),
  )

/**
 * Exec plugins with provideClusterInfo read the cluster from KUBERNETES_EXEC_INFO, which the client library does not set.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#input-and-output-formats
 */
const describeClusterToExecPlugins = (config: KubeConfig, base: URL): void => {
  const exec: unknown = config.getCurrentUser()?.exec
  if (typeof exec !== "object" || exec === null) return
  const cluster = config.getCurrentCluster()
  process.env["KUBERNETES_EXEC_INFO"] = JSON.stringify({
    apiVersion:
      "apiVersion" in exec && typeof exec.apiVersion === "string" ? exec.apiVersion : "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    spec: {
      interactive: false,
      ...("provideClusterInfo" in exec && exec.provideClusterInfo === true
        ? {
            cluster: {
              server: base.href.replace(/\/$/, ""),
              ...(cluster?.tlsServerName === undefined ? {} : { "tls-server-name": cluster.tlsServerName }),
              ...(cluster?.caData === undefined ? {} : { "certificate-authority-data": cluster.caData }),
              ...(cluster?.skipTLSVerify === true ? { "insecure-skip-tls-verify": true } : {}),
            },
          }
        : {}),
    },
  })
}

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
          "User-Agent": "kubectl-metallb",
          ...(payload === undefined
            ? {}
            : { "Content-Type": contentType ?? "application/json", "Content-Length": Buffer.byteLength(payload) }),
          ...(wishes.as === undefined ? {} : { "Impersonate-User": wishes.as }),
          ...(wishes.asGroups.length === 0 ? {} : { "Impersonate-Group": [...wishes.asGroups] }),
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
