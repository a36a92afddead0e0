import type { EchoSockets } from "../../../agent/ports/echo.ts"
import { startSpeaker } from "../../../agent/speaker/speaker.ts"
import type { Json } from "../kube-client/fake-store.ts"
import { ethernet, fakeHost } from "./fake-link.ts"
import { collections, installNamespace, type World, world } from "./harness.ts"

export const own = "02:00:00:00:00:02"

/** Three nodes, one pool, advertised; for 192.0.2.10 the order is node-1, node-2, node-3. */
export const standard = (spec: Record<string, Json> = {}) => {
  const cluster = world()
  cluster.pool("public", ["192.0.2.10-192.0.2.40", "2001:db8::10-2001:db8::40"], spec)
  cluster.l2Advertisement("all")
  for (const [place, name] of ["node-1", "node-2", "node-3"].entries()) {
    member(cluster, name, `192.0.2.${place + 1}`)
    cluster.put(collections.pods, {
      metadata: {
        name: `speaker-${name}`,
        namespace: installNamespace,
        labels: { app: "metallb", component: "speaker" },
      },
      spec: { nodeName: name },
      status: { conditions: [{ type: "Ready", status: "True" }], podIP: "192.0.2.200" },
    })
  }
  return cluster
}

export const member = (cluster: World, name: string, address: string, labels: Record<string, string> = {}) =>
  cluster.put(collections.nodes, {
    metadata: { name, labels },
    spec: {},
    status: { conditions: [{ type: "Ready", status: "True" }], addresses: [{ type: "InternalIP", address }] },
  })

/** Nobody may announce from there any longer. */
export const exclude = (cluster: World, name: string, address: string) =>
  member(cluster, name, address, { "node.kubernetes.io/exclude-from-external-load-balancers": "" })

export const endpoints = (cluster: World, service: string) =>
  cluster.put(collections.slices, {
    metadata: { name: `${service}-1`, namespace: "default", labels: { "kubernetes.io/service-name": service } },
    endpoints: [{ nodeName: "node-1", addresses: ["10.0.0.1"], conditions: { ready: true } }],
  })

/** A service that the controller has given an address. */
export const assigned = (cluster: World, name: string, ...addresses: readonly string[]) => {
  cluster.service(name, {
    metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "public" } },
    status: { loadBalancer: { ingress: addresses.map(ip => ({ ip })) } },
  })
  endpoints(cluster, name)
}

export const speak = (
  cluster: World,
  nodeName = "node-1",
  host = fakeHost(ethernet(2, "eth0")),
  remote: { readonly echoSockets?: EchoSockets } = {},
) => {
  const agent = cluster.agent()
  host.setClock(cluster.clock)
  const running = startSpeaker(
    { ...agent.edges, ...host.edges, ...remote },
    {
      namespace: installNamespace,
      podName: `speaker-${nodeName}`,
      nodeName,
      lbClass: "",
      ignoreExcludeLb: false,
      isExcluded: () => false,
      refreshEvery: 0,
      bgpListenPort: 0,
    },
  )
  return { ...agent, host, running }
}

export type Host = ReturnType<typeof fakeHost>

/** Lets time pass on a link where `has` says which MAC has an address, and gives what was sent there. */
export const live = async (cluster: World, host: Host, ms: number, has: (ip: string) => string | undefined) => {
  const all: string[] = []
  for (let passed = 0; passed < ms; passed += 10) {
    await cluster.clock.advance(10)
    for (const frame of host.taken()) {
      all.push(frame)
      const ip = /probe (\S+) /.exec(frame)?.[1]
      const mac = ip === undefined ? undefined : has(ip)
      if (ip !== undefined && mac !== undefined) host.claim(2, ip, mac)
    }
  }
  return all
}

export const nobody = () => undefined

export const announced = (frames: readonly string[], ip: string) =>
  frames.some(frame => frame.includes(`reply ${ip} is at`))

export const reports = (cluster: World) =>
  cluster.api.store
    .list(collections.statuses)
    .filter(({ metadata }) => "metallb.io/address-conflict" in ((metadata["labels"] ?? {}) as object))
    .map(({ status }) => status)
