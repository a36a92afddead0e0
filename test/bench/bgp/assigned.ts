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

type WatchedService = {
  readonly metadata: { readonly name: string }
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } }
}

/** When each service of a namespace was seen with an address, on performance.now's clock, as whoever watches the API learns it. */
export type Assigned = { readonly at: ReadonlyMap<string, number>; readonly stop: () => void }

/** Watches the API server itself, without a kubectl in between. Resolves once the server has begun to answer. */
export const watchAssigned = (lab: Lab, namespace: string): Promise<Assigned> =>
  new Promise((resolve, reject) => {
    const { clusters, users } = parse(readFileSync(lab.kubeconfig, "utf8")) as Kubeconfig
    const cluster = clusters[0]?.cluster
    const token = users[0]?.user.token
    if (cluster === undefined || token === undefined) throw new Error(`${lab.kubeconfig} names no cluster and no token`)
    const at = new Map<string, number>()
    let stopped = false
    const asked = request(
      new URL(`/api/v1/namespaces/${namespace}/services?watch=true`, cluster.server),
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
        lines.on("line", line => {
          const { object } = JSON.parse(line) as { readonly object: WatchedService }
          const given = object.status?.loadBalancer?.ingress?.[0]?.ip
          if (given !== undefined && !at.has(object.metadata.name)) at.set(object.metadata.name, performance.now())
        })
        const stop = () => {
          stopped = true
          asked.destroy()
        }
        resolve({ at, stop })
      },
    )
    asked.on("error", reject)
    asked.end()
  })
