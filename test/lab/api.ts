import { readFileSync } from "node:fs"
import { request } from "node:https"
import { join } from "node:path"
import type { Places } from "./places.ts"
import { apiPort, type Plan } from "./plan.ts"

/** A Kubernetes object as far as the lab reads one. */
export type ApiObject = {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly spec?: { readonly taints?: readonly { readonly key: string }[] }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly nodeInfo?: { readonly bootID: string }
  }
}

/** The lab's own way to ask its API server, as administrator, without starting a kubectl. */
export type Api = {
  /** Status code and text of an answer. Rejects when there is none within 2 s. */
  readonly ask: (
    method: "GET" | "PATCH" | "POST",
    path: string,
    body?: unknown,
  ) => Promise<{ code: number; text: string }>
  /** Items of a list. Rejects with path and answer when the code is not 200. */
  readonly list: (path: string) => Promise<readonly ApiObject[]>
}

export function apiOf(plan: Plan, places: Places): Api {
  const ca = readFileSync(join(places.pki, "ca.crt"))
  const token = readFileSync(join(places.control, "admin.token"), "utf8")
  const ask: Api["ask"] = (method, path, body) =>
    new Promise((resolve, reject) => {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json"
      const headers = { Authorization: `Bearer ${token}`, "Content-Type": type }
      const target = { host: plan.hostLink.controlPlane, port: apiPort, path, method, headers, ca, timeout: 2000 }
      const sent = request(target, answer => {
        const parts: Buffer[] = []
        answer.on("data", (part: Buffer) => parts.push(part))
        answer.on("error", reject)
        answer.on("end", () => resolve({ code: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }))
      })
      sent.on("timeout", () => sent.destroy(new Error(`${method} ${path}: no answer within 2 s`)))
      sent.on("error", reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  const list: Api["list"] = async path => {
    const { code, text } = await ask("GET", path)
    if (code !== 200) throw new Error(`GET ${path}: ${code} ${text.slice(0, 200)}`)
    return (JSON.parse(text) as { items: ApiObject[] }).items
  }
  return { ask, list }
}

/** Nodes of the cluster by name, as the API server knows them. */
export async function nodeReports(api: Api): Promise<ReadonlyMap<string, NodeReport>> {
  const nodes = await api.list("/api/v1/nodes")
  return new Map(
    nodes.map(({ metadata: { name }, spec, status }) => {
      const ready = status?.conditions?.some(one => one.type === "Ready" && one.status === "True") ?? false
      const tainted = spec?.taints?.some(taint => taint.key.startsWith("node.kubernetes.io/")) ?? false
      return [name, { ready, tainted, bootId: status?.nodeInfo?.bootID ?? "" }]
    }),
  )
}

export type NodeReport = {
  readonly ready: boolean
  /** Whether the control plane still keeps pods away; it stops some moments, at most seconds, after a node turned Ready. */
  readonly tainted: boolean
  /** The boot that the kubelet last reported from. */
  readonly bootId: string
}
