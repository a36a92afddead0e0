import { createHash } from "node:crypto"
import { type AnnounceContext, type AnnounceInput, announceContext } from "../../../agent/core/announce/context.ts"
import type { Config, ConfigVerdict, L2Advertisement, Pool } from "../../../agent/core/config/model.ts"
import type { Crypto } from "../../../agent/core/crypto.ts"
import type { Endpoint, EndpointSlice, Node, Service, SpeakerPod } from "../../../agent/core/model.ts"
import { config, pool, service } from "../allocate/fixtures.ts"
import { judge } from "../config/fixtures.ts"

export const crypto: Crypto = { sha256: text => createHash("sha256").update(text, "utf8").digest() }

const meta = (name: string) => ({
  namespace: "",
  name,
  uid: `uid-${name}`,
  resourceVersion: "1",
  createdAt: 0,
  labels: {},
  annotations: {},
})

export const node = (name: string, more: Partial<Node> = {}): Node => ({
  ...meta(name),
  ready: true,
  networkUnavailable: false,
  unschedulable: false,
  addresses: [],
  ...more,
})

export const speaker = (nodeName: string, more: Partial<SpeakerPod> = {}): SpeakerPod => ({
  ...meta(`speaker-${nodeName}`),
  namespace: "metallb-system",
  nodeName,
  ready: true,
  ip: "192.168.1.1",
  ...more,
})

/** An endpoint on a node; it can serve unless said otherwise. */
export const endpoint = (nodeName: string | undefined, canServe = true): Endpoint => ({
  nodeName,
  canServe,
  addresses: 1,
})

export const slice = (one: Service, ...endpoints: readonly Endpoint[]): EndpointSlice => ({
  ...meta(`${one.name}-abc`),
  namespace: one.namespace,
  service: `${one.namespace}/${one.name}`,
  endpoints,
})

export const advertise = (pools: readonly string[], more: Partial<L2Advertisement> = {}): L2Advertisement => ({
  name: "l2",
  source: "resource",
  pools: new Set(pools),
  nodeSelectors: [],
  serviceSelectors: [],
  interfaces: [],
  preferredNodeSelectors: [],
  ...more,
})

/** shop/web with 10.0.0.1 of pool a. */
export const web = (more: Parameters<typeof service>[1] = {}): Service =>
  service("shop/web", { ips: ["10.0.0.1"], from: "a", ...more })

export const poolA = pool("a", ["10.0.0.0/28", "2001:db8::/124"])

export const verdict = (
  pools: readonly Pool[],
  l2Advertisements: readonly L2Advertisement[],
  more: Partial<ConfigVerdict> = {},
): ConfigVerdict => ({ ...judge({}), config: { ...config(...pools), l2Advertisements } satisfies Config, ...more })

/** Three ready nodes with speakers, pool a advertised everywhere, an endpoint on each node for every service. */
export const world = (services: readonly Service[], more: Partial<AnnounceInput> = {}): AnnounceContext => {
  const nodes = more.nodes ?? ["n1", "n2", "n3"].map(name => node(name))
  return announceContext({
    verdict: verdict([poolA], [advertise(["a"])]),
    services,
    endpointSlices: services.map(one => slice(one, ...nodes.map(({ name }) => endpoint(name)))),
    nodes,
    speakers: nodes.map(({ name }) => speaker(name)),
    installNamespace: "metallb-system",
    loadBalancerClass: "",
    ignoreExcludeLB: false,
    ...more,
  })
}
