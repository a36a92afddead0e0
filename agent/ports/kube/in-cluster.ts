import { readFileSync } from "node:fs"
import { type Access, refreshed } from "./access.ts"

const folder = "/var/run/secrets/kubernetes.io/serviceaccount"

export type Environment = Readonly<Record<string, string | undefined>>

export const isInCluster = (env: Environment): boolean =>
  env["KUBERNETES_SERVICE_HOST"] !== undefined && env["KUBERNETES_SERVICE_PORT"] !== undefined

/** https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
export const inClusterAccess = (env: Environment, monotonic: () => number): Access => {
  const host = env["KUBERNETES_SERVICE_HOST"] ?? ""
  const bracketed = host.includes(":") ? `[${host}]` : host
  // These files lie in memory: reading them at once takes microseconds and needs no thread.
  const read = async () => ({
    ca: readFileSync(`${folder}/ca.crt`, "utf8"),
    cert: undefined,
    key: undefined,
    token: readFileSync(`${folder}/token`, "utf8").trim(),
  })
  return {
    server: new URL(`https://${bracketed}:${env["KUBERNETES_SERVICE_PORT"] ?? "443"}`),
    insecureSkipTlsVerify: false,
    tlsServerName: undefined,
    origin: "in-cluster",
    ...refreshed(read, monotonic),
  }
}

/** The namespace that the pod runs in; undefined outside a cluster. */
export const podNamespace = (): string | undefined => {
  try {
    return readFileSync(`${folder}/namespace`, "utf8").trim()
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
    throw error
  }
}
