import { Agent as HttpAgent, type RequestOptions } from "node:http"
import { Agent as HttpsAgent } from "node:https"
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { nearest } from "../cli/nearest.ts"
import type { ConnectWishes } from "../world.ts"
import { Unreachable } from "./api.ts"

/** Connections kept open to one server: lists of several kinds run side by side, and each is TLS only once. */
const connections = 4

/** What the login comes down to for one request. */
export type Login = { readonly options: RequestOptions; readonly agent: HttpAgent }

/** The cluster that the kubeconfig and the flags choose. */
export type Target = {
  readonly context: string
  readonly namespace: string
  readonly server: string
  /** Certificates, tokens, exec plugins, proxies: worked out by the client library at the first request. */
  readonly logIn: () => Promise<Login>
}

/** Reads the kubeconfig as kubectl does. Throws a Failure that names the file, context, cluster or user that is wrong. */
export const chooseTarget = async (wishes: ConnectWishes): Promise<Target> => {
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
    context: config.getCurrentContext() ?? "",
    namespace: context?.namespace ?? "default",
    server: cluster.server,
    logIn: () => logIn(config, new URL(cluster.server)),
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
  choose("context", wishes.context, config.getContexts())
  if (wishes.context !== undefined) config.setCurrentContext(wishes.context)
  if (wishes.cluster !== undefined || wishes.user !== undefined) {
    choose("cluster", wishes.cluster, config.getClusters())
    choose("user", wishes.user, config.getUsers())
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

const choose = (what: string, wish: string | undefined, known: readonly { readonly name: string }[]): void => {
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

const logIn = async (config: KubeConfig, base: URL): Promise<Login> => {
  if (config.getCurrentUser() === null) {
    const context = config.getContextObject(config.getCurrentContext())
    config.addUser({ name: context?.user ?? "" })
  }
  const cluster = config.getCurrentCluster()
  describeClusterToExecPlugins(config, base)
  const options: RequestOptions & { agent?: HttpAgent } = {}
  try {
    // The library refuses plain HTTP (kubectl proxy) unless it is told that nothing is to be verified.
    if (base.protocol === "http:" && cluster !== null) Object.assign(cluster, { skipTLSVerify: true })
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
  const kept = { keepAlive: true, maxSockets: connections }
  return {
    options: rest,
    agent: base.protocol === "http:" ? new HttpAgent(kept) : new HttpsAgent({ ...tlsOf(rest), ...kept }),
  }
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
