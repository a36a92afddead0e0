import { readFileSync } from "node:fs"
import { request } from "node:https"
import { createInterface } from "node:readline"
import { parse } from "yaml"
import type { Lab } from "../../lab/lab.ts"

type Kubeconfig = {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly "certificate-authority-data": string }
  }[]
  readonly users: readonly { readonly user: { readonly token: string } }[]
}

type Watched = {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } }
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[] | null
}

/** When each service of a namespace had what, on performance.now's clock, as whoever watches the API learns it. BOUNDED by the services. */
export type Assigned = {
  /** An address. */
  readonly at: ReadonlyMap<string, number>
  /** A ready endpoint, without which no node may tell a router of it. */
  readonly ready: ReadonlyMap<string, number>
  readonly stop: () => void
}

/** Watches the API server itself, without a kubectl in between. Resolves once the server has begun to answer. */
export const watchAssigned = async (lab: Lab, namespace: string): Promise<Assigned> => {
  const at = new Map<string, number>()
  const ready = new Map<string, number>()
  const note = (seen: Map<string, number>, name: string | undefined) => {
    if (name !== undefined && !seen.has(name)) seen.set(name, performance.now())
  }
  const stops = await Promise.all([
    watch(lab, `/api/v1/namespaces/${namespace}/services`, ({ metadata, status }) => {
      if (status?.loadBalancer?.ingress?.[0]?.ip !== undefined) note(at, metadata.name)
    }),
    watch(lab, `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, ({ metadata, endpoints }) => {
      if (endpoints?.some(one => one.conditions?.ready === true) === true)
        note(ready, metadata.labels?.["kubernetes.io/service-name"])
    }),
  ])
  return { at, ready, stop: () => stops.forEach(stop => void stop()) }
}

const watch = (lab: Lab, path: string, take: (object: Watched) => void): Promise<() => void> =>
  new Promise((resolve, reject) => {
    const { clusters, users } = parse(readFileSync(lab.kubeconfig, "utf8")) as Kubeconfig
    const cluster = clusters[0]?.cluster
    const token = users[0]?.user.token
    if (cluster === undefined || token === undefined) throw new Error(`${lab.kubeconfig} names no cluster and no token`)
    let stopped = false
    const asked = request(
      new URL(`${path}?watch=true`, cluster.server),
      {
        ca: Buffer.from(cluster["certificate-authority-data"], "base64"),
        headers: { Authorization: `Bearer ${token}` },
      },
      answer => {
        const lines = createInterface({ input: answer })
        // The end of the watch is told as an error of what it has not read.
        lines.on("error", error => {
          if (!stopped) throw error
        })
        lines.on("line", line => take((JSON.parse(line) as { readonly object: Watched }).object))
        resolve(() => {
          stopped = true
          asked.destroy()
        })
      },
    )
    asked.on("error", reject)
    asked.end()
  })
