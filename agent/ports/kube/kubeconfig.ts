import { readFileSync } from "node:fs"
import { homedir } from "node:os"
import { delimiter, dirname, isAbsolute, join } from "node:path"
import type { ParseYaml, YamlNode } from "../../core/yaml/tree.ts"
import { type Access, type Credentials, refreshed } from "./access.ts"
import type { Environment } from "./in-cluster.ts"

/** A kubeconfig that cannot be used; the message names file and field. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError"
}

/** The scalar fields of a map with the folder that its relative paths start from. */
type Entry = { readonly folder: string; readonly file: string; readonly fields: ReadonlyMap<string, YamlNode> }

type Merged = {
  readonly files: readonly string[]
  readonly currentContext: string | undefined
  readonly clusters: ReadonlyMap<string, Entry>
  readonly users: ReadonlyMap<string, Entry>
  readonly contexts: ReadonlyMap<string, Entry>
}

const fieldsOf = (node: YamlNode | undefined): ReadonlyMap<string, YamlNode> =>
  node?.kind === "map" ? new Map(node.entries.map(entry => [entry.key, entry.value])) : new Map()

const textOf = (node: YamlNode | undefined): string | undefined =>
  node?.kind === "scalar" && node.value !== null && node.text !== "" ? String(node.value) : undefined

const named = (list: YamlNode | undefined, inner: string, file: string): [string, Entry][] => {
  if (list?.kind !== "list") return []
  return list.items.flatMap(item => {
    const outer = fieldsOf(item)
    const name = textOf(outer.get("name"))
    return name === undefined ? [] : [[name, { folder: dirname(file), file, fields: fieldsOf(outer.get(inner)) }]]
  })
}

/** The files that count: the flag alone, else every entry of KUBECONFIG, else ~/.kube/config. */
export const kubeconfigFiles = (flag: string, env: Environment): readonly string[] => {
  if (flag !== "") return [flag]
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter(path => path !== "")
  return listed.length > 0 ? listed : [join(env["HOME"] ?? homedir(), ".kube", "config")]
}

/** Earlier files win, entry by entry; files that do not exist are passed over, as kubectl does. */
const merge = (files: readonly string[], parseYaml: ParseYaml): Merged => {
  const read: string[] = []
  let currentContext: string | undefined
  const clusters = new Map<string, Entry>()
  const users = new Map<string, Entry>()
  const contexts = new Map<string, Entry>()
  const keepFirst = (into: Map<string, Entry>, entries: readonly [string, Entry][]) => {
    for (const [name, entry] of entries) if (!into.has(name)) into.set(name, entry)
  }
  for (const file of files) {
    let text: string
    try {
      text = readFileSync(file, "utf8")
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") continue
      throw new KubeconfigError(`kubeconfig ${file} cannot be read`, { cause })
    }
    read.push(file)
    const parsed = parseYaml(text)
    if (!parsed.ok)
      throw new KubeconfigError(
        `kubeconfig ${file}, line ${parsed.at.line}, column ${parsed.at.column}: ${parsed.message}`,
      )
    const top = fieldsOf(parsed.root)
    currentContext ??= textOf(top.get("current-context"))
    keepFirst(clusters, named(top.get("clusters"), "cluster", file))
    keepFirst(users, named(top.get("users"), "user", file))
    keepFirst(contexts, named(top.get("contexts"), "context", file))
  }
  return { files: read, currentContext, clusters, users, contexts }
}

const known = (names: Iterable<string>): string => {
  const list = [...names].sort()
  return list.length === 0 ? "there is none" : `there is ${list.join(", ")}`
}

/** A value given inline as base64 (`NAME-data`) or as the path of a file (`NAME`); inline wins, as in client-go. */
const material = (entry: Entry, name: string): string | undefined => {
  const inline = textOf(entry.fields.get(`${name}-data`))
  if (inline !== undefined) return Buffer.from(inline, "base64").toString("utf8")
  const path = textOf(entry.fields.get(name))
  return path === undefined ? undefined : readFileSync(isAbsolute(path) ? path : join(entry.folder, path), "utf8")
}

const unsupported = ["exec", "auth-provider", "username", "as", "as-uid", "as-groups"] as const

const refuseUnsupported = (user: Entry, name: string): void => {
  for (const field of unsupported)
    if (user.fields.has(field))
      throw new KubeconfigError(
        `kubeconfig ${user.file}: user "${name}" uses "${field}", which the agent does not run; give it a token, a tokenFile or a client certificate`,
      )
}

const credentialsOf = (cluster: Entry, user: Entry): (() => Promise<Credentials>) => {
  return async () => {
    const tokenFile = textOf(user.fields.get("tokenFile"))
    const fromFile =
      tokenFile === undefined
        ? undefined
        : readFileSync(isAbsolute(tokenFile) ? tokenFile : join(user.folder, tokenFile), "utf8").trim()
    return {
      ca: material(cluster, "certificate-authority"),
      cert: material(user, "client-certificate"),
      key: material(user, "client-key"),
      token: fromFile ?? textOf(user.fields.get("token")),
    }
  }
}

/**
 * The current context of the given files. https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 * Throws KubeconfigError naming the file and the field.
 */
export const kubeconfigAccess = (files: readonly string[], parseYaml: ParseYaml, monotonic: () => number): Access => {
  const merged = merge(files, parseYaml)
  const where = `kubeconfig ${files.join(delimiter)}`
  if (merged.files.length === 0) throw new KubeconfigError(`${where}: no such file`)
  if (merged.currentContext === undefined) throw new KubeconfigError(`${where}: current-context is not set`)
  const context = merged.contexts.get(merged.currentContext)
  if (context === undefined)
    throw new KubeconfigError(
      `${where}: current-context "${merged.currentContext}" is not among the contexts: ${known(merged.contexts.keys())}`,
    )
  const clusterName = textOf(context.fields.get("cluster")) ?? ""
  const cluster = merged.clusters.get(clusterName)
  if (cluster === undefined)
    throw new KubeconfigError(`${where}: cluster "${clusterName}" is not defined: ${known(merged.clusters.keys())}`)
  const userName = textOf(context.fields.get("user")) ?? ""
  const user = merged.users.get(userName)
  if (user === undefined && userName !== "")
    throw new KubeconfigError(`${where}: user "${userName}" is not defined: ${known(merged.users.keys())}`)
  if (user !== undefined) refuseUnsupported(user, userName)
  if (cluster.fields.has("proxy-url"))
    throw new KubeconfigError(
      `kubeconfig ${cluster.file}: cluster "${clusterName}" uses "proxy-url", which the agent does not use`,
    )
  const server = textOf(cluster.fields.get("server")) ?? ""
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
    throw new KubeconfigError(
      `kubeconfig ${cluster.file}: cluster "${clusterName}": server "${server}" is no http or https URL`,
    )
  return {
    server: new URL(server),
    insecureSkipTlsVerify: textOf(cluster.fields.get("insecure-skip-tls-verify")) === "true",
    tlsServerName: textOf(cluster.fields.get("tls-server-name")),
    origin: `kubeconfig ${merged.files.join(delimiter)} (context ${merged.currentContext})`,
    ...refreshed(credentialsOf(cluster, user ?? { folder: "", file: "", fields: new Map() }), monotonic),
  }
}
