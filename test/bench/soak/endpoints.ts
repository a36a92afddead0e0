import type { Span } from "../../client/answers.ts"
import type { Lab } from "../../lab/lab.ts"

const lookEveryMs = 200

type Slices = {
  readonly items: readonly {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> }
    readonly endpoints?: readonly { readonly nodeName?: string; readonly conditions: { readonly ready?: boolean } }[]
  }[]
}

/** Services that have a ready endpoint on the node, by name. */
export const servedOn = ({ items }: Slices, node: string): ReadonlySet<string> =>
  new Set(
    items
      .filter(({ endpoints = [] }) => endpoints.some(one => one.nodeName === node && one.conditions.ready === true))
      .map(({ metadata }) => metadata.labels["kubernetes.io/service-name"] ?? ""),
  )

/**
 * Looks now and then which services Kubernetes says a node has no ready endpoint for: with traffic policy Local it may not answer then. Kubernetes says
 * that of every node where the controller manager cannot read the leases for a while, as after several restarts of the API server.
 */
export const watchEndpoints = (lab: Lab, namespace: string, node: string, services: readonly string[]) => {
  // BOUNDED by how long the caller watches.
  const spans = new Map<string, { from: number; to: number }[]>(services.map(service => [service, []]))
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`
  let ended = false
  let looks = 0
  // BOUNDED as the spans are.
  const unread: string[] = []
  let before = Date.now()
  const look = async () => {
    const slices = (await lab.read(path).catch((error: unknown) => {
      // While the API server is away; the next look that succeeds covers the time since the last one that did.
      unread.push(String(error))
    })) as Slices | undefined
    looks += 1
    const now = Date.now()
    if (slices !== undefined) {
      const served = servedOn(slices, node)
      for (const [service, list] of spans) {
        if (served.has(service)) continue
        const last = list.at(-1)
        if (last !== undefined && last.to === before) last.to = now
        else list.push({ from: before, to: now })
      }
      before = now
    }
    if (!ended) setTimeout(() => void look(), lookEveryMs)
  }
  void look()
  return {
    /** Times without a ready endpoint, by service; each begins with the last look that still found one. */
    stop: (): ReadonlyMap<string, readonly Span[]> => {
      ended = true
      return spans
    },
    /** How many looks failed, and why the last one of them did. */
    unread: (): string =>
      `${unread.length} of ${looks} looks${unread.length === 0 ? "" : `, at last: ${unread.at(-1)}`}`,
  }
}
